"""Bodies as servers hand them over to an application."""

from __future__ import annotations

import time
from io import BytesIO
from typing import Any


class Slow(BytesIO):
    """Gives what is asked for after a moment."""

    def read(self, size: int | None = -1) -> bytes:
        """As a read that blocks."""
        time.sleep(0.02)
        return super().read(size)


def chunked(data: bytes, stream: type[BytesIO] = BytesIO, *, terminated: bool = True) -> dict[str, Any]:
    """A body of unknown length: put together by the server, or, where it is not `terminated`, left out."""
    return {
        "CONTENT_LENGTH": "",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input": stream(data),
        "wsgi.input_terminated": terminated,
        "content_type": "application/json",
    }
