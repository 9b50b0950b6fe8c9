"""Posts, and which drafts the clean-up means."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from crm.clock import days_before
from crm.models.one_line import one_line

STALE_DAYS = 7


class PostStatus(models.TextChoices):
    """Where a post stands."""

    DRAFT = "draft"  # seen by its authors only
    PUBLISHED = "published"


class PostQuerySet(models.QuerySet["Post"]):
    """Posts, asked of as a whole."""

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
