"""The slots that somebody may run now: the one that is due, and the newest ones without a run."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from jobs_api.dashboard import states, times
from jobs_api.dashboard.times import span
from jobs_api.history import cells
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing, standings
from jobs_api.schedule.slots import current_slot

MOST = 12
"""So many are offered."""
LOOKED_AT = 50
EMPTY = ("late", "missed", "paused", "unknown", "skipped")
"""What became of a slot that can still be run by a trigger."""
DONE = ("succeeded", "ran_late")
"""What became of a slot that a trigger does not run again."""
OWED = ("late", "missed")
"""What became of a slot that somebody expected."""


@dataclasses.dataclass(frozen=True, slots=True)
class Slot:
    """One slot that is offered."""

    at: datetime
    state: str
    """As in `cells.CELLS`, or "new" for a slot that nobody has seen."""
    run: int | None = None

    @property
    def value(self) -> str:
        """As a form sends it: the slot that was shown is the one that is run."""
        return self.at.astimezone(UTC).isoformat().replace("+00:00", "Z")

    @property
    def is_done(self) -> bool:
        """Whether it has succeeded, and its run is known."""
        return self.state in DONE and self.run is not None


@dataclasses.dataclass(frozen=True, slots=True)
class Offer:
    """What a form offers."""

    slots: list[Slot]
    standing: Standing
    looked_at: list[Slot] = dataclasses.field(default_factory=list)
    """Also those that are not offered, the newest first."""

    @property
    def chosen(self) -> str:
        """The newest one; if it has succeeded, the newest one that is owed, if any; "" where there is none.

        No older slot is chosen that nobody expected: it passed while paused, or before the job was known.
        """
        if not self.slots or not self.slots[0].is_done:
            return self.slots[0].value if self.slots else ""
        return next((slot.value for slot in self.slots if slot.state in OWED), self.slots[0].value)

    def done(self, value: str) -> Slot | None:
        """The slot of this value or, where that is the chosen one, the newest: if it has succeeded."""
        among = [slot for slot in self.looked_at if slot.value == value]
        among += self.slots[:1] if value == self.chosen else []
        return next((slot for slot in among if slot.is_done), None)


def offer(job: Job, at: datetime) -> Offer:
    """Look at the newest slots: three statements."""
    (standing,) = standings(names=[job.name])[1]
    known = cells.recent([job], at=at, standings={job.name: standing}, count=LOOKED_AT)[job.name]
    found = [Slot(cell.slot, cell.state, cell.run) for cell in reversed(known)]
    if job.schedule is None:
        found = [Slot(at.replace(microsecond=0), "new"), *found]
    else:
        found = _with_the_current(job, found, at)
    offered = [*found[:1], *(slot for slot in found[1:] if slot.state in EMPTY)][:MOST]
    return Offer(offered, standing, found)


def _with_the_current(job: Job, found: list[Slot], at: datetime) -> list[Slot]:
    """A slot that is due for a moment only is no cell yet."""
    newest = current_slot(job.slots, at, early=False)
    if newest is None or any(slot.at == newest for slot in found):
        return found
    return [Slot(newest.astimezone(UTC), "late"), *found]


def said(slot: Slot, at: datetime, zone: object) -> str:
    """A slot for a list: "Today 08:30, due for 12 m"."""
    if slot.state == "new":
        return _("Now, as a slot of its own: %(time)s") % {"time": clock(slot.at, at, zone)}
    state = _("due for %(span)s") % {"span": span(_minutes(at - slot.at))}
    if slot.state != "late":
        state = str(states.look(slot.state).word).lower()
    return _("%(slot)s, %(state)s") % {"slot": clock(slot.at, at, zone), "state": state}


def _minutes(late: timedelta) -> timedelta:
    """Without seconds, which say nothing here."""
    return timedelta(minutes=max(late // timedelta(minutes=1), 1))


def clock(instant: datetime, at: datetime, zone: object) -> str:
    """ "Today 08:30", "Yesterday 20:00", "Wed 25 Nov 08:30"."""
    local, today = instant.astimezone(zone), at.astimezone(zone).date()  # type: ignore[arg-type]
    time = local.strftime("%H:%M")
    if local.date() == today:
        return _("Today %(time)s") % {"time": time}
    if local.date() == today - timedelta(days=1):
        return _("Yesterday %(time)s") % {"time": time}
    return f"{times.written(local, 'D j M' if local.year == today.year else 'D j M Y')} {time}"
