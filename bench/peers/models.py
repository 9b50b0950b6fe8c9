"""The tables of the peers."""

from typing import ClassVar

from django.db import models


class JobLock(models.Model):
    """One row per job; it is locked while the job runs."""

    job_name = models.CharField(max_length=100, unique=True)
    last_run_date = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.job_name


class Run(models.Model):
    """One row per slot, unique."""

    job_name = models.CharField(max_length=100)
    run_date = models.DateTimeField()
    status = models.CharField(max_length=20, default="running")
    output = models.TextField(blank=True, default="")
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job_name", "run_date"], name="peers_one_run_per_slot")
        ]

    def __str__(self) -> str:
        return f"{self.job_name} {self.run_date.isoformat()}"
