"""When a token counts as about to expire."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from jobs_api import database
from jobs_api.alerts import settings
from jobs_api.alerts.findings import Finding, subject
from jobs_api.alerts.wording import here
from jobs_api.models import Token

KIND = "token_expiring"
IN_USE = timedelta(days=14)
"""What was not used for longer before its end is not missed by anybody."""
TOLD = timedelta(days=7)
"""How long after its end it is still told."""


def tokens(at: datetime) -> list[Token]:
    """The tokens that may be told of: one statement."""
    ahead = at + timedelta(days=settings.expiry_days())
    found = Token.objects.using(database.alias()).filter(revoked_at=None, last_used_at__isnull=False)
    return list(found.filter(expires_at__gt=at - TOLD, expires_at__lte=ahead).order_by("name"))


def expiring(found: Iterable[Token], at: datetime) -> Iterator[Finding]:
    """The tokens that expire within `EXPIRY_DAYS` (14), or have within a week, while they were in use.

    One is in use if it was used within the 14 days before now, or before its end. It is over when it is
    revoked, when its end is changed, and when nothing has used it for so long, as it has been replaced.
    """
    for token in found:
        ends, used = token.expires_at, token.last_used_at
        if ends is None or used is None or min(ends, at) - used > IN_USE:
            continue
        when = f"expires at {here(ends)}" if ends > at else f"expired at {here(ends)}"
        facts = {"expires_at": ends.isoformat(), "scopes": token.scopes}
        # Not "the token expires": behind that word, what a message says is taken for a secret, and masked.
        detail = f"It {when}, and is in use."
        since = min(max(ends - timedelta(days=settings.expiry_days()), token.created_at), at)
        yield Finding(KIND, subject(token.name), since=since, detail=detail, facts=facts)
