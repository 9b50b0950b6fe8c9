"""How each state looks: colour, shape and word, always all three."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy


class Look(NamedTuple):
    """Of one state."""

    colour: str
    """One of "ok", "fail", "run", "late", "miss" and "idle": the end of a class name."""
    icon: str
    """Of the sprite."""
    word: str | Promise


LOOKS = {
    "succeeded": Look("ok", "ok", pgettext_lazy("state", "Succeeded")),
    "ran_late": Look("late", "late", pgettext_lazy("state", "Ran late")),
    "late": Look("late", "late", pgettext_lazy("state", "Late")),
    "failed": Look("fail", "failed", pgettext_lazy("state", "Failed")),
    "lost": Look("fail", "lost", pgettext_lazy("state", "Lost")),
    "missed": Look("miss", "missed", pgettext_lazy("state", "Missed")),
    "queued": Look("run", "queued", pgettext_lazy("state", "Queued")),
    "claimed": Look("run", "queued", pgettext_lazy("state", "Claimed")),
    "running": Look("run", "running", pgettext_lazy("state", "Running")),
    "overdue": Look("late", "overdue", pgettext_lazy("state", "Overdue")),
    "skipped": Look("idle", "skipped", pgettext_lazy("state", "Skipped")),
    "paused": Look("idle", "paused", pgettext_lazy("state", "Paused")),
    "cancelled": Look("idle", "cancelled", pgettext_lazy("state", "Cancelled")),
    "to_come": Look("idle", "queued", pgettext_lazy("state", "To come")),
    "unknown": Look("idle", "queued", pgettext_lazy("state", "Not known then")),
    # Of jobs.
    "ok": Look("ok", "ok", pgettext_lazy("state", "OK")),
    "not_run": Look("idle", "not-run", pgettext_lazy("state", "Not run yet")),
    "failing": Look("fail", "failed", pgettext_lazy("state", "Failing")),
    # Of sources.
    "calling": Look("ok", "ok", pgettext_lazy("state", "Calling")),
    "slow": Look("late", "late", pgettext_lazy("state", "Slow")),
    "silent": Look("fail", "silent", pgettext_lazy("state", "Silent")),
    # Of incidents.
    "open": Look("fail", "failed", pgettext_lazy("state", "Open")),
    "acknowledged": Look("late", "late", pgettext_lazy("state", "Acknowledged")),
    "muted": Look("idle", "silent", pgettext_lazy("state", "Muted")),
    "over": Look("ok", "ok", pgettext_lazy("state", "Over")),
}


def look(state: str) -> Look:
    """Of a state; one that this version does not know is shown by its own name."""
    return LOOKS.get(state) or Look("idle", "queued", state.replace("_", " ").capitalize())
