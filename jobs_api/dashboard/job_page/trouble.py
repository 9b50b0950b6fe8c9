"""Why a job is red, or another colour than green: what an operator reads first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs_api.dashboard import times
from jobs_api.dashboard.job_page import failing
from jobs_api.dashboard.job_page.addresses import address
from jobs_api.dashboard.job_page.banner import NAMED, Act, Banner, Known, listed
from jobs_api.history.cell import Cell
from jobs_api.models import JobPause
from jobs_api.monitoring.underway import Running
from jobs_api.text import one_line

HOSTS = 3
LATELY = timedelta(days=1)


def banners(known: Known) -> list[Banner]:
    """All there are, the worst first."""
    return list(_banners(known))


def _banners(known: Known) -> Iterator[Banner]:
    streak = failing.failing(known.cells)
    if streak and known.report.health in ("failing", "paused", "overdue", "missed"):
        yield failing.told(known, streak)
    for running in known.report.underway.running:
        if running.overdue:
            yield _overdue(known, running)
    if known.report.missed_run_date is not None:
        yield _missed(known, known.report.missed_run_date)
    elif lately := missed_lately(known):
        yield _was_missed(known, lately)
    if known.report.unclaimed is not None:
        yield _unclaimed(known)
    if (slot := _late(known)) is not None:
        yield slot
    if known.report.paused and known.report.last_pause is not None:
        yield _paused(known, known.report.last_pause)
    if known.report.unknown:
        yield _unknown()
    if known.differences:
        yield _differing(known)


def _overdue(known: Known, running: Running) -> Banner:
    attempt, since = running.run.newest.attempt, running.since or running.run.created_at
    over = running.age - running.timeout
    told = {
        "attempt": attempt,
        "since": known.clock(since),
        "timeout": times.span(running.timeout),
        "over": times.rough(over),
        "slot": known.clock(running.run.run_date),
    }
    if over.total_seconds() > 0:
        text = _(
            "Attempt %(attempt)d of slot %(slot)s runs since %(since)s; "
            "its timeout of %(timeout)s passed %(over)s ago."
        )
    else:
        text = _(
            "Attempt %(attempt)d of slot %(slot)s runs since %(since)s; "
            "at least three slots behind it were skipped."
        )
    acts = (
        Act(_("Open run"), address("run", running.run.id), dialog=False),
        Act(_("Cancel run"), address("run_cancel", running.run.id)),
    )
    return Banner("late", "overdue", _("Overdue."), text % told, acts=acts)


def _missed(known: Known, slot: datetime) -> Banner:
    cells = [cell for cell in known.cells if cell.state == "missed"]
    told = {"slot": known.clock(slot), "grace": times.span(known.job.grace_at(known.viewer.at))}
    text = _("Slot %(slot)s got no call within its grace of %(grace)s.") % told
    catches_up = {
        "all": _("The next run-due starts it."),
        "latest": _("The next run-due starts it, if no newer slot is due."),
    }
    after = catches_up.get(known.job.catch_up, _("It does not catch up."))
    if len(cells) > 1:
        more = ngettext(
            "%(count)d of the last %(all)d slots was missed.",
            "%(count)d of the last %(all)d slots were missed.",
            len(cells),
        )
        after = f"{more % {'count': len(cells), 'all': len(known.cells)}} {after}"
    acts = (
        Act(_("Run now"), address("job_run", known.job.name)),
        Act(_("Backfill"), address("job_backfill", known.job.name)),
    )
    return Banner("miss", "missed", _("Missed."), text, after=after, acts=acts)


def missed_lately(known: Known) -> list[Cell]:
    """The slots of the last day that were missed, though a later one has run."""
    return [cell for cell in known.cells if cell.state == "missed" and known.viewer.at - cell.slot < LATELY]


def _was_missed(known: Known, cells: Sequence[Cell]) -> Banner:
    told = {"count": len(cells), "slots": listed([known.clock(cell.slot) for cell in cells[-NAMED:]])}
    if len(cells) <= NAMED:
        text = ngettext(
            "Slot %(slots)s of the last 24 hours got no call within its grace; a later one has run.",
            "Slots %(slots)s of the last 24 hours got no call within their grace; a later one has run.",
            len(cells),
        )
    else:
        text = _("%(count)d slots of the last 24 hours got no call within their grace, at last %(slots)s.")
    acts = (Act(_("Backfill"), address("job_backfill", known.job.name)),)
    return Banner("miss", "missed", _("Missed, and over."), text % told, acts=acts)


def _unclaimed(known: Known) -> Banner:
    run = known.report.unclaimed
    assert run is not None  # noqa: S101 - asked by the caller
    since = run.waiting_since or run.created_at
    told = {"slot": known.clock(run.run_date), "span": times.rough(known.viewer.at - since)}
    text = _("Slot %(slot)s waits for a process that runs it for %(span)s.") % told
    acts = (Act(_("Open run"), address("run", run.id), dialog=False),)
    return Banner("late", "queued", _("Not started."), text, acts=acts)


def _late(known: Known) -> Banner | None:
    cell = next((cell for cell in reversed(known.cells) if cell.state == "late"), None)
    if cell is None or known.report.health != "ok":
        return None
    grace = known.job.grace_at(known.viewer.at)
    told = {
        "slot": known.clock(cell.slot),
        "span": times.rough(known.viewer.at - cell.slot),
        "missed": known.clock(cell.slot + grace),
    }
    text = _("Slot %(slot)s is due for %(span)s and nobody has called. It counts as missed at %(missed)s.")
    return Banner(
        "late", "late", _("Late."), text % told, acts=(Act(_("Run now"), address("job_run", known.job.name)),)
    )


def _paused(known: Known, pause: JobPause) -> Banner:
    told = {
        "actor": one_line(pause.actor) or _("somebody"),
        "since": known.clock(pause.started_at),
        "until": "" if pause.until is None else known.clock(pause.until),
        "reason": one_line(pause.comment),
    }
    if pause.until is None:
        text = _("By %(actor)s since %(since)s, until somebody resumes it.")
    else:
        text = _("By %(actor)s since %(since)s, until %(until)s.")
    after = _("Reason: %(reason)s") % told if pause.comment else _("No reason was given.")
    if known.report.waiting:
        count = known.report.waiting
        waits = ngettext("%(count)d run waits for its end.", "%(count)d runs wait for its end.", count)
        text = f"{text} {waits % {'count': count}}"
    acts = (Act(_("Resume"), address("job_resume", known.job.name)),)
    return Banner("idle", "paused", _("Paused."), text % told, after=after, acts=acts)


def _unknown() -> Banner:
    text = _(
        "The database does not know this job as it is declared: no slot of it counts as missed. "
        "The first trigger of it, run-due or “manage.py migrate” makes it known."
    )
    return Banner("late", "late", _("Not known yet."), text)


def _differing(known: Known) -> Banner:
    each = [
        _("%(host)s has “%(theirs)s”, this host “%(mine)s”.")
        % {"host": one_line(one.host), "theirs": one_line(one.there), "mine": one_line(one.here)}
        for one in known.differences[:HOSTS]
    ]
    return Banner("late", "late", _("Hosts declare it differently."), " ".join(each))
