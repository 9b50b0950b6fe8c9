"""Create, verify and revoke bearer tokens. A secret is 256 random bits; only its SHA-256 is stored."""

from __future__ import annotations

import dataclasses
import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from django.db import InterfaceError, InternalError, OperationalError, transaction
from django.db.models import Q

from jobs_api import audit, clock
from jobs_api.database import alias, bounds
from jobs_api.exceptions import BadInput
from jobs_api.models import Token
from jobs_api.text import bare, loggers, one_line

logger = loggers.logger(__name__)

SCOPES = ("trigger", "read", "operate")
PREFIX = "jobs_"
"""Every token begins with this; CRON_SECRET does not, so a request with it needs no database query."""
CRON_SECRET = "CRON_SECRET"  # noqa: S105 - a name, not a secret
"""The name of what CRON_SECRET grants; a token that had it would see the calls of others as its own."""
LAST_USE_EVERY = timedelta(minutes=1)


@dataclasses.dataclass(frozen=True, slots=True)
class Grant:
    """What the bearer of a valid token may do."""

    name: str
    scopes: frozenset[str]
    patterns: tuple[str, ...] = ("*",)

    @property
    def covers_all(self) -> bool:
        """Whether it is valid for all jobs, also those that will be declared."""
        return "*" in self.patterns

    def covers(self, job_name: str) -> bool:
        """Whether the token is valid for this job; other jobs are hidden from its bearer."""
        return any(fnmatchcase(job_name, pattern) for pattern in self.patterns)


def digest(secret: str) -> str:
    """The hash that is stored instead of a secret; one fast hash is enough, as the secret is random."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create(
    name: str,
    *,
    scopes: Iterable[str],
    patterns: Iterable[str] = ("*",),
    expires_at: datetime | None = None,
    at: datetime,
    reason: str = "",
) -> tuple[Token, str]:
    """Create a token; returns its row and its secret, which cannot be shown again.

    Args:
        reason: why, for the audit.

    Raises:
        BadInput: a scope is unknown, scopes or patterns are empty, or the name is in use.
    """
    unique_scopes, globs = list(dict.fromkeys(scopes)), list(dict.fromkeys(patterns))
    _check(name, unique_scopes, globs)
    secret = PREFIX + secrets.token_urlsafe(32)
    row = Token(
        name=name,
        digest=digest(secret),
        scopes=unique_scopes,
        patterns=globs,
        created_at=at,
        expires_at=expires_at,
    )
    with transaction.atomic(alias()):
        row.save(force_insert=True, using=alias())
        ends = {} if expires_at is None else {"expires": expires_at}
        granted = {"scopes": unique_scopes, "jobs": globs, **ends}
        audit.record("token_create", at=at, result="created", subject=name, reason=reason, details=granted)
    return row, secret


def _check(name: str, scopes: list[str], patterns: list[str]) -> None:
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise BadInput(
            f"`scopes` must name some of {', '.join(SCOPES)}" + (f", not {unknown[0]!r}." if unknown else ".")
        )
    if not patterns or not all(patterns):
        raise BadInput("`patterns` must name at least one job or glob, such as 'cleanup_*' or '*'.")
    if not name or len(name) > 80:
        raise BadInput("`name` must have 1 to 80 characters.")
    if bare(name) == bare(CRON_SECRET):
        raise BadInput(f"`name` must not be {CRON_SECRET}: calls with the secret of that name are noted so.")
    if Token.objects.using(alias()).filter(name=name).exists():
        raise BadInput(
            f"A token named {name!r} exists (revoked tokens keep their names). Choose another name."
        )


def verify(secret: str, *, now: datetime | None = None) -> Grant | None:
    """What the bearer of this secret may do; None if the secret is unknown, expired or revoked.

    Args:
        now: for tests; None is the database's clock.
    """
    valid = Q(expires_at=None) | Q(expires_at__gt=clock.expression(now))
    rows = Token.objects.using(alias()).filter(valid, digest=digest(secret), revoked_at=None)
    row = rows.annotate(unnoted=_unnoted(now)).first()
    if row is None:
        return None
    if row.unnoted:
        _note_use(row, now)
    return Grant(row.name, frozenset(row.scopes), tuple(row.patterns))


def _unnoted(now: datetime | None) -> Q:
    """Rows whose last use is over a minute ago, or lies in the future (written by a clock that was ahead)."""
    recent = Q(last_used_at__gt=clock.after(now, -LAST_USE_EVERY), last_used_at__lte=clock.expression(now))
    return Q(last_used_at=None) | ~recent


def _note_use(row: Token, now: datetime | None) -> None:
    """Write the last use at most once a minute, also when many requests arrive at the same moment.

    It is not what the request is for: a standby that accepts no writes, or somebody's lock, must not stop it.
    """
    same = Token.objects.using(alias()).filter(_unnoted(now), pk=row.pk)
    try:
        with bounds.aside():
            same.update(last_used_at=clock.expression(now))
    except (OperationalError, InternalError, InterfaceError) as error:
        logger.warning("The last use of the token %r was not stored: %s", row.name, one_line(str(error)))


def revoke(name: str, *, at: datetime, reason: str = "") -> bool:
    """Revoke a token at once, and record why; False if no token of that name is valid."""
    with transaction.atomic(alias()):
        valid = Token.objects.using(alias()).filter(name=name, revoked_at=None)
        revoked = bool(valid.update(revoked_at=at))
        result = "revoked" if revoked else "unchanged"
        audit.record("token_revoke", at=at, result=result, subject=name, reason=reason)
    return revoked
