"""Executors of a host: named by a dotted path, as a class or as an instance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jobs_api.executors import Executor, Job, JobRun, Lease


class Taking(Executor):
    """Takes every attempt and runs none."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self.revoked: list[int] = []

    def submit(self, job: Job, lease: Lease) -> None:
        """Note the job and its routing."""
        self.taken.append((job.name, job.routing))

    def revoke(self, run: JobRun) -> None:
        """Note the run."""
        self.revoked.append(run.pk)

    def faults(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Knows a datacenter."""
        yield from super().faults({name: options[name] for name in options if name != "datacenter"})


taking = Taking()


class Needy(Taking):
    """Cannot be made without its address."""

    def __init__(self) -> None:
        super().__init__()
        raise KeyError("NOMAD_ADDR")


class Idle(Executor):
    """Takes nothing: somebody forgot."""


class Rude(Taking):
    """Raises wherever that is not expected."""

    def revoke(self, run: JobRun) -> None:
        """Raise."""
        raise ConnectionError("nomad is away")

    def faults(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Raise."""
        raise RuntimeError("nomad is away\nand this is its second line")


class Hasty(Taking):
    """Has a text where a number belongs."""

    start_within = "60"  # type: ignore[assignment]


class Unrelated:
    """Is not an executor."""

    def submit(self, job: Job, lease: Lease) -> None:
        """Look like one."""
