"""API keys for GraphQL: create, look up, revoke. A client with a key has the permissions of its user."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest

from crm.models import ApiKey

PREFIX = "crm_"
"""People and secret scanners recognise a key by it."""
NOTE_USE_EVERY = timedelta(minutes=1)


def create(user: User, name: str, *, expires_at: datetime | None = None, now: datetime) -> tuple[ApiKey, str]:
    """Create a key. Returns its row, and the key itself, which is not stored.

    Raises:
        ValidationError: the name is empty or too long, or the expiry is in the past.
    """
    key = PREFIX + secrets.token_urlsafe(32)
    row = ApiKey(user=user, name=name, digest=digest(key), created_at=now, expires_at=expires_at)
    row.full_clean()
    row.save(force_insert=True)
    return row, key


def digest(key: str) -> str:
    """The stored hash of a key. A key has 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


def revoke(pk: int, *, now: datetime) -> bool:
    """Revoke a key. False if there is no such key, or it is revoked already."""
    return bool(ApiKey.objects.filter(pk=pk, revoked_at=None).update(revoked_at=now))


def bearer(request: HttpRequest) -> str | None:
    """The token of the header `Authorization: Bearer ...`; None without such a header."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


def user_of(key: str, *, now: datetime) -> User | None:
    """The user of a key; None if the key is unknown, revoked or expired, or its user is not active."""
    row = ApiKey.objects.usable(now=now).select_related("user").filter(digest=digest(key)).first()
    if row is None:
        return None
    if row.last_used_at is None or now - row.last_used_at >= NOTE_USE_EVERY:
        _note_use(row, now)
    return row.user


def _note_use(row: ApiKey, now: datetime) -> None:
    """At most one write per minute, even with many requests at the same moment."""
    due = Q(last_used_at=None) | Q(last_used_at__lte=now - NOTE_USE_EVERY)
    ApiKey.objects.filter(due, pk=row.pk).update(last_used_at=now)
