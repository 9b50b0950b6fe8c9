"""The tables: fields and constraints. The transitions are in `runs`, the only writer of runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q


class State(models.TextChoices):
    """The state of a run; `runs.state_machine` shows the transitions."""

    QUEUED = "queued"  # ordered, not claimed yet
    CLAIMED = "claimed"  # held by an attempt that has not begun
    RUNNING = "running"  # its command runs
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # its newest attempt failed; `reason` tells how
    CANCELLED = "cancelled"  # an operator cancelled it
    SKIPPED = "skipped"  # another slot of the job was running


HELD = (State.CLAIMED, State.RUNNING)
IN_FLIGHT = (State.QUEUED, *HELD)
ENDED = (State.SUCCEEDED, State.FAILED, State.CANCELLED, State.SKIPPED)


class Reason(models.TextChoices):
    """Why an attempt did not succeed (contract, part 7)."""

    ERROR = "error"  # the command raised
    EXIT = "exit"  # the command called sys.exit with a status other than 0
    TIMEOUT = "timeout"  # it took longer than the job's timeout
    LOST = "lost"  # its holder was silent and the lease expired
    INTERRUPTED = "interrupted"  # its process was stopped
    CANCELLED = "cancelled"  # an operator requested it
    SUBMIT_FAILED = "submit_failed"  # the executor could not take it


COUNTED = (Reason.ERROR, Reason.EXIT, Reason.TIMEOUT)
"""These cost a try and are followed by back-off; a loss costs a try only if the command had begun."""


class AttemptRecord(models.Model):
    """The record of one attempt. A run carries its newest one, `JobAttempt` the earlier ones."""

    attempt = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State)
    reason = models.CharField(max_length=20, blank=True, default="", choices=Reason)
    error = models.TextField(blank=True, default="")
    executor = models.CharField(max_length=200, blank=True, default="")
    holder = models.CharField(max_length=150, blank=True, default="")
    trigger = models.CharField(max_length=20, blank=True, default="")
    source = models.CharField(max_length=100, blank=True, default="")
    actor = models.CharField(max_length=100, blank=True, default="")
    comment = models.TextField(blank=True, default="")
    note = models.TextField(blank=True, default="")
    claimed_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    progress_done = models.BigIntegerField(null=True, blank=True)
    progress_total = models.BigIntegerField(null=True, blank=True)
    output_head = models.BinaryField(default=b"")
    output_tail = models.BinaryField(default=b"")
    output_size = models.PositiveBigIntegerField(default=0)

    class Meta:
        abstract = True

    def refresh_from_db(self, using: str | None = None, *args: Any, **kwargs: Any) -> None:
        """Read again, or a field that was left out, from where the row came from: a replica may lag."""
        super().refresh_from_db(using or self._state.db, *args, **kwargs)

    @property
    def duration_ms(self) -> int | None:
        """How long the attempt took, in milliseconds; None while it runs."""
        if self.started_at is None or self.finished_at is None:
            return None
        return round((self.finished_at - self.started_at).total_seconds() * 1000)


ATTEMPT_FIELDS = [field.attname for field in AttemptRecord._meta.local_fields]


class JobRun(AttemptRecord):
    """One slot of one job. Its own columns hold the newest attempt."""

    id: int
    job_name = models.CharField(max_length=100)
    run_date = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    options = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    # Equal to job_name while the run is held and its job is exclusive, else NULL: a plain
    # UNIQUE then lets one such run live at a time, on every database.
    held_job = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    # From when run-due may claim it; NULL if nothing is left to do.
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)

    # No columns: `runs.readers.by_clock` and `runs.lookup` read them by the database's clock. A row that was
    # read otherwise has the defaults, which may be wrong for a held one.
    lease_over: bool = False
    backing_off: bool = False
    started_before: datetime | None = None

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job_name", "run_date"], name="jobs_api_one_run_per_slot"),
            models.UniqueConstraint(fields=["held_job"], name="jobs_api_no_overlap"),
            models.CheckConstraint(
                condition=Q(state__in=HELD) | Q(held_job=None, lease_expires_at=None),
                name="jobs_api_only_held_runs_are_leased",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=HELD) | Q(lease_expires_at__isnull=False),
                name="jobs_api_held_runs_have_a_lease",
            ),
        ]
        indexes: ClassVar = [
            # Small beside the table: only what run-due looks at, and what did not go well.
            models.Index(
                fields=["lease_expires_at"],
                name="jobs_api_leases",
                condition=Q(lease_expires_at__isnull=False),
            ),
            models.Index(
                fields=["next_attempt_at"],
                name="jobs_api_waiting",
                condition=Q(next_attempt_at__isnull=False),
            ),
            models.Index(
                fields=["job_name", "run_date"], name="jobs_api_unsuccessful", condition=~Q(state="succeeded")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_name} {self.run_date.isoformat()}"

    def record(self) -> dict[str, Any]:
        """The newest attempt's fields, as `JobAttempt` takes them."""
        return {name: getattr(self, name) for name in ATTEMPT_FIELDS}


class JobAttempt(AttemptRecord):
    """An earlier attempt of a run, superseded by a later one."""

    run = models.ForeignKey(JobRun, on_delete=models.CASCADE, related_name="superseded")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "attempt"], name="jobs_api_attempt_numbers_are_unique"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.attempt} of run {self.run_id}"


class JobDeclaration(models.Model):
    """Since when this database knows a job with a schedule and zone: a row for each pair that it ever had."""

    job_name = models.CharField(max_length=100)
    schedule = models.CharField(max_length=200, blank=True, default="")
    timezone = models.CharField(max_length=100)
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["job_name", "schedule", "timezone"], name="jobs_api_one_row_per_declaration"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_name} {self.schedule} {self.timezone}"


class JobHost(models.Model):
    """What a host has declared, and when it last reported; a host that runs two versions has two rows."""

    host = models.CharField(max_length=150)
    fingerprint = models.CharField(max_length=64)
    """Of `declarations`."""
    declarations = models.JSONField(default=dict)
    """Job -> schedule and zone."""
    time_zone = models.CharField(max_length=100)
    version = models.CharField(max_length=40)
    """Of jobs_api."""
    clock_off = models.FloatField(default=0)
    """How many seconds its clock was ahead of the database's; 0 up to a minute."""
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["host", "fingerprint"], name="jobs_api_one_row_per_host"),
        ]

    def __str__(self) -> str:
        return self.host


class JobState(models.Model):
    """What version 0.1.0 knew jobs by: it may still be at work during a deploy. Nothing else writes it."""

    job_name = models.CharField(max_length=100, unique=True)
    schedule = models.CharField(max_length=200, blank=True, default="")
    timezone = models.CharField(max_length=100)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return self.job_name


class JobPause(models.Model):
    """An interval in which a job was paused. It ends at `ended_at`, or while that is NULL at `until`."""

    job_name = models.CharField(max_length=100)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    """When it ends by itself; NULL: when somebody resumes the job."""
    actor = models.CharField(max_length=100, blank=True, default="")
    comment = models.TextField(blank=True, default="")
    # With defaults in the database: code of before, which runs beside ours for a while, does not know them.
    resumed_by = models.CharField(max_length=100, blank=True, default="", db_default="")
    resume_comment = models.TextField(blank=True, default="", db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["job_name"], name="jobs_api_one_open_pause", condition=Q(ended_at=None)
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")),
                name="jobs_api_pause_has_length",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_name} paused {self.started_at.isoformat()}"

    def covers(self, instant: datetime) -> bool:
        """Whether a slot at `instant` passed during this pause."""
        end = self.until if self.ended_at is None else self.ended_at
        return self.started_at <= instant and (end is None or instant < end)

    def is_in_force(self, at: datetime) -> bool:
        """Whether it stops triggers at this time, by the database's clock."""
        return self.ended_at is None and (self.until is None or at < self.until)


class TriggerCount(models.Model):
    """How many triggers of a day started nothing, by job, source and outcome."""

    job_name = models.CharField(max_length=100)
    day = models.DateField()
    source = models.CharField(max_length=100, blank=True, default="")
    outcome = models.CharField(max_length=30)
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["job_name", "day", "source", "outcome"], name="jobs_api_one_count_per_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_name} {self.day} {self.outcome}: {self.count}"


class TriggerSource(models.Model):
    """A caller: when it last called, and what came of it. `monitoring.sources` writes it, once a minute."""

    source = models.CharField(max_length=100, blank=True, default="")
    actor = models.CharField(max_length=100, blank=True, default="")
    """The token, or the user of the command line."""
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    last_trigger_at = models.DateTimeField(null=True, blank=True)
    last_run_due_at = models.DateTimeField(null=True, blank=True)
    calls = models.PositiveBigIntegerField(default=0)
    wins = models.PositiveBigIntegerField(default=0)
    """How many attempts its calls have started."""
    gap = models.FloatField(default=0)
    """The longest time between two calls lately, in seconds."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "actor"], name="jobs_api_one_row_per_source"),
        ]

    def __str__(self) -> str:
        return self.source


class Token(models.Model):
    """A bearer token. The secret itself is shown once, when it is created, and is not stored."""

    name = models.CharField(max_length=80, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    patterns = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name
