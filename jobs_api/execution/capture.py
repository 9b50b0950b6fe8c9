"""Give a run what is written while it works, also when threads run several: stdout, stderr, print, logging.

Threads and processes that a command starts itself do not share its context: what they write is not captured,
unless the whole process is the run's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from jobs_api.execution import log_records, streams
from jobs_api.execution.standard_streams import install
from jobs_api.execution.streams import Streams
from jobs_api.runs.output import Sink
from jobs_api.runs.run_stream import RunStream


@contextmanager
def capturing(output: Sink, *, whole_process: bool = False) -> Iterator[RunStream]:
    """Send everything that this context writes to `output`.

    Args:
        whole_process: also what other threads of this process write, for the rest of its life.
    """
    ours = Streams(output)
    install()
    token = streams.enter(ours)
    log_records.catch()
    if whole_process:
        streams.own_process(ours)
    try:
        yield ours.stream
    finally:
        with suppress(Exception):
            ours.put_back()
        ours.over = True
        streams.leave(token)


@contextmanager
def put_back() -> Iterator[None]:
    """After this block, flush what it has assigned to `sys.stdout` and `sys.stderr`, and put these back.

    Raises:
        Exception: what a flush raises, unless the block has raised, too: what it wrote may be lost.
    """
    ours = streams.current()
    try:
        yield
    except BaseException:
        with suppress(Exception):
            _put_back(ours)
        raise
    _put_back(ours)


def _put_back(ours: Streams | None) -> None:
    if ours is not None:
        ours.put_back()


def flush_assigned() -> None:
    """Before a fork: otherwise the copy of this process writes the same text again."""
    ours = streams.current()
    for stream in [] if ours is None else [*ours.assigned.values()]:
        with suppress(Exception):
            streams.flush(stream)


class _Unkept:
    """The output of a forked process: the parent, which stores the run's output, cannot see it."""

    def write(self, data: bytes) -> None:
        while data:
            data = data[os.write(2, data) :]


def pass_on() -> None:
    """In a process that an inline command has forked: its output is not stored with the run.

    It also does not wait for a lock that a thread of the parent held.
    """
    ours = streams.of_context()
    if ours is not None:
        ours.stream.lead_to(_Unkept())
        ours.copies = False
