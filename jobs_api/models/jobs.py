"""What the database knows about jobs: since when, on which hosts, and their pauses."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q


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


class JobTotals(models.Model):
    """What has happened to a job since this is counted, for metrics. `monitoring.totals` writes it.

    The numbers only grow: pruning runs and trigger counts does not change them.
    """

    job_name = models.CharField(max_length=100, unique=True)
    since = models.DateTimeField()
    written_at = models.DateTimeField()
    totals = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "job totals"

    def __str__(self) -> str:
        return self.job_name
