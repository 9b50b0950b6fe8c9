"""What a command forks while it runs inline: a process of the command's, and not another server.

It begins as a copy of a process that serves. It must not answer the request, write how the run ended, take
connections from the server's sockets, or speak through a database connection that its parent uses. A
command may fork by itself or by multiprocessing: what is copied is put right where it forks.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
import stat
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import connections

from jobs_api.execution import capture, current

_inside: set[object] = set()
"""The inline commands that run in this process now."""
_masks: dict[int, set[Any]] = {}
"""Which signals a thread that forks had blocked."""
_kept: list[Any] = []
"""What belongs to the parent, and would be closed here if nobody referred to it."""
_hooked = False


@dataclasses.dataclass(frozen=True, slots=True)
class Server:
    """What a process had before its first command: it is the server's."""

    pid: int
    listeners: tuple[int, ...]
    """Descriptors of the sockets that it listens on."""
    handlers: dict[signal.Signals, Any]


_server = Server(0, (), {})


@contextmanager
def inside() -> Iterator[None]:
    """An inline command runs in this process meanwhile."""
    _prepare()
    command = object()
    _inside.add(command)
    try:
        yield
    finally:
        _inside.discard(command)


def stay(here: int, raised: BaseException | None = None) -> None:
    """Return in process `here`; end another one, which a command has forked and which came back from it.

    The run's end is not its to write. `here` is 0 where whoever calls sees to that.
    """
    if here in (0, os.getpid()):
        return
    status = 1
    try:
        status = _status(raised)
        flush()
    finally:
        os._exit(status)


def _status(raised: BaseException | None) -> int:
    """What the interpreter would exit with; what it would print goes to the server's own stderr."""
    if isinstance(raised, SystemExit) and (raised.code is None or isinstance(raised.code, int)):
        return (raised.code or 0) & 0xFF
    if raised is None:
        return 0
    os.write(2, "".join(traceback.format_exception(raised)).encode("utf-8", "backslashreplace"))
    return 1


def flush() -> None:
    """Write out what the standard streams hold: before a fork, or it is written twice, and at the end."""
    for stream in (sys.__stdout__, sys.__stderr__):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()  # type: ignore[union-attr]


def forget_connections() -> None:
    """In a child: use new database connections. Those of the parent are not closed, which would end them."""
    for conn in connections.all(initialized_only=True):
        _kept.append(conn.connection)
        conn.connection = None
        conn.in_atomic_block = conn.needs_rollback = conn.closed_in_transaction = False
        conn.savepoint_ids, conn.atomic_blocks, conn.run_on_commit = [], [], []
        pools = getattr(type(conn), "_connection_pools", {})
        _kept.append(dict(pools))
        pools.clear()


# -- hooks ------------------------------------------------------------------------------------


def _prepare() -> None:
    """Once per process: know what is the server's."""
    global _server, _hooked
    if _server.pid == os.getpid() or not hasattr(os, "fork"):
        return
    if not _hooked:
        _hooked = True
        os.register_at_fork(before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
    known = {number: signal.getsignal(number) for number in signal.Signals}
    theirs = {number: handler for number, handler in known.items() if callable(handler)}
    _server = Server(os.getpid(), tuple(_listening()), theirs)


def _before() -> None:
    if _inside:
        flush()
        # A handler of the server's that raised in the child would unwind it as if it were the server.
        _masks[threading.get_ident()] = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


def _after_in_parent() -> None:
    mask = _masks.pop(threading.get_ident(), None)
    if mask is not None:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _after_in_child() -> None:
    mask = _masks.pop(threading.get_ident(), None)
    if mask is None:
        return
    _inside.clear()
    _masks.clear()
    _let_go_of_signals()
    _let_go_of_sockets()
    _let_go_of_threads()
    forget_connections()
    capture.pass_on()
    current.let_go()
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _let_go_of_signals() -> None:
    """End by a signal as any process does, but for what the command itself has set up."""
    signal.set_wakeup_fd(-1)
    for number, handler in _server.handlers.items():
        if handler is not signal.default_int_handler and signal.getsignal(number) is handler:
            signal.signal(number, signal.SIG_DFL)


def _let_go_of_threads() -> None:
    """A process that ends waits for the threads of its pools: of the server's there is one left, itself."""
    if pools := sys.modules.get("concurrent.futures.thread"):
        getattr(pools, "_threads_queues", {}).clear()


def _let_go_of_sockets() -> None:
    """Those that the server listens on, and those that it has accepted: who waits at the other end should
    see them closed when the server closes them.

    Their numbers stay taken: Python's objects close them some day, and should not hit the command's files.
    """
    ours = set(_server.listeners)
    served = {_local(fd) for fd in ours} - {None}
    accepted = {fd for fd in _sockets() if _local(fd) in served}
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in ours | accepted:
        os.dup2(nothing, fd, inheritable=False)
    os.close(nothing)


def _sockets() -> list[int]:
    found = []
    for name in os.listdir("/dev/fd"):
        with suppress(OSError):
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                found.append(int(name))
    return found


def _listening() -> Iterator[int]:
    for fd in _sockets():
        with suppress(OSError):
            if _ask(fd, lambda sock: sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)):
                yield fd


def _local(fd: int) -> Any:
    with suppress(OSError):
        return _ask(fd, _place)
    return None


def _place(sock: socket.socket) -> Any:
    """Where a socket is: by its port, as one that listens on all addresses accepts on one of them."""
    name = sock.getsockname()
    return (sock.type, name[1]) if isinstance(name, tuple) else (sock.type, name or None)


def _ask(fd: int, question: Any) -> Any:
    sock = socket.socket(fileno=fd)
    try:
        return question(sock)
    finally:
        sock.detach()
