"""JOBS_API["CHECK_INS"] as typed objects: which monitors there are, and which jobs each hears of.

Reading never fails: `checks` reports what is wrong, and an entry that cannot be read is left out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from jobs_api import conf
from jobs_api.registry.job import Job
from jobs_api.text.globs import chooses

DEAD_MAN = "DEAD_MAN"
FILTERS = ("JOBS", "TAGS")
COMMON = (*FILTERS, "ON_DEMAND", "FAILURES")
"""Keys that every monitor may have."""
EACH, LAST = "each", "last"
FAILURES = (EACH, LAST)


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One monitor in JOBS_API["CHECK_INS"]."""

    name: str
    """As its file in `jobs_api/check_ins/monitors/`."""
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict, repr=False)
    """The keys of its own. They hold secrets."""
    jobs: tuple[str, ...] = ()
    """Globs of names; one that begins with "!" excludes. Empty: every job."""
    tags: tuple[str, ...] = ()
    on_demand: bool = False
    """Whether it also hears of jobs without a schedule."""
    failures: str = EACH
    """When it hears of a failure: of each try, or of the last only."""

    def wants(self, job: Job) -> bool:
        """Whether it hears of this job."""
        if job.schedule is None and not self.on_demand:
            return False
        return chooses(self.jobs, job.name) and (not self.tags or not set(self.tags).isdisjoint(job.tags))


def given() -> Mapping[str, Any]:
    """The setting as the host wrote it."""
    value = conf.config().check_ins
    return value if isinstance(value, Mapping) else {}


def entries() -> list[Entry]:
    """The monitors that are configured, by name."""
    found = [key for key in given() if isinstance(key, str) and key.isupper() and key != DEAD_MAN]
    values = [(key.lower(), given()[key]) for key in sorted(found)]
    return [_entry(name, value) for name, value in values if isinstance(value, Mapping)]


def dead_man() -> str:
    """The address of the dead man's switch, which is a secret; empty without one."""
    value = given().get(DEAD_MAN)
    return value if isinstance(value, str) else ""


def configured() -> list[str]:
    """The names under which check-ins are sent."""
    return [*(entry.name for entry in entries()), *(["dead_man"] if dead_man() else [])]


def _entry(name: str, value: Mapping[str, Any]) -> Entry:
    options = {key: each for key, each in value.items() if key not in COMMON}
    failures = value.get("FAILURES", EACH)
    return Entry(
        name,
        options,
        jobs=_words(value.get("JOBS")),
        tags=_words(value.get("TAGS")),
        on_demand=value.get("ON_DEMAND") is True,
        failures=failures if failures in FAILURES else EACH,
    )


def _words(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return (
        tuple(each for each in value if isinstance(each, str))
        if isinstance(value, (list, tuple, set))
        else ()
    )
