"""List the jobs with their schedules and how they stand."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from jobs_api import cli, health, registry
from jobs_api.due import next_run_date


class Command(cli.JobsCommand):
    """manage.py jobs_list"""

    help = "List all jobs: schedule, next slot, last run, health."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them."""
        now, jobs = timezone.now(), registry.jobs()
        last, started = health.last_runs(jobs, None), health.last_started(jobs, None)
        lines = [
            self._line(
                standing,
                last.get(standing.job.name),
                health.verdict(standing, started.get(standing.job.name), now),
                now,
            )
            for standing in health.standings(at=now)
        ]
        headings = ("job", "schedule", "timezone", "next", "last_slot", "last_state", "run", "health")
        said = [dict(zip(headings, line, strict=True)) for line in lines]
        self.say(
            options, said, cli.table(headings, lines) if lines else "No jobs: declare them in <app>/jobs.py."
        )

    def _line(self, standing: health.Standing, last: Any, verdict: str, now: Any) -> tuple[Any, ...]:
        job = standing.job
        following = next_run_date(job, now)
        ran: tuple[Any, ...] = (None, None, None)
        if last is not None:
            ran = (
                last.run_date.astimezone(job.slots.zone),
                " ".join(filter(None, health.state_of(last))),
                last.pk,
            )
        return (job.name, job.schedule, job.slots.timezone, following, *ran, verdict)
