"""The text stream into a run's output: what a command gets as stdout and stderr.

It behaves like the standard streams of a script, as far as what is neither a file nor a terminal can.
A command shares it with the code that runs the command, so no command can close it.
"""

from __future__ import annotations

import io
from typing import Any

from jobs_api.runs.output import Sink

NO_DESCRIPTOR = (
    "fileno: the output of an inline run has no file descriptor. Pass on the output of a program with "
    "capture_output=True, or let the job have a process of its own, such as with executor='subprocess'."
)


class RunStream(io.TextIOBase):
    """A text stream into an `Output`, which is UTF-8 whatever the encoding of this process is."""

    name = "<run>"
    mode = "w"
    encoding = "utf-8"
    errors = "backslashreplace"
    line_buffering = write_through = True

    def __init__(self, output: Sink) -> None:
        self._output = output

    def lead_to(self, output: Sink) -> None:
        """Write there from now on."""
        self._output = output

    def write(self, text: str) -> int:
        """Write text; what UTF-8 cannot encode is written as an escape.

        Raises:
            TypeError: it is not a `str`.
        """
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._output.write(text.encode("utf-8", "backslashreplace"))
        return len(text)

    def write_bytes(self, data: Any) -> int:
        """Write what has the buffer protocol, such as `bytes`.

        Raises:
            TypeError: it does not.
        """
        taken = memoryview(data).tobytes()
        self._output.write(taken)
        return len(taken)

    @property
    def buffer(self) -> RunBytes:
        """For code that writes bytes to ``sys.stdout.buffer``, or wraps it.

        It is a new one each time, because a text layer on top of it closes it when it ends itself.
        """
        return RunBytes(self)

    def detach(self) -> RunBytes:  # type: ignore[override]  # typeshed has BinaryIO
        """The same as `buffer`; this stream can still be used."""
        return self.buffer

    def reconfigure(self, **options: Any) -> None:
        """For commands that set an encoding or buffering, as a terminal or a file lets them; ignored."""

    def close(self) -> None:
        """Do nothing: a command closes its own standard streams, and not what runs it."""

    def writable(self) -> bool:
        """It can be written to."""
        return True

    def fileno(self) -> int:
        """For code that hands it to a program; a run has one only in a process of its own.

        Raises:
            io.UnsupportedOperation: it has none.
        """
        descriptor = getattr(self._output, "fileno", None)
        if descriptor is None:
            raise io.UnsupportedOperation(NO_DESCRIPTOR)
        return int(descriptor())


class RunBytes(io.BufferedIOBase):
    """The bytes below a `RunStream`; nothing is buffered."""

    name = "<run>"
    mode = "wb"

    def __init__(self, stream: RunStream) -> None:
        self.stream = stream
        """Where they go."""

    @property
    def raw(self) -> RunBytes:
        """For code that wants no buffer; there is none here either."""
        return RunBytes(self.stream)

    def detach(self) -> RunBytes:  # type: ignore[override]  # typeshed has RawIOBase
        """The same as `raw`."""
        return self.raw

    def write(self, data: Any) -> int:
        """Write bytes; returns how many."""
        return self.stream.write_bytes(data)

    def writable(self) -> bool:
        """It can be written to."""
        return True

    def fileno(self) -> int:
        """See `RunStream.fileno`."""
        return self.stream.fileno()
