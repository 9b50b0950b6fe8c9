"""What to do about what a middleware does: the hints."""

from __future__ import annotations

ALLOWED_HOSTS = "ALLOWED_HOSTS names hosts alone: without scheme, port and path."
STORES = "Let it obey Cache-Control: no-store, private, as Django's own cache middleware does."
LANGUAGE = (
    'Put path("api/", include("jobs_api.urls")) outside of i18n_patterns(): an address for programs does not '
    "begin with a language. Or let callers use the address that it redirects to, and silence this warning."
)
NEEDS_TABLES = "Call `manage.py check --deploy` with the database migrated and in reach."
WRITES = "Send one trigger to a server that has it: if jobs_api answers with its JSON, silence this."
OURS = "our views carry login_required = False and csrf_exempt = True, and check the token themselves"


def plain_http(root: str) -> str:
    """For a redirect to https."""
    return f"Set SECURE_REDIRECT_EXEMPT = [r'^{root.lstrip('/')}']: jobs_api refuses plain http by itself."


def other_host(address: str) -> str:
    """For a redirect to the same path on another host."""
    return f"Let callers use {address}, and silence this warning."


def refused(root: str, status: int) -> str:
    """For what answers in our place."""
    if status in (401, 403):
        more = "If it needs Authorization for itself, callers can send X-Jobs-Token."
        return f"Let it leave {root} alone: {OURS}. {more}"
    if status == 503:
        return f"Let it leave {root} alone; during maintenance, jobs_pause keeps jobs from starting."
    return f"Let it leave {root} alone: {OURS}."


def changed(root: str) -> str:
    """For what changes answers."""
    return f"Let it leave {root} alone: callers read the status and the JSON of our answers."


def lost(root: str) -> str:
    """For what changes requests."""
    return f"Let it leave {root} alone. It may read request.body, but not request.read()."


def raised(root: str) -> str:
    """For what raises."""
    return f"Correct it, or let it leave {root} alone: a caller gets a 500, and nothing runs."
