"""API keys of GraphQL: made, looked up, revoked. Whoever sends one acts as its user."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest

from crm.models import ApiKey

PREFIX = "crm_"
"""Tells a key from a secret of the jobs, for people and for programs that look for leaked ones."""
NOTE_USE_EVERY = timedelta(minutes=1)


def create(user: User, name: str, *, expires_at: datetime | None = None, now: datetime) -> tuple[ApiKey, str]:
    """Make a key; returns its row, and the key itself, which cannot be had again.

    Raises:
        ValidationError: the name is empty or too long, or the expiry is over.
    """
    key = PREFIX + secrets.token_urlsafe(32)
    row = ApiKey(user=user, name=name, digest=digest(key), created_at=now, expires_at=expires_at)
    row.full_clean()
    row.save(force_insert=True)
    return row, key


def digest(key: str) -> str:
    """What is stored of a key: it is 256 random bits, so one fast hash is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


def revoke(pk: int, *, now: datetime) -> bool:
    """Refuse this key from now on; False if there is none of that number that is not revoked yet."""
    return bool(ApiKey.objects.filter(pk=pk, revoked_at=None).update(revoked_at=now))


def bearer(request: HttpRequest) -> str | None:
    """What is sent as `Authorization: Bearer ...`; None without such a header."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


def user_of(key: str, *, now: datetime) -> User | None:
    """Whom this key acts as; None if it is unknown, revoked, expired or its user is switched off."""
    row = ApiKey.objects.usable(now=now).select_related("user").filter(digest=digest(key)).first()
    if row is None:
        return None
    if row.last_used_at is None or now - row.last_used_at >= NOTE_USE_EVERY:
        _note_use(row, now)
    return row.user


def _note_use(row: ApiKey, now: datetime) -> None:
    """Once a minute, also when many requests come at the same moment."""
    due = Q(last_used_at=None) | Q(last_used_at__lte=now - NOTE_USE_EVERY)
    ApiKey.objects.filter(due, pk=row.pk).update(last_used_at=now)
