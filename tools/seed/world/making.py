"""One run with its attempts, as the state machine would have left them."""

from __future__ import annotations

import dataclasses
import random
from datetime import datetime, timedelta
from typing import Any

from jobs_api.models import JobAttempt, JobRun, Reason, State
from jobs_api.registry.job import Job
from tools.seed.jobs import Usual
from tools.seed.world import outputs

LATENESS = {
    "eventbridge": (1.2, 0.4),
    "celery_beat": (0.4, 0.6),
    "cron_job_org": (3.0, 0.8),
    "github_actions": (8.0, 0.5),
}
"""Of each source how many seconds after a slot it calls, and how much that varies."""
OTHERS = ("eventbridge", "celery_beat", "cron_job_org")
ACTORS = {
    "eventbridge": "aws-prod",
    "github_actions": "github",
    "cron_job_org": "cronjob-org",
    "celery_beat": "CRON_SECRET",
}
CELERY = {"source": "celery_beat", "actor": "CRON_SECRET"}
HOSTS = ("web-1:2214", "web-2:877", "web-3:3120")
STRIPE = "ReadTimeout: api.stripe.example"
BANK = "BankUnavailable: sparkasse: 503 Service Unavailable (3 requests, last after 60 s)"
SILENT = timedelta(hours=3, minutes=2, seconds=4)
"""For how long cron_job_org has not called."""
BACKOFF = timedelta(seconds=60)


@dataclasses.dataclass(slots=True)
class Made:
    """What is to be written."""

    run: JobRun
    earlier: list[JobAttempt] = dataclasses.field(default_factory=list)


def make(
    job: Job,
    usual: Usual,
    slot: datetime,
    what: str,
    chance: random.Random,
    *,
    now: datetime,
    lease: timedelta,
) -> Made:
    """Make the run of a slot.

    Args:
        what: what became of it, as in `oddities`.
    """
    source = _source(usual, chance)
    if source == "cron_job_org" and slot > now - SILENT:
        source = usual.source
    late = timedelta(seconds=min(chance.lognormvariate(0, LATENESS[source][1]) * LATENESS[source][0], 55))
    if what == "late":
        late = max(timedelta(seconds=job.grace or 3600) * 0.37, timedelta(minutes=9))
    took = timedelta(seconds=usual.seconds * chance.lognormvariate(0, 0.17))
    story = Story(job, slot, source, slot + late, took, chance.choice(HOSTS), now, lease)
    return STORIES[what](story)


def _source(usual: Usual, chance: random.Random) -> str:
    return usual.source if chance.random() < 0.88 else chance.choice(OTHERS)


@dataclasses.dataclass(frozen=True, slots=True)
class Story:
    """What is known of a run before it is known how it ends."""

    job: Job
    slot: datetime
    source: str
    called: datetime
    took: timedelta
    host: str
    now: datetime
    lease: timedelta

    def record(self, number: int, began: datetime, took: timedelta | None, **more: Any) -> dict[str, Any]:
        """The columns of an attempt."""
        return {
            "attempt": number,
            "executor": self.job.executor_name,
            "holder": self.host,
            "trigger": "http",
            "source": self.source,
            "actor": ACTORS[self.source],
            "claimed_at": began - timedelta(seconds=0.3),
            "started_at": began,
            "finished_at": None if took is None else began + took,
            **more,
        }

    def run(self, **columns: Any) -> JobRun:
        """The run with its newest attempt."""
        at = self.called - timedelta(seconds=0.3)
        return JobRun(job_name=self.job.name, run_date=self.slot, created_at=at, **columns)

    def succeeded(self) -> Made:
        """As usual."""
        text = outputs.kept(outputs.of_success(self.job.name, self.took.total_seconds()))
        return Made(self.run(**self.record(1, self.called, self.took, state=State.SUCCEEDED, **text)))

    def failed(self) -> Made:
        """All its tries are used up."""
        error, text = self._trouble()
        took = timedelta(seconds=72) if error == STRIPE else self.took / 2
        columns = {"state": State.FAILED, "reason": Reason.ERROR, "error": error, **outputs.kept(text)}
        began, made = self.called, Made(JobRun())
        for number in range(1, self.job.max_attempts):
            made.earlier.append(JobAttempt(run=made.run, **self.record(number, began, took, **columns)))
            began += took + BACKOFF * 2 ** (number - 1) + timedelta(seconds=1)
        whole = self.run(
            tries=self.job.max_attempts, **self.record(self.job.max_attempts, began, took, **columns)
        )
        return _filled(made, whole)

    def retried(self) -> Made:
        """Its second attempt succeeds."""
        error, text = self._trouble()
        columns = {"state": State.FAILED, "reason": Reason.ERROR, "error": error, **outputs.kept(text)}
        made = Made(JobRun())
        made.earlier.append(JobAttempt(run=made.run, **self.record(1, self.called, self.took / 2, **columns)))
        began = self.called + self.took / 2 + BACKOFF
        return _filled(made, self.run(tries=1, **self.record(2, began, self.took, state=State.SUCCEEDED)))

    def taken_over(self) -> Made:
        """Its first host vanishes; the next caller's attempt succeeds."""
        lost = {
            "state": State.FAILED,
            "reason": Reason.LOST,
            "error": "Its holder stopped renewing the lease.",
        }
        made = Made(JobRun())
        third = self.record(1, self.called, timedelta(seconds=34), **lost) | {"holder": HOSTS[2]}
        made.earlier.append(JobAttempt(run=made.run, **third))
        columns = self.record(2, self.called + timedelta(seconds=38), self.took, state=State.SUCCEEDED)
        columns |= {"source": "cron_job_org", "actor": ACTORS["cron_job_org"], "holder": HOSTS[0]}
        return _filled(made, self.run(tries=1, **columns))

    def ended(self, state: str, reason: str, error: str, took: timedelta | None = None) -> Made:
        """One attempt that did not succeed, and is not retried."""
        text = outputs.kept(outputs.of_success(self.job.name, 0) if reason != Reason.EXIT else error + "\n")
        columns = self.record(
            1, self.called, took or self.took, state=state, reason=reason, error=error, **text
        )
        return Made(self.run(tries=self.job.max_attempts, **columns))

    def skipped(self) -> Made:
        """The slot before still ran."""
        columns = {"trigger": "http", "source": self.source, "actor": ACTORS[self.source]}
        return Made(self.run(state=State.SKIPPED, finished_at=self.called, **columns))

    def overdue(self) -> Made:
        """It runs for longer than its timeout."""
        return Made(
            self._held(
                1, self.called, progress_done=149_328, progress_total=244_800, **outputs.kept(outputs.INDEX)
            )
        )

    def running(self) -> Made:
        """Its first attempt failed, its second was lost, the third is at work."""
        made = Made(JobRun())
        failed = {
            "state": State.FAILED,
            "reason": Reason.ERROR,
            "error": BANK,
            **outputs.kept(outputs.bank()),
        }
        first = self.record(1, self.called, timedelta(seconds=129), **failed) | {"holder": HOSTS[1]}
        began = self.called + timedelta(minutes=4)
        lost = {
            "state": State.FAILED,
            "reason": Reason.LOST,
            "error": "Its holder stopped renewing the lease.",
        }
        second = self.record(2, began, timedelta(seconds=42), **lost) | {
            "holder": HOSTS[2],
            **CELERY,
        }
        made.earlier += [JobAttempt(run=made.run, **first), JobAttempt(run=made.run, **second)]
        third = self._held(
            3,
            began + timedelta(seconds=66),
            tries=2,
            progress_done=1706,
            progress_total=2743,
            options={"days": 1},
            **outputs.kept(outputs.STATEMENTS),
        )
        return _filled(made, third)

    def _held(self, number: int, began: datetime, **more: Any) -> JobRun:
        columns = self.record(number, began, None, state=State.RUNNING, **more) | {"holder": HOSTS[0]}
        columns |= {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
        held = self.job.name if self.job.exclusive else None
        return self.run(held_job=held, lease_expires_at=self.now + self.lease, **columns)

    def _trouble(self) -> tuple[str, str]:
        if self.job.name == "reconcile_payments":
            return STRIPE, outputs.stripe()
        return "OperationalError: server closed the connection unexpectedly", outputs.DATABASE


def _filled(made: Made, run: JobRun) -> Made:
    """Its attempts know the run already, by its object."""
    made.run = run
    for attempt in made.earlier:
        attempt.run = run
    return made


STORIES: dict[str, Any] = {
    "succeeded": Story.succeeded,
    "late": Story.succeeded,
    "failed": Story.failed,
    "retried": Story.retried,
    "lost, taken over": Story.taken_over,
    "skipped": Story.skipped,
    "overdue": Story.overdue,
    "running": Story.running,
    "lost": lambda story: story.ended(State.FAILED, Reason.LOST, "Its holder stopped renewing the lease."),
    "timeout": lambda story: story.ended(
        State.FAILED, Reason.TIMEOUT, "It took longer than its timeout.", timedelta(seconds=story.job.timeout)
    ),
    "exit": lambda story: story.ended(State.FAILED, Reason.EXIT, "The command exited with 2."),
    "cancelled": lambda story: story.ended(State.CANCELLED, Reason.CANCELLED, ""),
}
