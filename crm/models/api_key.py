"""Keys for programs that use GraphQL. Tokens of jobs_api are for jobs only and are not accepted there."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Questions about many keys."""

    def usable(self, *, now: datetime) -> ApiKeyQuerySet:
        """Those that are not revoked and not expired, and whose user is active."""
        open_ended = Q(expires_at=None) | Q(expires_at__gt=now)
        return self.filter(open_ended, revoked_at=None, user__is_active=True)


class ApiKey(models.Model):
    """Acts as its user, with that user's permissions. The key itself is shown once and not stored."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="crm_api_keys")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a key that could never be used."""
        if self.expires_at and self.expires_at <= self.created_at:
            raise ValidationError({"expires_at": "This time is over already; write one in the future."})
