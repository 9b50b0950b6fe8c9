"""From declarations to a `Plan`: what one platform is to call, and what it cannot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from jobs_api.exporters.common import lateness
from jobs_api.exporters.common.every import line_of
from jobs_api.exporters.common.exporter import COMMAND, Exporter
from jobs_api.exporters.common.faults import BadOption
from jobs_api.exporters.common.plan import Entry, Plan, Refusal
from jobs_api.registry.job import Job
from jobs_api.schedule.cron import BadSchedule, Schedule
from jobs_api.schedule.foreign_lines import UTC as UTC_NAME
from jobs_api.schedule.foreign_lines import Inexpressible, Target, foreign_lines


def make_plan(
    exporter: Exporter,
    jobs: Iterable[Job],
    *,
    form: str,
    base_url: str,
    run_due_every: int | None,
    settings: Mapping[str, str],
    now: datetime,
    source: str = "",
    written_by: str = "",
) -> Plan:
    """What the platform calls: each job that has a schedule, and run-due.

    Args:
        base_url: with the path of our URLs, without a slash at its end; empty where the form needs none.
        run_due_every: minutes, one of `every.STEPS`; None: run-due is not exported.
        settings: those that differ from the exporter's defaults.
        now: the offsets of zones are taken from the beginning of its year on.
        source: the platform's name, for the record.
        written_by: the command line that writes this export.
    """
    values = {name: setting.default for name, setting in exporter.settings.items()} | dict(settings)
    planner = _Planner(exporter, values, form, base_url, source, now)
    jobs = sorted(jobs, key=lambda job: job.name)
    planned = [planner.planned(job) for job in jobs if job.schedule is not None]
    entries = [entry for entry in planned if isinstance(entry, Entry)]
    if run_due_every is not None:
        entries.append(planner.run_due(run_due_every))
    refused = tuple(entry for entry in planned if isinstance(entry, Refusal))
    return Plan(
        entries=tuple(entries),
        refused=refused,
        form=form,
        settings=values,
        written_by=written_by,
        on_demand=tuple(job.name for job in jobs if job.schedule is None),
        run_due_every=run_due_every,
    )


class _Planner:
    """What all entries of one export have in common."""

    def __init__(
        self,
        exporter: Exporter,
        settings: Mapping[str, str],
        form: str,
        base_url: str,
        source: str,
        now: datetime,
    ) -> None:
        dialect = exporter.dialect
        self.exporter, self.dialect, self.form, self.source = exporter, dialect, form, source
        self.base_url = "" if form == COMMAND else base_url
        self.local = _machine_zone(settings["zone"]) if dialect.local else UTC_NAME
        self.year = now.astimezone(UTC).year
        self.target = Target(
            zones=dialect.zones or self.local != UTC_NAME,
            sunday=dialect.sunday,
            last_day=dialect.last_day,
            lines=dialect.lines,
            floor=dialect.floor,
        )

    def planned(self, job: Job) -> Entry | Refusal:
        """The job's entry, or why there is none."""
        if not self.dialect.cron:
            return Refusal(job=job, reason="It takes no cron lines: run-due starts this job.")
        if self.form == COMMAND and job.name.startswith("-"):
            reason = (
                "A command line takes a name that begins with - for an option: let run-due start this job."
            )
            return Refusal(job=job, reason=reason)
        if self.local not in (UTC_NAME, job.slots.timezone):
            return Refusal(
                job=job,
                reason=f"The machine's zone is {self.local}, and the job's {job.slots.timezone}: let run-due "
                "start this job, or give the machine the zone UTC, from which all jobs can be called.",
            )
        try:
            entry = self._entry(job)
        except Inexpressible as error:
            return Refusal(job=job, reason=f"It {error}: let run-due start this job.")
        if why := self.exporter.refuses(entry):
            return Refusal(job=job, reason=f"It {why}: let run-due start this job.")
        return entry

    def _entry(self, job: Job) -> Entry:
        found = foreign_lines(job.slots, self.target, self.year)
        return Entry(
            job=job,
            lines=found.lines,
            timezone=found.timezone,
            surplus=found.surplus,
            base_url=self.base_url,
            source=self.source,
            max_late=lateness.limit(job, self.year, surplus=found.surplus),
        )

    def run_due(self, minutes: int) -> Entry:
        """The call that starts whatever is due."""
        return Entry(
            job=None, lines=(line_of(minutes),), timezone="UTC", base_url=self.base_url, source=self.source
        )


def _machine_zone(name: str) -> str:
    try:
        Schedule.parse(None, name)
    except BadSchedule as error:
        raise BadOption(f"--set zone: {error}") from None
    return name.removeprefix("Etc/")
