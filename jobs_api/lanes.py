"""How many attempts a host runs at once: a file for each, locked by the process that runs one.

The kernel lets go of a lock when its process ends, however it ends, so nothing on disk is ever stale.
Needs nothing but the standard library: a server's master, which has not set up Django, asks for the
`holders` when it stops.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from hashlib import sha256
from pathlib import Path


def _home() -> Path:
    return Path(tempfile.gettempdir(), f"jobs_api-{os.getuid()}")


def home() -> Path:
    """The folder of all this user's projects.

    Raises:
        PermissionError: it is not this user's.
    """
    path = _home()
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    if status.st_uid != os.getuid() or status.st_mode & 0o077 or path.is_symlink():
        raise PermissionError(f"{path} is not this user's alone.")
    return path


def folder(project: str) -> Path:
    """The folder of one project, by whatever names it."""
    path = home() / sha256(project.encode()).hexdigest()[:16]
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def acquire(where: Path, limit: int) -> int | None:
    """Take a free lane; its file descriptor, or None if there is none.

    It is free again when this descriptor and its copies in other processes are closed.
    """
    for number in range(limit):
        descriptor = os.open(where / f"lane-{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if _lock(descriptor):
            os.ftruncate(descriptor, 0)  # or it would hold the name of a dead one until it is signed
            return descriptor
        os.close(descriptor)
    return None


def is_full(where: Path, limit: int) -> bool:
    """Whether all lanes are taken."""
    descriptor = acquire(where, limit)
    if descriptor is not None:
        os.close(descriptor)
    return descriptor is None


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sign(descriptor: int, pid: int, server: int) -> None:
    """Note in a lane who runs in it, and the process id of the server's master that it belongs to."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{pid} {server}".encode(), 0)


def holders(server: int) -> list[int]:
    """Process ids of those that run attempts for the server with this master."""
    found = []
    for path in _home().glob("*/lane-*"):
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            signed = os.pread(descriptor, 100, 0).split()
            if len(signed) == 2 and int(signed[1]) == server and not _lock(descriptor):
                found.append(int(signed[0]))
        finally:
            os.close(descriptor)
    return found
