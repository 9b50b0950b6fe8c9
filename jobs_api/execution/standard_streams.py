"""`sys.stdout` and `sys.stderr` of a process in which several runs may write at once.

They lead each context to the stream of its own run, also where a command assigns something else to them:
that applies to its own run and ends with it. Outside of a run nothing changes.

Three objects share the work of one standard stream:

- `Standard` is what code reads as `sys.stdout`, and may keep for ever. It leads to the run of the context
  that writes, or to the server's own stream.
- `Printed` is what the interpreter itself uses, for example in `print`: it leads to what the context has
  assigned, and otherwise where `Standard` leads.
- `_Sys` becomes the class of the module `sys`. It keeps an assignment in the run that makes it.

Code that has kept the server's own stream from before writes to it as ever, and the run gets a copy.
"""

from __future__ import annotations

import importlib
import io
import sys
import threading
from contextlib import suppress
from types import ModuleType
from typing import Any

from jobs_api.execution.kept_streams import copy_to_runs
from jobs_api.execution.streams import current, flush
from jobs_api.runs.run_stream import RunBytes

NAMES = ("stdout", "stderr")
_installing = threading.RLock()


def _not_copied(stream: Any, protocol: Any = None) -> Any:
    """As of any file object: what copies or pickles expects this error, and goes on without it."""
    raise TypeError(f"cannot pickle {type(stream).__name__!r} instances")


class Standard(io.TextIOBase):
    """What `sys.stdout` is for code that reads it: routes what is written by the context that writes it."""

    __reduce_ex__ = _not_copied

    def __init__(self, server: Any) -> None:
        object.__setattr__(self, "server", server)

    def _target(self) -> Any:
        streams = current()
        return self.server if streams is None else streams.stream

    def write(self, text: str) -> int:
        """Write to the run of this context, or to the server's own stream."""
        target = self._target()
        return len(text) if target is None else target.write(text)  # None: a process without streams

    def flush(self) -> None:
        """Flush it."""
        flush(self._target())

    def close(self) -> None:
        """Close the server's own; a run does not close."""
        self._target().close()

    def __del__(self) -> None:
        """Close nothing: a file object would close itself here."""

    @property
    def buffer(self) -> Any:
        """The bytes below: of the run, or routed in the same way."""
        return Bytes(self.server) if current() is None else self._target().buffer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._target(), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._target(), name)


class Bytes(io.BufferedIOBase):
    """``sys.stdout.buffer``, read outside of a run: click keeps it for a terminal that knows ASCII only."""

    __reduce_ex__ = _not_copied

    def __init__(self, server: Any) -> None:
        self._server = server

    def _target(self) -> Any:
        streams = current()
        return self._server.buffer if streams is None else streams.stream.buffer

    def write(self, data: Any) -> int:
        """Write to the run of this context, or to the server's own stream."""
        written: int = self._target().write(data)
        return written

    def close(self) -> None:
        """Do nothing: a text layer on top of it closes it when it ends itself."""

    def flush(self) -> None:
        """Flush it."""
        self._target().flush()

    def writable(self) -> bool:
        """It can be written to."""
        return True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target(), name)


def _lead(kind: type, base: type) -> None:
    """Let the rest of what a file object has lead to the target."""
    for name in {name for name in dir(base) if not name.startswith("_")} - {*vars(kind)}:
        setattr(kind, name, _led(name))


def _led(name: str) -> property:
    return property(lambda self: getattr(self._target(), name))


_lead(Standard, io.TextIOBase)
_lead(Bytes, io.BufferedIOBase)


class Printed:
    """What the interpreter itself uses as `sys.stdout`: follows what was assigned."""

    __reduce_ex__ = _not_copied

    def __init__(self, name: str, standard: Standard, assigned: Any) -> None:
        self.name = name
        self.standard = standard
        self.assigned = assigned
        """By the server, outside of a run. A process without streams has None."""

    def target(self) -> Any:
        """What `sys.stdout` is here."""
        streams = current()
        return self.assigned if streams is None else streams.assigned.get(self.name, self.standard)

    def assign(self, value: Any) -> Printed:
        """Let `sys.stdout` be this in the present run, or in the server; returns what prints then.

        `unittest.mock.patch` finds a `Printed` in the dict of `sys`, and assigns it again when it ends. So
        outside of a run each assignment makes a new one: the old one still knows what was assigned before.
        """
        streams, again = current(), isinstance(value, Printed)
        if streams is None:
            return value if again else Printed(self.name, self.standard, value)
        with suppress(Exception):  # the interpreter flushes nothing here; what is lost is found at the end
            flush(streams.assigned.pop(self.name, None))
        if not again and value is not self.standard:
            streams.assigned[self.name] = value
            _show_each_line(value)
        return self

    def write(self, text: str) -> int:
        """Write to it."""
        target = self.target()
        return len(text) if target is None else target.write(text)  # None: the interpreter prints nothing

    def flush(self) -> None:
        """Flush it."""
        flush(self.target())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.target(), name)


def _show_each_line(stream: Any) -> None:
    """Let a text layer on a run's bytes pass on each line: readers see it, and a kill does not lose it."""
    with suppress(ValueError):  # it is closed or detached
        if isinstance(stream, io.TextIOWrapper) and isinstance(stream.buffer, RunBytes):
            stream.reconfigure(line_buffering=True)


# -- in the module sys ------------------------------------------------------------------------


def _standard(name: str) -> property:
    def read(module: ModuleType) -> Any:
        held = vars(module).get(name)
        return held.target() if isinstance(held, Printed) else held

    def assign(module: ModuleType, value: Any) -> None:
        held = vars(module).get(name)
        new = held.assign(value) if isinstance(held, Printed) else value
        if new is not held:
            vars(module)[name] = new

    return property(read, assign, lambda module: assign(module, None))


class _Sys(ModuleType):
    """The class of the module `sys`: what is assigned to a stream in a run stays in that run."""

    stdout = _standard("stdout")
    stderr = _standard("stderr")

    def __reduce__(self) -> Any:
        """As libraries copy functions from one process to another: by its name, as any other module."""
        return importlib.import_module, (self.__name__,)


def install() -> None:
    """Before each run: the first replaces the streams, later ones only what somebody has replaced past us."""
    held = vars(sys)
    if isinstance(sys, _Sys) and all(isinstance(held.get(name), Printed) for name in NAMES):
        return
    with _installing:
        for name in NAMES:
            server = held.get(name)
            if not isinstance(server, Printed):
                copy_to_runs(server)
                copy_to_runs(getattr(sys, f"__{name}__"))
                standard = Standard(server)
                held[name] = Printed(name, standard, None if server is None else standard)
        if not isinstance(sys, _Sys):
            kind = type(sys)
            sys.__class__ = _Sys if kind is ModuleType else type("_Sys", (_Sys, kind), {})
