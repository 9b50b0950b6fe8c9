"""What customers read and send in: posts, and uploads that somebody judges before they are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils import timezone

from crm.clock import days_before

# Without control characters and the two line breaks of Unicode: in a text mail or an output, the text after
# one would look like a line of ours.
one_line = RegexValidator(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029]",
    "Write it on one line, without control characters.",
    inverse_match=True,
)

STALE_DAYS = 7


class PostStatus(models.TextChoices):
    """The state of a post."""

    DRAFT = "draft"  # only its authors see it
    PUBLISHED = "published"


class PostQuerySet(models.QuerySet["Post"]):
    """Questions about many posts."""

    def stale_drafts(self, *, now: datetime) -> PostQuerySet:
        """Drafts that nobody has touched for a week."""
        return self.filter(status=PostStatus.DRAFT, updated_at__lte=days_before(now, STALE_DAYS))


class Post(models.Model):
    """A piece of news for customers."""

    title = models.CharField(max_length=200, validators=[one_line])
    body = models.TextField(blank=True, default="")
    status = models.CharField(max_length=10, choices=PostStatus, default=PostStatus.DRAFT)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=PostStatus.values), name="crm_post_status_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["updated_at"], condition=Q(status=PostStatus.DRAFT), name="crm_post_drafts")
        ]

    def __str__(self) -> str:
        return self.title


class UploadStatus(models.TextChoices):
    """The state of an upload."""

    PENDING = "pending"  # nobody sees it
    APPROVED = "approved"
    REJECTED = "rejected"


class UploadQuerySet(models.QuerySet["Upload"]):
    """Questions about many uploads, and changes to them."""

    def unchecked(self) -> UploadQuerySet:
        """Those that the classifier has not seen."""
        return self.filter(status=UploadStatus.PENDING, checked_at=None)

    def for_a_person(self) -> UploadQuerySet:
        """Those that the classifier has seen and not decided."""
        return self.filter(status=UploadStatus.PENDING, checked_at__isnull=False)

    def decide(self, status: str, reason: str, *, now: datetime) -> int:
        """Store a decision; `pending` means that a person has to decide. Returns how many rows changed."""
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


@receiver(pre_delete, sender=Upload, dispatch_uid="crm.uploads")
def delete_file(instance: Upload, **_: Any) -> None:
    """Delete the file before its row, also when a customer's deletion takes the upload along.

    A row that stays because the rest of the deletion failed may have lost its file; deleting it again
    fixes that. The other way round, nobody would ever find a file that stayed without its row.

    Raises:
        OSError: or what else the storage says. The row stays.
    """
    if name := instance.file.name:
        instance.file.storage.delete(name)  # it is not an error if the file is already gone
