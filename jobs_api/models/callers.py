"""Who calls: triggers that started nothing, sources, and tokens."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


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
    last_late = models.FloatField(null=True, blank=True)
    """How many seconds after its slot its newest trigger came; of run-due, what it started last."""
    usual_late = models.FloatField(null=True, blank=True)
    worst_late = models.FloatField(null=True, blank=True)
    jobs = models.JSONField(null=True, blank=True)
    """The same for each job that it triggers, as `monitoring.source_jobs` reads and writes it."""

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
