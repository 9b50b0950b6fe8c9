"""Clean up in a process that an inline command forks: it belongs to the command and is not another server.

It begins as a copy of a server process. It must not answer the request, write how the run ended, accept
connections from the server's sockets, or use a database connection of its parent. A command may fork directly
or through multiprocessing: the copy is cleaned up right after the fork.
"""

from __future__ import annotations

import _socket
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

from jobs_api.execution import capture, current, sqlite_forks

_inside: set[object] = set()
"""The inline commands that run in this process now."""
_masks: dict[int, set[Any]] = {}
"""The signals that the forking thread had blocked."""
_kept: list[Any] = []
"""Objects of the parent; this reference prevents that they are closed here."""
_hooked = False


@dataclasses.dataclass(frozen=True, slots=True)
class Server:
    """What a process had before its first command: it belongs to the server."""

    pid: int
    listeners: tuple[int, ...]
    """Descriptors of the sockets that it listens on."""
    handlers: dict[signal.Signals, Any]


_server = Server(0, (), {})


@contextmanager
def inside() -> Iterator[None]:
    """In this context an inline command runs in this process."""
    _prepare()
    command = object()
    _inside.add(command)
    try:
        yield
    finally:
        _inside.discard(command)


def stay(here: int, raised: BaseException | None = None) -> None:
    """Return in process `here`; end any other process, which a command has forked and which returned from it.

    Such a process must not write the run's end. `here` is 0 if the caller takes care of that.
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
    """The exit status that the interpreter would use; its message goes to the server's own stderr."""
    if isinstance(raised, SystemExit) and (raised.code is None or isinstance(raised.code, int)):
        return (raised.code or 0) & 0xFF
    if raised is None:
        return 0
    os.write(2, "".join(traceback.format_exception(raised)).encode("utf-8", "backslashreplace"))
    return 1


def flush() -> None:
    """Flush the standard streams: before a fork, as otherwise text is written twice, and at the end."""
    for stream in (sys.__stdout__, sys.__stderr__):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()  # type: ignore[union-attr]


def forget_connections() -> None:
    """In a child: use new database connections. Those of the parent are not closed, which would end them."""
    for conn in connections.all(initialized_only=True):
        _kept.append(conn.connection)
        conn.connection = None
        # With this, leaving a transaction does not connect again: SQLite would be refused.
        conn.closed_in_transaction = conn.in_atomic_block and conn.vendor == "sqlite"
        conn.in_atomic_block = conn.needs_rollback = False
        conn.savepoint_ids, conn.atomic_blocks, conn.run_on_commit = [], [], []
        pools = getattr(type(conn), "_connection_pools", {})
        _kept.append(dict(pools))
        pools.clear()
    sqlite_forks.refuse_inherited()


# -- hooks ------------------------------------------------------------------------------------


def _prepare() -> None:
    """Once per process: remember what belongs to the server."""
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
        capture.flush_assigned()
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
    let_go_of_threads()
    forget_connections()
    capture.pass_on()
    current.let_go()
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _let_go_of_signals() -> None:
    """Let signals end this process as usual, except those that the command itself handles."""
    signal.set_wakeup_fd(-1)
    for number, handler in _server.handlers.items():
        if handler is not signal.default_int_handler and signal.getsignal(number) is handler:
            signal.signal(number, signal.SIG_DFL)


def let_go_of_threads() -> None:
    """In a forked process, forget the threads of its parent: an ending process would wait for them.

    asgiref would hand them the statements of a coroutine, which then waits for ever.
    """
    if pools := sys.modules.get("concurrent.futures.thread"):
        getattr(pools, "_threads_queues", {}).clear()
    if asgiref := sys.modules.get("asgiref.sync"):
        asgiref.SyncToAsync.single_thread_executor = asgiref.ThreadPoolExecutor(max_workers=1)
        asgiref.SyncToAsync.context_to_thread_executor.clear()
        asgiref.AsyncToSync.context_to_thread_executor.clear()
        asgiref.AsyncToSync.loop_thread_executors.clear()


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


def _place(sock: _socket.socket) -> Any:
    """The place of a socket: its port only, because a socket that listens on all addresses accepts on one."""
    name = sock.getsockname()
    return (sock.type, name[1]) if isinstance(name, tuple) else (sock.type, name or None)


def _ask(fd: int, question: Any) -> Any:
    # Not Python's own class: eventlet puts another in its place, which closes what it is asked to let go of.
    sock = _socket.socket(fileno=fd)
    try:
        return question(sock)
    finally:
        sock.detach()
