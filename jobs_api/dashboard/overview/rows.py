"""The rows of the table: each job as the page shows it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlencode
from zlib import crc32
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jobs_api.alerts.muting import is_acknowledged
from jobs_api.dashboard import words
from jobs_api.dashboard.addresses import address
from jobs_api.dashboard.overview.lines import Line
from jobs_api.dashboard.overview.reading import Past
from jobs_api.dashboard.overview.reasons import Teller, Why
from jobs_api.dashboard.plots.bullet import Bullet, bullet
from jobs_api.dashboard.plots.strip import Strip, strip
from jobs_api.models import HELD, Incident
from jobs_api.monitoring.run_report import outcome
from jobs_api.runs.readers import state_of
from jobs_api.text import one_line


@dataclasses.dataclass(frozen=True, slots=True)
class Button:
    """What one may do about it."""

    label: str | Promise
    url: str
    dialog: bool = False
    """Whether it is an order: it opens a form, and is for who may give orders."""


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One job."""

    line: Line
    schedule: str
    strip: Strip
    bullet: Bullet | None
    why: Why | None
    buttons: Sequence[Button]
    taken: Incident | None
    """The incident that somebody has acknowledged."""
    url: str
    tags: Sequence[tuple[str, str]]
    """Each with the address of the jobs that have it."""

    @property
    def select(self) -> str:
        """What its checkbox does."""
        return gettext("Select %(name)s") % {"name": self.line.name}

    @property
    def source(self) -> str:
        """Who triggered its newest attempt."""
        run = self.line.report.last_started
        return "" if run is None else one_line(run.source or run.trigger)

    @property
    def rev(self) -> str:
        """Changes with what a reader would want to see."""
        report = self.line.report
        run = report.newest
        last = run and (run.pk, run.attempt, outcome(*state_of(run)))
        return f"{crc32(repr((self.line.state, last, report.next_run_date)).encode()):x}"


def rows(
    lines: Sequence[Line],
    past: Past,
    incidents: Iterable[Incident],
    at: datetime,
    zone: ZoneInfo,
    *,
    may_operate: bool,
    tagged: Callable[[str], str],
) -> list[Row]:
    """Those of a page.

    Args:
        incidents: those that are open.
        tagged: the address of the jobs with a tag.
    """
    teller, tagged = Teller(at, zone), cache(tagged)
    taken = {each.job_name: each for each in incidents if each.job_name and is_acknowledged(each, at)}
    return [
        _row(line, past, taken.get(line.name), teller, zone, may_operate=may_operate, tagged=tagged)
        for line in lines
    ]


def _row(
    line: Line,
    past: Past,
    taken: Incident | None,
    teller: Teller,
    zone: ZoneInfo,
    *,
    may_operate: bool,
    tagged: Callable[[str], str],
) -> Row:
    cells = past.cells.get(line.name, ())
    started = line.report.last_started
    why = teller.why(line, cells, started and past.failed.get(started.pk))
    buttons = [each for each in _buttons(line, why) if may_operate or not each.dialog] if why else []
    return Row(
        line=line,
        schedule=words.schedule(line.report.job, zone),
        strip=strip(cells),
        bullet=bullet(line.seconds, past.usual.get(line.name), _ended(line)),
        why=why,
        buttons=buttons,
        taken=taken if line.trouble else None,
        url=address("job", line.name),
        tags=[(tag, tagged(tag)) for tag in line.report.job.tags],
    )


def _ended(line: Line) -> str:
    """What became of its newest attempt, for the mark of its duration."""
    run = line.report.last_started
    if run is None:
        return ""
    if run.lease_over:
        return "lost"
    return "running" if run.state in HELD else str(run.state)


def _buttons(line: Line, why: Why) -> list[Button]:
    job = Button(_("Open job"), address("job", line.name))
    run = job if why.run is None else Button(_("Open run"), address("run", why.run))
    if line.state == "failing":
        orders = [] if why.run is None else [Button(_("Rerun"), address("run_rerun", why.run), dialog=True)]
        return [run, *orders, Button(_("Mute"), _mute(line.name), dialog=True)]
    if line.state == "missed":
        return [run, *([_run_slot(line.name, why)] if why.slot else [])]
    if line.state == "overdue":
        orders = [] if why.run is None else [Button(_("Cancel"), address("run_cancel", why.run), dialog=True)]
        return [run, *orders]
    if line.state == "paused":
        return [Button(_("Resume"), address("job_resume", line.name), dialog=True)]
    return [job, Button(_("Run now"), address("job_run", line.name), dialog=True)]


def _run_slot(name: str, why: Why) -> Button:
    slot = why.slot.astimezone(UTC).isoformat().replace("+00:00", "Z") if why.slot else ""
    return Button(_("Run slot"), f"{address('job_run', name)}?{urlencode({'slot': slot})}", dialog=True)


def _mute(name: str) -> str:
    return f"{address('alerts_mute')}?{urlencode({'subject': name})}"
