"""A stream of the server that a library has kept from before: a run gets a copy of what is written there."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from jobs_api.execution.streams import copying, current


def copy_to_runs(stream: Any) -> None:
    """Give a run a copy of what is written in its context to the server's own stream."""
    write = getattr(stream, "write", None)
    if write is None or hasattr(write, "copies_to_runs"):
        return

    def write_and_copy(text: str) -> Any:
        try:
            streams = current()
        except (AttributeError, NameError, TypeError):  # the interpreter ends, and has emptied this module
            streams = None
        if streams is None or not streams.copies or getattr(copying, "off", False):
            return write(text)
        streams.stream.write(text)
        with suppress(OSError, ValueError):  # the run has it, whatever the server's own stream takes
            write(_encodable(text, stream))
        return len(text)

    write_and_copy.copies_to_runs = True  # type: ignore[attr-defined]
    with suppress(AttributeError, TypeError):  # an object that takes no attributes: no copies
        stream.write = write_and_copy


def _encodable(text: str, stream: Any) -> str:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
