"""The sentence of the overview: whether the night went well, and what is wrong now."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy, pgettext_lazy

from jobs_api.dashboard.counts import counted
from jobs_api.dashboard.overview.lines import Line
from jobs_api.history.nights import Bin, Night
from jobs_api.history.source_hours import SourceDay

NOT_DUE = ("paused", "unknown", "to_come")
"""Nobody expected anything of these slots."""
WELL = ("succeeded", "ran_late")
DETAILS = ("succeeded", *NOT_DUE)
"""What the second line leaves out."""


@dataclasses.dataclass(frozen=True, slots=True)
class Headline:
    """What it says."""

    night: str
    """As "Last night: 200 of 203 slots succeeded." """
    trouble: Sequence[str]
    """ "1 job failing", "1 source silent": what is wrong now; nothing where all is well."""
    details: str
    """What became of the slots that did not simply succeed."""
    well: str
    """That all is well, as far as jobs have run; empty where none has. It counts only without trouble."""
    not_run: str
    """How many jobs have not run yet: nobody knows of them; empty where all have."""
    doubt: str
    """Why nobody can say that all is well, though no job or source is in trouble; empty where all is."""


def headline(
    night: Night,
    lines: Sequence[Line],
    sources: Sequence[SourceDay],
    at: datetime,
    zone: ZoneInfo,
    *,
    faults: bool = False,
) -> Headline:
    """Of the night, and of the jobs and sources as they are now.

    Args:
        faults: whether something else is wrong, which the page says above.
    """
    before, since = _sum(night, within=True), _sum(night, within=False)
    return Headline(
        night=_night(before, over=at >= night.end, capped=night.capped),
        trouble=list(_trouble(lines, sources)),
        details=_details(night, before, since, at, zone),
        well=_well(lines),
        not_run=_not_run(lines),
        doubt=_doubt(lines, sources, faults=faults),
    )


def _well(lines: Sequence[Line]) -> str:
    unknown = sum(line.state == "not_run" for line in lines)
    if not unknown:
        return _("All jobs and sources are well.")
    return _("All other jobs and all sources are well.") if unknown < len(lines) else ""


def _not_run(lines: Iterable[Line]) -> str:
    number = sum(line.state == "not_run" for line in lines)
    text = ngettext("%(count)s job has not run yet.", "%(count)s jobs have not run yet.", number)
    return text % {"count": _number(number)} if number else ""


def _doubt(lines: Sequence[Line], sources: Sequence[SourceDay], *, faults: bool) -> str:
    if not sources and any(line.report.next_run_date for line in lines):
        return _("No call is counted yet, so nothing says that the next slot will run.")
    return _("No job or source is in trouble, but see above.") if faults else ""


def _sum(night: Night, *, within: bool) -> Counter[str]:
    """What became of the slots of the night, or of those since."""
    states: Counter[str] = Counter()
    for each in night.bins:
        if (each.start < night.end) is within:
            states += _states(each)
    return states


def _states(each: Bin) -> Counter[str]:
    return Counter({"succeeded": each.succeeded, **each.marks})


def _night(states: Counter[str], *, over: bool, capped: bool) -> str:
    due = sum(states.values()) - sum(states[state] for state in NOT_DUE)
    well = sum(states[state] for state in WELL)
    numbers = {"well": _number(well), "due": _number(due)}
    if not due:
        return _("Last night: no slot was due.") if over else _("Tonight: no slot was due so far.")
    if capped:
        text = _("Last night: %(well)s of the newest %(due)s slots succeeded.")
        return (
            text if over else _("Tonight so far: %(well)s of the newest %(due)s slots succeeded.")
        ) % numbers
    if over:
        text = ngettext(
            "Last night: %(well)s of %(due)s slot succeeded.",
            "Last night: %(well)s of %(due)s slots succeeded.",
            due,
        )
    else:
        text = ngettext(
            "Tonight so far: %(well)s of %(due)s slot succeeded.",
            "Tonight so far: %(well)s of %(due)s slots succeeded.",
            due,
        )
    return text % numbers


def _number(value: int) -> str:
    return number_format(value, use_l10n=True, force_grouping=True)


def _trouble(lines: Iterable[Line], sources: Iterable[SourceDay]) -> Iterator[str]:
    states = Counter(line.state for line in lines)
    named = False
    for state in ("failing", "missed", "overdue"):
        if states[state]:
            yield (_MORE if named else _JOBS)[state] % {"count": states[state]}
            named = True
    silent = sum(day.state == "silent" for day in sources)
    if silent:
        text = ngettext("%(count)s source silent", "%(count)s sources silent", silent)
        yield text % {"count": _number(silent)}


_JOBS = {
    "failing": ngettext_lazy("%(count)s job failing", "%(count)s jobs failing", "count"),
    "missed": ngettext_lazy("%(count)s job missed", "%(count)s jobs missed", "count"),
    "overdue": ngettext_lazy("%(count)s job overdue", "%(count)s jobs overdue", "count"),
}
_MORE = {
    "missed": pgettext_lazy("jobs", "%(count)s missed"),
    "overdue": pgettext_lazy("jobs", "%(count)s overdue"),
}
"""After another one, which has said that jobs are meant."""


def _details(night: Night, before: Counter[str], since: Counter[str], at: datetime, zone: ZoneInfo) -> str:
    ends = night.end.astimezone(zone)
    about = {
        "start": f"{night.start.astimezone(zone):%H:%M}",
        "end": f"{ends:%H:%M}" if at >= night.end else f"{at.astimezone(zone):%H:%M}",
        "what": counted(before, without=DETAILS) or _("all went well"),
    }
    told = _("%(start)s to %(end)s: %(what)s.") % about
    if at < night.end:
        return told
    later = counted(since, without=DETAILS)
    if not later:
        later = _("all succeeded") if since["succeeded"] else _("no slot was due")
    return _("%(night)s Since %(end)s: %(what)s.") % {"night": told, "end": about["end"], "what": later}
