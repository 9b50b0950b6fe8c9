"""Who did what: one row for each action of an operator. Rows are added, and never changed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class AuditEntry(models.Model):
    """One action of an operator, as `jobs_api.audit` records it."""

    at = models.DateTimeField()
    """By the database's clock."""
    action = models.CharField(max_length=30)
    """One of `jobs_api.audit.ACTIONS`."""
    actor = models.CharField(max_length=100, blank=True, default="")
    """The token, or the user of the command line or the admin; empty for Python code."""
    origin = models.CharField(max_length=20)
    """Where it was done: "api", "command", "admin", "dashboard" or "python"."""
    address = models.CharField(max_length=150, blank=True, default="")
    """From where: the network address, or the host of the command line."""
    # No foreign keys: an entry outlives what it is about.
    job_name = models.CharField(max_length=100, blank=True, default="")
    run = models.BigIntegerField(null=True, blank=True)
    run_date = models.DateTimeField(null=True, blank=True)
    subject = models.CharField(max_length=200, blank=True, default="")
    """What it was done to, if that is not a job or a run: a token, a source, an incident."""
    reason = models.TextField(blank=True, default="")
    result = models.CharField(max_length=200)
    """What came of it, in a word or a few: "attempt 3", "paused", "conflict"."""
    details = models.JSONField(default=dict, blank=True)
    """More of it, without secrets: until when, how many slots, which scopes."""

    class Meta:
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [
            models.Index(fields=["at"], name="jobs_api_audit_at"),
            models.Index(fields=["job_name", "at"], name="jobs_api_audit_job"),
        ]

    def __str__(self) -> str:
        return f"{self.at.isoformat(timespec='seconds')} {self.actor} {self.action} {self.result}"
