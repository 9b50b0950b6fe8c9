"""django-crontab: CRONJOBS made of the declared jobs.

In the settings::

    from jobs_api.bridges.django_crontab import cronjobs

    CRONJOBS = cronjobs(own=[("*/5 * * * *", "shop.cron.update")])  # `own`: what is not a job of jobs_api

then `manage.py crontab add -v 0`, again after each deploy. Without `-v 0` it looks each line up before it
removes it, and ends with a RuntimeError where the job of one is not declared any more.

Settings are read before any job is known, so this is a list that is computed when django-crontab looks at it.
Cron reads lines in the zone of the machine. Jobs of another zone have lines on a machine in UTC only;
elsewhere they wait for run-due, which is a line, too.

django-crontab finds what a line calls by a hash of its entry: with other times, an installed line would end
with a RuntimeError. Ours keep their hash as long as the job is declared: an old line still triggers the job,
and a time that is no slot changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, overload

SOURCE = "django-crontab"
HERE = __name__
ZONE_LINK, ZONE_NAME = Path("/etc/localtime"), Path("/etc/timezone")

Entry = tuple[Any, ...]


def cronjobs(
    only: str = "*", *, own: Sequence[Entry] = (), run_due_every: int | None = 5, zone: str = ""
) -> Cronjobs:
    """A value for CRONJOBS: an entry for each line of each job that has a schedule, and one for run-due.

    Args:
        only: a glob of the names of jobs.
        own: further entries, as django-crontab reads them.
        run_due_every: minutes; None: run-due is not called.
        zone: in which cron reads lines; empty: that of this machine.

    Whatever looks into it before the apps are ready gets a `WrongUse`.
    """
    return Cronjobs(only, own, run_due_every, zone)


class Cronjobs(Sequence[Entry]):
    """The entries, computed anew each time that they are looked at."""

    def __init__(self, only: str, own: Sequence[Entry], run_due_every: int | None, zone: str) -> None:
        self._how = (only, run_due_every, zone)
        self._own = own

    def __iter__(self) -> Iterator[Entry]:
        yield from _entries(*self._how)
        yield from self._own

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return True

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | Sequence[Entry]:
        return list(iter(self))[index]

    def __repr__(self) -> str:
        return f"<Cronjobs {self._how!r}>"


class Line(str):
    """A cron line that is hashed as its key, and written as itself: JSON takes the value, `%` calls `str`."""

    line: str

    def __new__(cls, key: str, line: str) -> Line:
        """Take the key as the value."""
        made = super().__new__(cls, key)
        made.line = line
        return made

    def __str__(self) -> str:
        return self.line

    def __repr__(self) -> str:
        return repr(self.line)


def _entries(only: str, run_due_every: int | None, zone: str) -> Iterator[Entry]:
    from jobs_api.bridges.common.choosing import due_slots, scheduled_jobs

    zone = zone or machine_zone()
    for job in scheduled_jobs(only):
        for number, line in enumerate(_lines(job.slots, zone)):
            yield Line(f"{job.name} {number}", line), f"{HERE}.fire", [job.name]
    if run_due_every is not None:
        yield Line("run-due", str(due_slots(run_due_every).expression)), f"{HERE}.fire_due"


def _lines(slots: Any, zone: str) -> tuple[str, ...]:
    """The lines for a machine of that zone; none where only run-due can start the job in time."""
    from jobs_api import clock
    from jobs_api.bridges.common.lines import local_lines

    return local_lines(slots, zone, clock.host())


def machine_zone() -> str:
    """The IANA zone of this machine, as cron has it; UTC where it says none. Django sets TZ to TIME_ZONE."""
    try:
        _, found, name = str(ZONE_LINK.readlink()).partition("zoneinfo/")
        if found:
            return name
    except OSError:
        pass
    try:
        return ZONE_NAME.read_text().strip() or "UTC"
    except (OSError, UnicodeError):
        return "UTC"


def fire(name: str) -> str:
    """Trigger a job; returns what came of it."""
    from jobs_api.bridges.common import firing

    return _last(firing.fire(name, source=SOURCE))


def fire_due() -> str:
    """Start whatever is due; returns what came of it."""
    from jobs_api.bridges.common import firing

    return _last(firing.fire_due(source=SOURCE))


def _last(told: str) -> str:
    """This process ends now: write who has called."""
    from jobs_api.monitoring import trigger_counts

    trigger_counts.flush_last()
    return told
