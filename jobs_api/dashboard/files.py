"""Files that are sent while they are read: no more than a part of one is in memory."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from typing import cast

from asgiref.sync import sync_to_async
from django.http import HttpResponse, StreamingHttpResponse

_PLAIN = re.compile(r"[^A-Za-z0-9._-]")


class Streamed(StreamingHttpResponse):
    """Also under an ASGI server part by part: Django's own would read all of it before the first one."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Each part is made in the thread in which the view was."""
        if self.is_async:  # a middleware of the host has put its own in their place
            async for part in super().__aiter__():
                yield part
            return
        parts = iter(self)
        following = sync_to_async(lambda: next(parts, None))
        while (made := await following()) is not None:
            yield made


def download(parts: Iterable[str], name: str, kind: str = "text/csv") -> HttpResponse:
    """A file with this name; it is kept nowhere on its way.

    Args:
        name: what of it is no letter, digit, dot or dash of ASCII becomes a line below.
        kind: what it holds.
    """
    answer = Streamed(parts, content_type=f"{kind}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{_PLAIN.sub("_", name)}"'
    answer["Cache-Control"] = "no-store, private"
    return cast("HttpResponse", answer)
