"""`Monitor`: what every file in `jobs_api/check_ins/monitors/` offers, as its module-level `monitor`."""

from __future__ import annotations

import dataclasses
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from jobs_api.registry.job import Job

SPACE = uuid.UUID("6f2f1d0e-6a53-5d0c-9d0b-1f4f6a0f6c1e")


class MonitorError(Exception):
    """A monitor did not take a check-in; its text says why, in one line without secrets."""

    def __init__(self, why: str, *, again: bool = False, after: float = 0) -> None:
        super().__init__(why)
        self.again = again
        """Whether the same check-in may be taken later."""
        self.after = after
        """In how many seconds, if the monitor said so."""


@dataclasses.dataclass(frozen=True, slots=True)
class CheckIn:
    """That an attempt has begun, or how it ended."""

    job: Job
    run_date: datetime
    attempt: int
    at: datetime
    """When that was, by the database's clock."""
    succeeded: bool = False
    seconds: float = 0
    """How long the attempt took."""
    reason: str = ""
    """ "error", "exit", "timeout", "lost" or "cancelled"."""
    error: str = ""
    """A line of text, which may quote what the command raised."""
    output: bytes = b""
    """The last part of what it wrote."""

    @property
    def id(self) -> uuid.UUID:
        """The same at the beginning and at the end of an attempt, in whichever process."""
        return uuid.uuid5(SPACE, f"{self.job.name} {self.run_date.timestamp()} {self.attempt}")

    @property
    def summary(self) -> str:
        """How it ended, without what the command wrote or raised."""
        slot = self.run_date.astimezone(self.job.slots.zone).isoformat(timespec="seconds")
        return f"Attempt {self.attempt} for {slot}: {self.reason}."


class Monitor(ABC):
    """A service that watches from outside. One object serves all calls; options come with each."""

    options: Mapping[str, type]
    """The keys that its entry in JOBS_API["CHECK_INS"] may have, beside the common ones, and their types."""
    required: tuple[str, ...] = ()
    """Those that it must have."""
    addresses: tuple[str, ...] = ()
    """Those that are the base of a URL."""

    def faults(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """What else it lacks here, such as a library: text and remedy."""
        yield from ()

    def cautions(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """What works, but sends nothing."""
        yield from ()

    @abstractmethod
    def key(self, job: str) -> str:
        """What the monitor calls the job of this name."""

    @abstractmethod
    def begin(self, check_in: CheckIn, options: Mapping[str, Any], *, seconds: float) -> None:
        """Say that an attempt has begun, in about this many seconds at most.

        Raises:
            MonitorError: it was not taken.
        """

    @abstractmethod
    def end(self, check_in: CheckIn, options: Mapping[str, Any], *, seconds: float) -> None:
        """Say how it ended; as `begin`."""

    def flush(self, *, seconds: float) -> None:  # noqa: B027 - most hold nothing
        """Send what a library still holds, as this process is about to end."""

    def define(self, job: Job, options: Mapping[str, Any], *, at: datetime, seconds: float) -> str:
        """Create or change what the monitor knows of a job; returns what was done, for a person.

        Args:
            at: now, by the database's clock: the grace of a job may depend on it.

        Raises:
            MonitorError: it refused, or it is not configured for this.
        """
        return "nothing to do: each check-in brings the schedule"
