"""What every answer bears, whatever it says: who may store it, and that Django need not log it."""

from __future__ import annotations

from django.http import HttpResponse

NEVER = "no-store, private"
"""For what a token was needed to see, for every error, and for health: a stored green is a silent one."""
FOR_A_WHILE = "public, max-age=300"
"""For pages that are the same for everybody until the next deploy."""
VARY = "Authorization, X-Jobs-Token"
"""For caches that store all the same: another token, or none, must not be served the same answer."""


def mind(response: HttpResponse, *, storable: bool = False) -> HttpResponse:
    """Add to a response what every answer bears.

    Args:
        storable: it is the same for everybody; errors are not stored even so.
    """
    if storable and response.status_code == 200:
        response["Cache-Control"] = FOR_A_WHILE
        return response
    response["Cache-Control"] = NEVER
    response["Vary"] = VARY
    # An outcome from 400 up is an answer. Django would log it as a fault of the server, and mail the ADMINS;
    # what is one, `jobs_api.api.app` has logged with its traceback.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
