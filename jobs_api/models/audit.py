"""Who did what: one row for each action of an operator. Rows are added, and never changed or deleted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, NoReturn

from django.db import models
from django.db.models.signals import pre_delete


class AppendOnly(RuntimeError):
    """Somebody wanted to change or delete entries of the audit."""

    def __init__(self) -> None:
        super().__init__(
            "The audit is append-only: its entries are neither changed nor deleted. Those that are older "
            "than JOBS_API['AUDIT_DAYS'] are deleted by `manage.py jobs_prune`."
        )


class AuditEntries(models.QuerySet["AuditEntry"]):
    """Reads entries and adds some; whatever would change or delete one is refused."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refused."""
        raise AppendOnly

    def _update(self, values: Any, returning_fields: Any = None) -> Any:
        """How Django saves a row that may exist: refused if it does, and inserted next if it does not.

        So `loaddata` moves entries to another database.
        """
        if self.exists():
            raise AppendOnly
        return [] if returning_fields else 0

    def delete(self) -> NoReturn:
        """Refused."""
        raise AppendOnly

    def _raw_delete(self, using: Any) -> NoReturn:
        """Refused."""
        raise AppendOnly

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused."""
        raise AppendOnly

    def update_or_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused."""
        raise AppendOnly

    def bulk_create(self, objs: Iterable[AuditEntry], *args: Any, **kwargs: Any) -> list[AuditEntry]:
        """Add entries; refused where it would update those that exist."""
        if kwargs.get("update_conflicts") or len(args) > 2:
            raise AppendOnly
        return super().bulk_create(objs, *args, **kwargs)

    for _refused in (update, delete):
        _refused.alters_data = True  # type: ignore[attr-defined]  # no template may call it
        _refused.queryset_only = True  # type: ignore[attr-defined]


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

    objects = models.Manager.from_queryset(AuditEntries)()

    class Meta:
        verbose_name_plural = "audit entries"
        base_manager_name = "objects"
        indexes: ClassVar = [
            models.Index(fields=["at"], name="jobs_api_audit_at"),
            models.Index(fields=["job_name", "at"], name="jobs_api_audit_job"),
        ]

    def __str__(self) -> str:
        return f"{self.at.isoformat(timespec='seconds')} {self.actor} {self.action} {self.result}"

    def save(
        self,
        *,
        force_insert: Any = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Add it. An entry that exists is refused, also one that takes the key of another."""
        if force_update or update_fields is not None or not self._state.adding:
            raise AppendOnly
        super().save(force_insert=True, using=using)

    def delete(self, using: Any = None, keep_parents: bool = False) -> NoReturn:
        """Refused."""
        raise AppendOnly


def _refuse(**kwargs: Any) -> NoReturn:
    raise AppendOnly


pre_delete.connect(_refuse, sender=AuditEntry, dispatch_uid="jobs_api_audit")  # whatever way leads to it
