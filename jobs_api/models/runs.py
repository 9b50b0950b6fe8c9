"""Runs and their attempts. The transitions are in `jobs_api.runs`, the only writer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from jobs_api.models.states import HELD, Reason, State


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
    # With a default in the database: code of before, which runs beside ours for a while, does not know it.
    traceparent = models.CharField(max_length=55, blank=True, default="", db_default="")
    """The caller's W3C trace context, to which the spans of the attempt are linked; "" where it sent none."""
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
        permissions: ClassVar = [("operate_jobrun", "Can rerun, cancel, pause and trigger jobs")]
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
            # For lists over all jobs: a run that succeeds at its first attempt never enters it.
            models.Index(
                fields=["run_date"],
                name="jobs_api_not_well",
                condition=~Q(state="succeeded") & Q(lease_expires_at=None),
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
