"""What stands beside a run in the list: its error, how far it is, or what was noted of its newest attempt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.utils.translation import gettext as _

from jobs_api import database
from jobs_api.dashboard import times
from jobs_api.history.cell import Cell
from jobs_api.models import JobRun
from jobs_api.text import one_line

LONGEST = 200


class Noted(NamedTuple):
    """Of one run."""

    attempt: int
    text: str


def notes(cells: Iterable[Cell]) -> dict[int, Noted]:
    """Of each run among these cells: one statement, and none where there is no run."""
    errors = {cell.run: cell for cell in cells if cell.run is not None}
    if not errors:
        return {}
    kept = ("attempt", "trigger", "actor", "comment", "note", "progress_done", "progress_total")
    found = database.rows().filter(pk__in=list(errors)).only("state", *kept)
    return {run.pk: Noted(run.attempt, errors[run.pk].error or _note(run)) for run in found}


def _note(run: JobRun) -> str:
    text = one_line(run.note)[:LONGEST]
    if run.trigger in ("rerun", "backfill") or run.comment:
        return _ordered(run)
    if not text and run.progress_done is not None and run.progress_total and run.state == "running":
        return _("%(percent)d %% done") % {"percent": 100 * run.progress_done // run.progress_total}
    return text


def _ordered(run: JobRun) -> str:
    words = {"actor": one_line(run.actor), "reason": one_line(run.comment)[:LONGEST]}
    if run.trigger == "rerun":
        text = _("rerun by %(actor)s: %(reason)s") if run.comment else _("rerun by %(actor)s")
    elif run.trigger == "backfill":
        text = _("backfill by %(actor)s: %(reason)s") if run.comment else _("backfill by %(actor)s")
    else:
        text = _("%(actor)s: %(reason)s") if run.actor else "%(reason)s"
    return text % words


def without_run(cell: Cell, grace: float) -> str:
    """What is to be said of a slot that has no run."""
    if cell.state == "missed":
        return _("no call within its grace of %(grace)s") % {"grace": times.span(grace)}
    if cell.state == "late":
        return _("due, and nobody has called yet")
    return _("passed while the job was paused") if cell.state == "paused" else ""
