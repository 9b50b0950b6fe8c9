"""Words of the overview that stand in tables of their own."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

CHIPS = {
    "all": pgettext_lazy("jobs", "All"),
    "trouble": pgettext_lazy("jobs", "Trouble"),
    "running": pgettext_lazy("jobs", "Running"),
    "paused": pgettext_lazy("jobs", "Paused"),
    "ok": pgettext_lazy("jobs", "OK"),
    "not_run": pgettext_lazy("jobs", "Not run yet"),
}
SORTED = {
    "trouble": _("Trouble first"),
    "name": _("By name"),
    "next": _("By next slot"),
    "duration": _("Longest first"),
    "owner": _("By owner"),
}
LEGEND = (
    ("succeeded", pgettext_lazy("legend", "succeeded")),
    ("ran_late", pgettext_lazy("legend", "ran late")),
    ("late", pgettext_lazy("legend", "due, no call yet")),
    ("failed", pgettext_lazy("legend", "failed")),
    ("missed", pgettext_lazy("legend", "missed")),
    ("lost", pgettext_lazy("legend", "lost")),
    ("running", pgettext_lazy("legend", "running")),
    ("overdue", pgettext_lazy("legend", "overdue")),
    ("skipped", pgettext_lazy("legend", "skipped")),
    ("paused", pgettext_lazy("legend", "paused")),
)
"""Of the marks of slots."""
