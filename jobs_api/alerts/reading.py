"""One reading of all that alerts are about: a fixed number of statements, however many jobs there are."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from jobs_api.alerts import absences, expiries, failures, silences, slowness
from jobs_api.alerts.buried import buried
from jobs_api.alerts.findings import Findings
from jobs_api.database import alias
from jobs_api.models import Incident, JobRun, Token
from jobs_api.monitoring import trigger_counts
from jobs_api.monitoring.report import HealthReport, JobReport, health_report
from jobs_api.registry import discovery
from jobs_api.runs.hosts import NOT_DECLARED
from jobs_api.runs.recent import Past, recent

MARGIN = timedelta(minutes=2)
"""An attempt may be written a moment after the time of its end."""
FIRST = timedelta(hours=1)
"""How far the first evaluation looks back for slow runs."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """What the database holds at one moment."""

    at: datetime
    since: datetime
    """From when on runs that have ended are new."""
    report: HealthReport
    jobs: Mapping[str, JobReport]
    open: Sequence[Incident]
    past: Mapping[str, Sequence[Past]]
    """The last runs of those jobs that need them."""
    buried: Mapping[str, Sequence[JobRun]]
    """What failed for good behind newer slots, by job."""
    tokens: Sequence[Token]
    """Those that expire, or have expired."""

    @property
    def may_be_declared_elsewhere(self) -> set[str]:
        """Jobs of open incidents that only this process does not know: a deploy is under way, or an error."""
        unknown = {each.job_name for each in self.open if each.job_name} - self.jobs.keys()
        if discovery.faults:
            return unknown
        others = {each.job for each in self.report.differences if each.there != NOT_DECLARED}
        return unknown & others


def read(at: datetime, before: datetime | None, now: datetime | None = None) -> Reading:
    """Read everything.

    Args:
        at: what time it is, by the database's clock.
        before: when it was last read.
        now: for tests; None is the database's clock.
    """
    since = at - FIRST if before is None else before - MARGIN
    report = health_report(now=now)
    rows = list(Incident.objects.using(alias()).filter(closed_at=None).order_by("pk"))
    slow = {each.job_name for each in rows if each.kind == "slow"}
    names = slowness.candidates(report.jobs, slow, since, at)
    names += [each.job.name for each in report.jobs if failures.will_be_retried(each, at)]
    jobs = {each.job.name: each for each in report.jobs}
    hidden = buried(report.jobs, since, at)
    return Reading(at, since, report, jobs, rows, recent(names), hidden, expiries.tokens(at))


def findings(reading: Reading) -> Findings:
    """What is wrong; no statement."""
    found, at = Findings(), reading.at
    for report in reading.report.jobs:
        past = reading.past.get(report.job.name, ())
        behind = reading.buried.get(report.job.name, ())
        found.add((failures.failed(report, past, at, behind), absences.missed(report, at)))
        found.add((absences.late(report, at), absences.overdue(report, at)))
        found.add((slowness.slow(report, past, reading.since, at),))
    found.add(silences.silent(reading.report.sources, trigger_counts.unwritten()))
    found.add(expiries.expiring(reading.tokens, at))
    elsewhere = reading.may_be_declared_elsewhere
    found.add((each.kind, each.subject) for each in reading.open if each.job_name in elsewhere)
    return found
