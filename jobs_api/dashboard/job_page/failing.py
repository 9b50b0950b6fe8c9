"""Since when a job fails, with what, and when it last went well."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs_api.dashboard import times
from jobs_api.dashboard.job_page.addresses import address, reruns
from jobs_api.dashboard.job_page.banner import NAMED, Act, Banner, Known, listed
from jobs_api.history.cell import Cell

FAILED, WELL, STARTED_NOT = ("failed", "lost"), ("succeeded", "ran_late"), ("skipped", "queued")


def failing(cells: Sequence[Cell]) -> list[Cell]:
    """The slots that failed since the last one that did not, oldest first."""
    streak: list[Cell] = []
    for cell in reversed(cells):
        if cell.state in FAILED:
            streak.append(cell)
        elif cell.run is not None and cell.state not in STARTED_NOT:
            break
    return streak[::-1]


def told(known: Known, streak: Sequence[Cell]) -> Banner:
    """The banner."""
    first, last = streak[0], streak[-1]
    span = times.rough(known.viewer.at - first.slot)
    pks = [cell.run for cell in streak if cell.run is not None]
    label = ngettext("Rerun %(count)d failed", "Rerun %(count)d failed", len(pks)) % {"count": len(pks)}
    return Banner(
        "fail",
        "failed",
        _("Failing for %(span)s.") % {"span": span},
        _ended(known, streak),
        last.error or last.reason,
        last_success(known),
        (Act(_("Open last run"), address("run", last.run), dialog=False), Act(label, reruns(pks))),
    )


def _ended(known: Known, streak: Sequence[Cell]) -> str:
    """ "Slots 07:00 and 08:00 failed after 3 tries each:"."""
    tries = max(cell.tries for cell in streak)
    told = {"count": len(streak), "slots": listed([known.clock(cell.slot) for cell in streak[:NAMED]])}
    told["since"] = known.clock(streak[0].slot)
    if len(streak) == 1:
        text = ngettext(
            "Slot %(slots)s failed after %(tries)d try:",
            "Slot %(slots)s failed after %(tries)d tries:",
            tries,
        )
    elif len(streak) <= NAMED:
        text = ngettext(
            "Slots %(slots)s failed after %(tries)d try each:",
            "Slots %(slots)s failed after %(tries)d tries each:",
            tries,
        )
    elif len(streak) == len(known.cells):
        text = _("At least %(count)d slots have failed, since %(since)s or before:")
    else:
        text = _("%(count)d slots have failed since %(since)s:")
    return text % {**told, "tries": tries}


def last_success(known: Known) -> str:
    """When it last went well: exactly, where that is among the newest slots, else by its day."""
    for cell in reversed(known.cells):
        if cell.state in WELL:
            return _("Last success: %(slot)s.") % {"slot": known.clock(cell.slot)}
    day = next((day for day in reversed(known.days) if day.succeeded), None)
    if day is None:
        return _("It has not succeeded within the last year.")
    return _("Last success: on %(day)s.") % {"day": times.day(day.day)}
