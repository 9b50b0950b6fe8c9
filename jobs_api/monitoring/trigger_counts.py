"""Triggers that started nothing, counted in memory and written at most once a minute.

A duplicate must cost no write; still people want to know how often a job was called, and by what.
A process that ends writes them last. One that is killed loses its last minute: nothing depends on it.

Callers choose their source, so a job and day has at most `SOURCES` of them in the table, whoever
counts, and any others as one: `OTHER`. Spellings that look alike are one source.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, datetime
from functools import lru_cache

from django.db import connections

from jobs_api import callers, clock
from jobs_api.database import alias
from jobs_api.database.bounds import bounded
from jobs_api.exceptions import Refusal
from jobs_api.execution import process_end
from jobs_api.execution.background import BackgroundThread
from jobs_api.monitoring import count_rows, job_totals, refusals, sources
from jobs_api.monitoring.count_rows import OTHER, SOURCES, Key, Place
from jobs_api.runs.events import Late
from jobs_api.runs.types import PEOPLE, RERUN, Trigger
from jobs_api.text import bare, loggers, one_line

logger = loggers.logger(__name__)

FLUSH_EVERY = 60.0
LAST_SECONDS = 1.0
KEYS = 1000
"""At most this many different counts between two writes."""
WROTE_NOTHING = {refusal.outcome for refusal in Refusal.__subclasses__()}
"""Outcomes of triggers that started nothing."""

_counts: Counter[Key] = Counter()
_sources: dict[Place, set[str]] = {}
"""The sources that have a place, or wait for one, as far as this process knows."""


class Writer(BackgroundThread):
    """Writes the counts a minute after the first one; a failed write is tried again the next minute."""

    name = "jobs_api-counts"
    task = "The writing of trigger counts"

    def needed(self) -> bool:
        """Whether there are counts to write."""
        return bool(_counts or sources.tallies or job_totals.noted or refusals.noted)

    def pause(self) -> float:
        """The seconds until the next write."""
        return FLUSH_EVERY

    def clear(self) -> None:
        """What was counted in the process that has forked this one, that one writes."""
        _counts.clear()
        _sources.clear()
        sources.tallies.clear()
        job_totals.noted.clear()
        refusals.noted.clear()

    def turn(self) -> None:
        """Write the counts."""
        flush()
        _tell()

    def try_to_start(self) -> None:
        """Start the thread before something is counted; called with the lock held."""
        try:
            self.start()
        except RuntimeError as error:
            logger.debug("No thread can start; a later count may start one: %s", error)


writer = Writer()


_after: list[Callable[[], None]] = []


def after_writing(receiver: Callable[[], None]) -> None:
    """Call `receiver` when somebody has called and that was written: off the trigger's way.

    That is at most once a minute in each process, and when a process ends that was called. It may use the
    database; at the end of a process it has about a second for that.
    """
    if receiver not in _after:
        _after.append(receiver)


def _tell() -> None:
    for receiver in _after:
        try:
            receiver()
        except Exception:  # the others are called all the same
            logger.warning("What follows the writing of trigger counts failed.", exc_info=True)


_begun_on: dict[int, str] = {}
"""The processes that write at their end, by their ids, and the database that they had when they began."""


def write_at_the_end() -> None:
    """A script, or a command of the host, may end long before a minute is over."""
    if os.getpid() not in _begun_on:
        _begun_on[os.getpid()] = _database()
        process_end.do_before(_end)


def _end() -> None:
    """Write what is left; but not what tests have counted, whose database is gone, into the host's own."""
    if writer.needed() and _begun_on.get(os.getpid()) == _database():
        flush_last()


def _database() -> str:
    return str(connections[alias()].settings_dict["NAME"])


def answered(
    trigger: Trigger, job: str, outcome: str, at: datetime, late: Late | None = None, taken: float = 0
) -> None:
    """Note who called, and count a trigger that wrote nothing: receives every answer.

    A trigger of the executor itself, which starts waiting runs, is not counted: no caller sent it. What
    somebody starts by hand is of no source: nobody expects it again, so it can never be silent.

    Args:
        late: the slot, and how many seconds after it the trigger came, where that tells about its source.
        taken: how many seconds it took to answer a trigger.
    """
    if trigger.kind == "executor":
        return
    source = named(trigger.source)
    with writer.lock:
        writer.try_to_start()
        write_at_the_end()
        if not _by_hand(trigger):
            sources.note(source, trigger.actor[:100], trigger.kind, outcome, at, job, late)
        if outcome in WROTE_NOTHING:
            _count((job, at.date(), source, outcome))
        else:
            job_totals.answered(job, source, outcome, taken)


def _by_hand(trigger: Trigger) -> bool:
    return trigger.kind in PEOPLE or (trigger.kind == RERUN and not trigger.source)


def unwritten() -> set[tuple[str, str]]:
    """The sources that have called this process since its last write, each with the token or user."""
    with writer.lock:
        return set(sources.tallies)


def count(job_name: str, *, day: date, source: str, outcome: str) -> None:
    """Count one trigger, without a statement and without waiting."""
    with writer.lock:
        writer.try_to_start()
        _count((job_name, day, named(source), outcome))


def _count(key: Key) -> None:
    if key not in _counts:
        job_name, day, _, outcome = key
        key = (job_name, day, _placed((job_name, day), key), outcome)
    _counts[key] += 1


def _placed(place: Place, key: Key) -> str:
    """The name under which a source is counted first: its own, or that of all that have no place."""
    known, name = _sources.setdefault(place, set()), key[2]
    if len(_counts) >= KEYS or (name not in known and len(known) >= SOURCES):
        return OTHER
    known.add(name)
    return name


@lru_cache(maxsize=KEYS)
def named(source: str) -> str:
    """As what a source is counted: in one spelling."""
    name = bare(source)[:100]
    of_a_caller = name.replace("-", "_")  # an export says "cloud-scheduler"
    return of_a_caller if of_a_caller in callers.names() else name


def flush() -> None:
    """Add the counts and the sources to their tables; what could not be written is kept."""
    with ExitStack() as each:  # whatever becomes of those before it
        each.callback(_flush_sources)
        each.callback(job_totals.flush, writer.lock)
        each.callback(_flush_refusals)
        _flush_counts()


def _flush_sources() -> None:
    with writer.lock:
        taken = dict(sources.tallies)
        sources.tallies.clear()
    try:
        with bounded():
            sources.write(taken)
    finally:
        with writer.lock:
            sources.put_back(taken)


def refused(address: str, status: int, reason: str) -> None:
    """Note a call that was refused: no statement, and no more memory than `refusals.MOST` entries."""
    with writer.lock:
        writer.try_to_start()
        write_at_the_end()
        refusals.note(address, status, reason, clock.estimate())


def _flush_refusals() -> None:
    with writer.lock:
        taken = dict(refusals.noted)
        refusals.noted.clear()
    if taken:
        with bounded():
            refusals.write(taken)


def flush_last() -> None:
    """Write what was counted before this process ends: it takes at most a moment, and raises nothing."""
    try:
        with bounded(seconds=LAST_SECONDS):
            flush()
        _tell()
    except Exception as error:  # noqa: BLE001 - only the last minute is lost, and cron should not mail that
        logger.debug("The last counts of triggers could not be written: %s", one_line(str(error)))
    finally:
        connections.close_all()


def _flush_counts() -> None:
    with writer.lock:
        taken = dict(_counts)
        _counts.clear()
    busy = {(job_name, day) for job_name, day, _, _ in taken}
    try:
        while taken:
            key, number = next(iter(taken.items()))
            with bounded():
                _add(key, number)
            del taken[key]
            job_totals.repeated(writer.lock, key[0], key[2], key[3], number)
    finally:
        with writer.lock:
            _counts.update(taken)
            _forget(busy | {(job_name, day) for job_name, day, _, _ in _counts})


def _forget(busy: set[Place]) -> None:
    """Sources of other days and quiet jobs: they are read from the table when they are needed again."""
    for place in _sources.keys() - busy:
        del _sources[place]


def _add(key: Key, number: int) -> None:
    known = count_rows.add(key, number)
    if known is not None:
        with writer.lock:
            _sources[key[0], key[1]] = known
