"""What was: days of jobs, hours of sources, and calls that were refused. `jobs_api.history` reads them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class JobDay(models.Model):
    """One day of one job, in the job's zone: counted from its runs after the day has ended.

    Runs are pruned, and days stay: a day of which runs were deleted is not counted again.
    """

    job_name = models.CharField(max_length=100)
    day = models.DateField()
    schedule = models.CharField(max_length=200, blank=True, default="")
    """As the job was declared when the day was first counted; so is the zone."""
    timezone = models.CharField(max_length=100, blank=True, default="")
    worst = models.CharField(max_length=10, blank=True, default="")
    """The worst that happened: see `jobs_api.history.days`."""
    counts = models.JSONField(default=dict)
    """How many slots there were of each state of `jobs_api.history.cells`."""
    durations = models.JSONField(default=dict)
    """Of the runs that succeeded, as a histogram in seconds."""
    lateness = models.JSONField(default=dict)
    """By source, how late the triggers came that began a run: histograms in seconds."""
    runs = models.PositiveIntegerField(default=0)
    """How many rows were counted: fewer are left where some were deleted."""
    stale = models.PositiveIntegerField(default=0)
    """How many changes were noted since it was counted; 0: none."""
    counted_at = models.DateTimeField(null=True, blank=True)
    """NULL: a change was noted, and the day was not counted yet."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job_name", "day"], name="jobs_api_one_row_per_day"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["day"], name="jobs_api_stale_days", condition=Q(stale__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.job_name} {self.day}"


class JobHistory(models.Model):
    """How far the days of a job are counted, and how long it usually takes."""

    job_name = models.CharField(max_length=100, unique=True)
    first_day = models.DateField(null=True, blank=True)
    """All days from this one on are counted ..."""
    last_day = models.DateField(null=True, blank=True)
    """... to this one."""
    p5 = models.FloatField(null=True, blank=True)
    """Seconds that its runs took lately; so are the next two."""
    p50 = models.FloatField(null=True, blank=True)
    p95 = models.FloatField(null=True, blank=True)
    count = models.PositiveIntegerField(default=0)
    """Of how many runs."""

    class Meta:
        verbose_name_plural = "job histories"

    def __str__(self) -> str:
        return self.job_name


class SourceHour(models.Model):
    """What a source did in an hour. `monitoring.source_hours` writes it, once a minute."""

    source = models.CharField(max_length=100, blank=True, default="")
    actor = models.CharField(max_length=100, blank=True, default="")
    hour = models.DateTimeField()
    """When it began."""
    calls = models.PositiveBigIntegerField(default=0)
    wins = models.PositiveBigIntegerField(default=0)
    lateness = models.JSONField(default=dict)
    """How late its triggers came, as a histogram in seconds."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hour", "source", "actor"], name="jobs_api_one_row_per_hour"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.hour.isoformat()}"


class RefusedCall(models.Model):
    """A call that was refused before it could ask for anything. Of these there are twenty rows at most."""

    place = models.PositiveSmallIntegerField(unique=True)
    """Its number among them."""
    at = models.DateTimeField()
    """When it last came."""
    address = models.CharField(max_length=100, blank=True, default="")
    status = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=200)
    """A sentence of ours, without secrets."""
    times = models.PositiveBigIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.status} {self.address}"


class HistoryMark(models.Model):
    """A moment to remember, by its name: "pruned" is before which slots runs may have been deleted."""

    name = models.CharField(max_length=30, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.at.isoformat()}"
