"""Limit how many attempts a host runs at once: each locks one file (a lane).

The kernel releases a lock when its process ends, however it ends, so nothing on disk is ever stale. This
module needs only the standard library: a server's master, which has not set up Django, calls `holders` when
it stops.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

serves: int | None = None
"""The process id of the master that this process runs an attempt for; None if that is its parent."""


def _home() -> Path:
    return Path(tempfile.gettempdir(), f"jobs_api-{os.getuid()}")


def _is_ours(path: Path) -> bool:
    """Whether it exists, and no other user can write to it."""
    with suppress(FileNotFoundError):
        status = path.lstat()
        return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077
    return False


def home() -> Path:
    """The folder of all this user's projects.

    Raises:
        OSError: it cannot be created, or other users can write to it.
    """
    path = _home()
    path.mkdir(mode=0o700, exist_ok=True)
    if not _is_ours(path):
        raise PermissionError(errno.EPERM, "not this user's alone", str(path))
    return path


def folder(project: str) -> Path:
    """The folder of one project, by whatever names it."""
    path = home() / sha256(project.encode()).hexdigest()[:16]
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def acquire(where: Path, limit: int) -> int | None:
    """Take a free lane; its file descriptor, or None if there is none.

    It is free again when this descriptor and its copies in other processes are closed, or by `release`.
    """
    for number in range(limit):
        descriptor = _open(where / f"lane-{number}")
        if _lock(descriptor, fcntl.LOCK_EX):
            os.ftruncate(
                descriptor, 0
            )  # otherwise it would contain the name of a dead process until it is signed
            return descriptor
        os.close(descriptor)
    return None


def release(descriptor: int) -> None:
    """Release a lane, even if a process that a command left behind has a copy of its descriptor."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def is_full(where: Path, limit: int) -> bool:
    """Whether all lanes are taken."""
    return all(_is_taken(where / f"lane-{number}") for number in range(limit))


def _is_taken(path: Path) -> bool:
    descriptor = _open(path)
    try:
        return not _lock(
            descriptor, fcntl.LOCK_SH
        )  # a shared lock: processes that only check do not block each other
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _lock(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sign(descriptor: int, pid: int, server: int) -> None:
    """Write into a lane which process runs in it, and the process id of its server's master."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{pid} {server}".encode(), 0)


def holders(server: int) -> list[int]:
    """The process ids that run attempts for the server with this master."""
    home = _home()
    if not _is_ours(home):  # its owner could have any process signalled
        return []
    return [pid for path in home.glob("*/lane-*") for pid in _holder(path, server)]


def _holder(path: Path, server: int) -> Iterator[int]:
    """The process that runs in a lane for this server, if any."""
    with suppress(FileNotFoundError, ValueError):  # removed meanwhile, or not signed
        pid, master = map(int, path.read_bytes()[:100].split())
        if pid > 1 and master == server and _is_taken(path):
            yield pid
