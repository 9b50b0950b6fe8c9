"""Bearer tokens for requests to other servers."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured
from requests import PreparedRequest
from requests.auth import AuthBase


class Bearer(AuthBase):
    """Sends `token`, the value of `setting`. Unlike a plain header, it wins over a line in ~/.netrc."""

    def __init__(self, token: str, setting: str) -> None:
        # Checked here, because the errors of the HTTP library quote the header.
        if not token.isascii() or not token.isprintable() or " " in token:
            raise ImproperlyConfigured(f"{setting} may hold visible ASCII characters only.")
        self.value = f"Bearer {token}"

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Called by requests before it sends."""
        request.headers["Authorization"] = self.value
        return request
