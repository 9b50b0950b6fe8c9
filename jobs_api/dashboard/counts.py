"""How many slots of each state there are, in words: "47 succeeded, 2 failed, 1 missed"."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import ngettext

from jobs_api.dashboard.states import look


def _words(count: int) -> dict[str, str]:
    return {
        "succeeded": ngettext("%(count)s succeeded", "%(count)s succeeded", count),
        "failed": ngettext("%(count)s failed", "%(count)s failed", count),
        "lost": ngettext("%(count)s lost", "%(count)s lost", count),
        "missed": ngettext("%(count)s missed", "%(count)s missed", count),
        "overdue": ngettext(
            "%(count)s still running past its timeout", "%(count)s still running past their timeout", count
        ),
        "ran_late": ngettext("%(count)s ran late", "%(count)s ran late", count),
        "late": ngettext("%(count)s late", "%(count)s late", count),
        "running": ngettext("%(count)s running", "%(count)s running", count),
        "queued": ngettext("%(count)s queued", "%(count)s queued", count),
        "skipped": ngettext("%(count)s skipped", "%(count)s skipped", count),
        "paused": ngettext("%(count)s paused", "%(count)s paused", count),
        "cancelled": ngettext("%(count)s cancelled", "%(count)s cancelled", count),
        "to_come": ngettext("%(count)s to come", "%(count)s to come", count),
        "unknown": ngettext("%(count)s not known then", "%(count)s not known then", count),
    }


ORDER = tuple(_words(1))


def counted(states: Mapping[str, int], *, without: tuple[str, ...] = ("unknown",)) -> str:
    """The numbers that are not 0, what went well first, then the worst."""
    known = [state for state in ORDER if state not in without]
    others = [state for state in states if state not in ORDER]
    return ", ".join(_one(state, states[state]) for state in (*known, *others) if states.get(state))


def _one(state: str, count: int) -> str:
    text = _words(count).get(state, f"%(count)s {look(state).word}")
    return text % {"count": count}
