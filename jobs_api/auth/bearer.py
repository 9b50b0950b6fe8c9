"""Check who calls: the bearer of CRON_SECRET, or of a token made by ``manage.py jobs_token create``.

The check fails closed: if no secret is configured, every request is refused.
"""

from __future__ import annotations

import hmac
from functools import cache

from django.http import HttpRequest
from django.utils.translation import gettext_noop

from jobs_api import conf
from jobs_api.auth import tokens, trackers
from jobs_api.auth.headers import Headers
from jobs_api.auth.throttle import bad_tokens
from jobs_api.auth.tokens import PREFIX, Grant
from jobs_api.exceptions import Forbidden, NotFound, PlainHttp, Unauthorized
from jobs_api.text import loggers

logger = loggers.logger(__name__)

MIN_SECRET = 32
"""A shorter CRON_SECRET never matches."""
NO_TOKEN = gettext_noop("No token in the header Authorization.")
NO_BEARER = gettext_noop("The header Authorization holds no bearer token.")
NO_SECRET = gettext_noop("This server has no CRON_SECRET of 32 characters or more.")
BAD_TOKEN = gettext_noop("The token is unknown, expired or revoked.")
_CRON_GRANT = Grant(tokens.CRON_SECRET, frozenset({"trigger", "read"}))


def authenticate(request: HttpRequest) -> Grant:
    """What the bearer may do.

    Raises:
        PlainHttp: https is required.
        Unauthorized: the request has no valid token.
        TooManyBadTokens: too many requests from this address had no valid token.
    """
    if not request.is_secure() and conf.requires_https():
        raise PlainHttp
    secret = _secret(request)
    grant = _grant(secret) if secret else None
    if grant is None:
        _warn_if_no_secret_is_set()
        bad_tokens.note(str(request.META.get("REMOTE_ADDR", "")))
        error = Unauthorized()
        error.why = _why(request, secret)
        raise error
    return grant


def _why(request: HttpRequest, secret: str) -> str:
    """What was wrong, for staff: the caller must not learn it."""
    if not secret:
        return NO_BEARER if Headers(request.META).get("Authorization") else NO_TOKEN
    if not secret.startswith(PREFIX) and not _has_secret():
        return NO_SECRET
    return BAD_TOKEN


@cache
def _warn_if_no_secret_is_set() -> None:
    """Warn once per process, in the log only: the caller must not learn it."""
    if not _has_secret():
        logger.warning("A request was refused, and this process has no CRON_SECRET of 32 characters or more.")


def _has_secret() -> bool:
    return any(len(secret) >= MIN_SECRET for secret in conf.cron_secrets())


def _secret(request: HttpRequest) -> str:
    """The secret of the request. X-Jobs-Token decides alone if present: Authorization is then a proxy's."""
    headers = Headers(request.META)
    own: str | None = headers.get("X-Jobs-Token")
    if own is not None:
        trackers.hide_header()
        return own.strip()
    given: str = headers.get("Authorization", "")
    scheme, _, value = given.partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def _grant(secret: str) -> Grant | None:
    if _is_cron_secret(secret):
        return _CRON_GRANT
    return tokens.verify(secret) if secret.startswith(PREFIX) else None


def _is_cron_secret(secret: str) -> bool:
    """Compare with every secret, each in constant time, so that the time reveals nothing."""
    received = secret.encode("utf-8", "surrogateescape")
    matches = [
        hmac.compare_digest(received, valid.encode("utf-8", "surrogateescape"))
        for valid in conf.cron_secrets()
        if len(valid) >= MIN_SECRET
    ]
    return any(matches)


def require(grant: Grant, scope: str, *, job_name: str | None = None) -> None:
    """Raise unless the grant covers this scope and this job.

    Raises:
        Forbidden: the grant lacks the scope.
        NotFound: the grant does not cover the job, so the job is hidden.
    """
    if scope not in grant.scopes:
        raise forbidden(grant, scope)
    if job_name is not None and not grant.covers(job_name):
        raise NotFound(f"There is no job {job_name!r}.")


def forbidden(grant: Grant, *scopes: str) -> Forbidden:
    """The error for a bearer who has none of these scopes, with the remedy."""
    lacks = " or ".join(map(repr, scopes))
    remedy = f"`manage.py jobs_token create NAME --scope {scopes[0]}` makes a token with it."
    return Forbidden(f"The token {grant.name!r} lacks the scope {lacks}; {remedy}")
