"""What customers send in, and whether it may be shown."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone


class UploadStatus(models.TextChoices):
    """Where an upload stands."""

    PENDING = "pending"  # nobody sees it
    APPROVED = "approved"
    REJECTED = "rejected"


class UploadQuerySet(models.QuerySet["Upload"]):
    """Uploads, asked of as a whole."""

    def unchecked(self) -> UploadQuerySet:
        """Those that the classifier has not seen."""
        return self.filter(status=UploadStatus.PENDING, checked_at=None)

    def for_a_person(self) -> UploadQuerySet:
        """Those that the classifier has seen and not decided."""
        return self.filter(status=UploadStatus.PENDING, checked_at__isnull=False)

    def decide(self, status: str, reason: str, *, now: datetime) -> int:
        """Note what was found; still `pending` means that a person is to decide. Returns how many."""
        return self.update(status=status, reason=reason, checked_at=now)


class Upload(models.Model):
    """A text or a file of a customer."""

    customer = models.ForeignKey("crm.Customer", on_delete=models.CASCADE, related_name="uploads")
    text = models.TextField(blank=True, default="")
    file = models.FileField(upload_to="uploads/%Y/%m/", blank=True, default="")
    status = models.CharField(max_length=10, choices=UploadStatus, default=UploadStatus.PENDING)
    reason = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = UploadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(text="", file=""),
                name="crm_upload_is_something",
                violation_error_message="Send a text or a file",
            ),
            models.CheckConstraint(
                condition=Q(status__in=UploadStatus.values), name="crm_upload_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(checked_at=None, status=UploadStatus.PENDING, reason="")
                | (Q(checked_at__isnull=False) & ~Q(reason="")),
                name="crm_upload_decision_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(status=UploadStatus.PENDING),
                name="crm_upload_pending",
            )
        ]

    def __str__(self) -> str:
        return f"Upload {self.pk}"
