"""Headers of every answer: who may store it. And Django need not log it."""

from __future__ import annotations

from django.http import HttpResponse

NEVER = "no-store, private"
"""For answers that need a token, for errors and for health: a stored "healthy" would hide a failure."""
FOR_A_WHILE = "public, max-age=300"
"""For pages that are the same for every reader until the next deploy."""
VARY = "Authorization, X-Jobs-Token"
"""For caches that store answers anyway: a request with another token, or none, must not get this answer."""


def mind(response: HttpResponse, *, storable: bool = False) -> HttpResponse:
    """Add these headers to a response.

    Args:
        storable: the page is the same for every reader; errors are still not stored.
    """
    if storable and response.status_code == 200:
        response["Cache-Control"] = FOR_A_WHILE
        return response
    response["Cache-Control"] = NEVER
    response["Vary"] = VARY
    # An outcome with a status from 400 is an answer, but Django would log it as a server error and mail the
    # ADMINS. `jobs_api.api.app` has logged real errors with their traceback.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
