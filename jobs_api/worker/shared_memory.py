"""Memory that a command's process and its supervisor share.

The supervisor writes why the command should stop and when the lease ends; the command writes its progress.
There is no lock, because each field has one writer.
"""

from __future__ import annotations

import mmap
import struct

REASONS = ("", "lost", "timeout", "cancelled", "interrupted")
"""Why a command should stop; each is stored as its number in this list."""

_NUMBER = struct.Struct("=q")
_INSTANT = struct.Struct("=d")
_STOP, _DONE, _TOTAL, _HELD = 0, 8, 24, 40
_SIZE = 48


class SharedMemory:
    """Shared with processes that are forked after it was made; its memory goes when nobody refers to it."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SIZE)

    @property
    def stop(self) -> str:
        """Why the command should stop; empty while it may continue."""
        return REASONS[self._memory[_STOP]]

    @stop.setter
    def stop(self, reason: str) -> None:
        self._memory[_STOP] = REASONS.index(reason)

    @property
    def progress(self) -> tuple[int | None, int | None]:
        """The progress that the command has reported: done and total."""
        return self._read(_DONE), self._read(_TOTAL)

    @progress.setter
    def progress(self, progress: tuple[int | None, int | None]) -> None:
        self._write(_DONE, progress[0])
        self._write(_TOTAL, progress[1])

    @property
    def held_until(self) -> float | None:
        """When the lease may be over, by the monotonic clock, which all processes of a host share."""
        return float(_INSTANT.unpack_from(self._memory, _HELD)[0]) or None

    @held_until.setter
    def held_until(self, until: float | None) -> None:
        _INSTANT.pack_into(self._memory, _HELD, until or 0)

    def _read(self, place: int) -> int | None:
        """A number, and after it whether there is one."""
        number: int = _NUMBER.unpack_from(self._memory, place)[0]
        return number if self._memory[place + _NUMBER.size] else None

    def _write(self, place: int, number: int | None) -> None:
        _NUMBER.pack_into(self._memory, place, number or 0)
        self._memory[place + _NUMBER.size] = number is not None
