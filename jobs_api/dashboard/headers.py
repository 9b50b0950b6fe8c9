"""The headers of every page: it loads nothing from elsewhere, runs no inline code, and nobody frames it."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpResponse
from django.templatetags.static import static


def guard(response: HttpResponse) -> HttpResponse:
    """Set what the host's middleware has not set."""
    for name, value in _headers().items():
        response.headers.setdefault(name, value)
    return response


def _headers() -> dict[str, str]:
    return {
        "Content-Security-Policy": policy(),
        "Cache-Control": "private, no-cache",
        "Vary": "Cookie, HX-Request, HX-Target, Accept-Language",
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }


def policy() -> str:
    """The Content-Security-Policy; static files may be on a host of their own."""
    here = f"'self' {origin}".strip() if (origin := _static_origin()) else "'self'"
    return (
        f"default-src 'none'; script-src {here}; style-src {here}; img-src {here} data:; font-src {here}; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _static_origin() -> str:
    """Of the static files, where they are elsewhere: as their storage says, whatever STATIC_URL is."""
    parts = urlsplit(static("jobs_api/"))
    return f"{parts.scheme}://{parts.netloc}".removeprefix("://") if parts.netloc else ""
