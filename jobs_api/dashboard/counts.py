"""How many slots of each state there are, in words: "47 succeeded, 2 failed, 1 missed"."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import ngettext_lazy

from jobs_api.dashboard.states import look

_WORDS = {
    "succeeded": ngettext_lazy("%(count)s succeeded", "%(count)s succeeded", "count"),
    "failed": ngettext_lazy("%(count)s failed", "%(count)s failed", "count"),
    "lost": ngettext_lazy("%(count)s lost", "%(count)s lost", "count"),
    "missed": ngettext_lazy("%(count)s missed", "%(count)s missed", "count"),
    "overdue": ngettext_lazy(
        "%(count)s still running past its timeout", "%(count)s still running past their timeout", "count"
    ),
    "ran_late": ngettext_lazy("%(count)s ran late", "%(count)s ran late", "count"),
    "late": ngettext_lazy("%(count)s late", "%(count)s late", "count"),
    "running": ngettext_lazy("%(count)s running", "%(count)s running", "count"),
    "queued": ngettext_lazy("%(count)s queued", "%(count)s queued", "count"),
    "skipped": ngettext_lazy("%(count)s skipped", "%(count)s skipped", "count"),
    "paused": ngettext_lazy("%(count)s paused", "%(count)s paused", "count"),
    "cancelled": ngettext_lazy("%(count)s cancelled", "%(count)s cancelled", "count"),
    "to_come": ngettext_lazy("%(count)s to come", "%(count)s to come", "count"),
    "unknown": ngettext_lazy("%(count)s not known then", "%(count)s not known then", "count"),
}
ORDER = tuple(_WORDS)


def counted(states: Mapping[str, int], *, without: tuple[str, ...] = ("unknown",)) -> str:
    """The numbers that are not 0, what went well first, then the worst."""
    known = [state for state in ORDER if state not in without]
    others = [state for state in states if state not in ORDER]
    return ", ".join(_one(state, states[state]) for state in (*known, *others) if states.get(state))


def _one(state: str, count: int) -> str:
    words = _WORDS.get(state)
    return f"{count} {look(state).word}" if words is None else str(words % {"count": count})
