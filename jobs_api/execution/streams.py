"""Which run a write belongs to: the standard streams of a run, and the run of the context that writes."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import Any

from jobs_api.runs.output import Sink
from jobs_api.runs.run_stream import RunStream


class Streams:
    """The standard streams of one run."""

    def __init__(self, output: Sink) -> None:
        self.stream = RunStream(output)
        """Where both lead, unless the command assigns something else."""
        self.assigned: dict[str, Any] = {}
        """What the command has assigned to `sys.stdout` and `sys.stderr`."""
        self.copies = True
        """Whether it gets a copy of what is written to the server's own streams."""
        self.over = False
        """Whether the run has ended: what still writes in its context is no part of it."""

    def put_back(self) -> None:
        """Forget what the command has assigned, and flush it.

        Raises:
            Exception: what a flush raises: then some of it may be lost.
        """
        assigned, self.assigned = [*self.assigned.values()], {}
        problems = []
        for stream in assigned:
            try:
                flush(stream)
            except Exception as error:  # noqa: BLE001 - the others are flushed, too
                problems.append(error)
        if problems:
            raise problems[0]


_of_context: ContextVar[Streams | None] = ContextVar("jobs_api_streams", default=None)
_of_process: Streams | None = None
"""Of a process that runs one command and nothing else; its descriptors 1 and 2 lead to the same output."""
copying = threading.local()
"""`off` is true while the thread hands over a log record that the run's output already has."""


def current() -> Streams | None:
    """The streams of the run that this code is part of."""
    streams = _of_context.get()
    return streams if streams is not None and not streams.over else _of_process


def of_context() -> Streams | None:
    """Those of this context only."""
    return _of_context.get()


def enter(streams: Streams) -> object:
    """Make them those of this context; returns what `leave` takes."""
    return _of_context.set(streams)


def leave(token: object) -> None:
    """Undo `enter`."""
    _of_context.reset(token)  # type: ignore[arg-type]


def own_process(streams: Streams) -> None:
    """Make them those of all threads of this process; this cannot be undone."""
    global _of_process
    _of_process, streams.copies = streams, False


def is_the_processes(streams: Streams) -> bool:
    """Whether all that this process writes goes to this run."""
    return streams is _of_process


def flush(stream: Any) -> None:
    """Flush it if that is possible."""
    if stream is not None and not getattr(stream, "closed", False) and hasattr(stream, "flush"):
        stream.flush()
