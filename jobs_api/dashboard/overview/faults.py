"""What is wrong that is no job's fault: hosts, clocks, alerts, declarations. It may hide what a job does."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from jobs_api import check_ins, clock
from jobs_api.alerts import standing as alerts
from jobs_api.alerts.standing import ChannelStanding
from jobs_api.dashboard import times
from jobs_api.history.standing import standing as roll_up
from jobs_api.monitoring.report import JobBrief
from jobs_api.monitoring.source_report import SourceReport
from jobs_api.registry import discovery
from jobs_api.runs import hosts
from jobs_api.runs.hosts import Difference
from jobs_api.text import one_line

NAMED = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """One thing."""

    text: str
    command: str = ""
    """What shows more of it, or mends it."""


def faults(
    reports: Sequence[JobBrief], sources: Sequence[SourceReport], at: datetime, zone: ZoneInfo
) -> list[Fault]:
    """All of them: six statements, and one more where outside monitors are told."""
    return [
        *_declarations(),
        *_clock(),
        *_hosts(hosts.differences(at=at)),
        *_unknown(reports, sources),
        *_unstarted(reports),
        *_roll_up(sources, at, zone),
        *_monitors(at, zone),
        *_evaluation(sources, at, zone),
        *(fault for channel in alerts.channels(at) for fault in _channel(channel, at, zone)),
    ]


def _declarations() -> Iterator[Fault]:
    if discovery.caution():
        yield Fault(_("Some declarations of jobs have errors, which hide jobs."), "manage.py check")


def _clock() -> Iterator[Fault]:
    if fault := clock.fault():
        yield Fault(one_line(fault))


def _hosts(different: Sequence[Difference]) -> Iterator[Fault]:
    names = sorted({each.job for each in different})
    if names:
        others = sorted({each.host for each in different})
        text = ngettext(
            "Hosts declare %(jobs)s differently: %(hosts)s does, and this one.",
            "Hosts declare %(jobs)s differently: %(hosts)s do, and this one.",
            len(others),
        )
        yield Fault(text % {"jobs": listed(names), "hosts": listed(others)}, "manage.py jobs_list --hosts")


def _unknown(reports: Iterable[JobBrief], sources: Sequence[SourceReport]) -> Iterator[Fault]:
    names = [report.job.name for report in reports if report.unknown]
    if names and sources:
        text = ngettext(
            "Nobody has called since %(jobs)s was declared like this: no slot of it counts as missed.",
            "Nobody has called since %(jobs)s were declared like this: no slot of them counts as missed.",
            len(names),
        )
        yield Fault(text % {"jobs": listed(names)}, "manage.py jobs_run_due")


def _unstarted(reports: Iterable[JobBrief]) -> Iterator[Fault]:
    waits = [report.job.name for report in reports if report.underway.waits_long]
    if waits:
        text = _("Queued slots of %(jobs)s wait for longer than their grace: run-due starts them.")
        yield Fault(text % {"jobs": listed(waits)}, "manage.py jobs_run_due")


def _roll_up(sources: Sequence[SourceReport], at: datetime, zone: ZoneInfo) -> Iterator[Fault]:
    found = roll_up(sources)
    if found.failing_since is not None:
        text = _("Days are not counted since %(since)s, so what is usual is out of date: %(error)s")
        since = times.short(found.failing_since, at, zone)
        yield Fault(text % {"since": since, "error": one_line(found.error)})
    elif found.waits_since is not None:
        text = _(
            "Days wait to be counted since %(since)s, though somebody calls: what is usual is out of date."
        )
        yield Fault(text % {"since": times.short(found.waits_since, at, zone)})


def _monitors(at: datetime, zone: ZoneInfo) -> Iterator[Fault]:
    for each in check_ins.status():
        if each.failing_since is not None:
            about = {"monitor": each.name, "since": times.short(each.failing_since, at, zone)}
            text = _("The monitor %(monitor)s has taken no check-in since %(since)s: %(reason)s")
            yield Fault(text % {**about, "reason": one_line(each.reason)}, "manage.py jobs_alerts check-in")


def _evaluation(sources: Sequence[SourceReport], at: datetime, zone: ZoneInfo) -> Iterator[Fault]:
    found = alerts.evaluation(sources)
    if found.failing_since is not None:
        since = times.short(found.failing_since, at, zone)
        text = _("Alerts are not evaluated since %(since)s, so nobody is told anything: %(error)s")
        yield Fault(text % {"since": since, "error": one_line(found.error)}, "manage.py jobs_alerts")
    elif found.stalled:
        yield Fault(
            _("Callers call, but no process evaluates alerts, so nobody is told anything."),
            "manage.py jobs_alerts",
        )


def _channel(channel: ChannelStanding, at: datetime, zone: ZoneInfo) -> Iterator[Fault]:
    about = {"channel": one_line(channel.channel), "count": channel.waiting}
    test = f"manage.py jobs_alert_test {channel.channel}"
    if channel.failing_since is not None:
        text = ngettext(
            "The channel %(channel)s takes no alerts, and %(count)s message waits since %(since)s: %(error)s",
            "The channel %(channel)s takes no alerts, and %(count)s messages wait since %(since)s: %(error)s",
            channel.waiting,
        )
        about |= {"since": times.short(channel.failing_since, at, zone), "error": one_line(channel.error)}
        yield Fault(text % about, test if channel.known else "")
    elif channel.stuck:
        text = ngettext(
            "%(count)s alert for the channel %(channel)s waits, and no process sends it.",
            "%(count)s alerts for the channel %(channel)s wait, and no process sends them.",
            channel.waiting,
        )
        yield Fault(text % about, "manage.py jobs_alerts")
    if channel.given_up:
        text = ngettext(
            "%(count)s alert for the channel %(channel)s was given up this week.",
            "%(count)s alerts for the channel %(channel)s were given up this week.",
            channel.given_up,
        )
        yield Fault(text % {**about, "count": channel.given_up}, test if channel.known else "")


def listed(names: Sequence[str]) -> str:
    """A few names, and how many more there are."""
    shown = list(map(one_line, names[:NAMED]))
    more = len(names) - len(shown)
    if more:
        shown.append(ngettext("%(count)s more", "%(count)s more", more) % {"count": more})
    return str(get_text_list(shown, pgettext("list", "and")))
