"""Count the slots of many jobs in a night: the database counts the runs, and few jobs need a closer look."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from django.db import connections

from jobs_api import clock
from jobs_api.database import alias
from jobs_api.history import rows
from jobs_api.history.judging import Judge
from jobs_api.history.night_jobs import Bin, Plan, add, planned
from jobs_api.history.rows import Row
from jobs_api.models import HELD, JobRun
from jobs_api.monitoring.punctuality import in_time
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing

MOST = 100_000
"""Where there are more runs, the newest of each job are looked at instead."""
TROUBLE = 100
"""So many runs of a job that did not succeed are read; one with more needs a closer look."""
MINUTE = 16
"""So many characters of SQLite's text of an instant name its minute."""
_TABLE = JobRun._meta.db_table


class Asked(NamedTuple):
    """What is asked for."""

    start: datetime
    until: datetime
    at: datetime
    now: datetime | None


class _Easy(NamedTuple):
    """A job of which every slot that was due has a run, but for the newest one at most."""

    job: Job
    plan: Plan
    trouble: Sequence[Row]
    waits: datetime | None
    """The newest slot, if it has no run yet."""


def count(jobs: Sequence[Job], bins: list[Bin], asked: Asked, standings: Mapping[str, Standing]) -> list[Job]:
    """Put the slots of easy jobs into the bins; returns the other jobs: three statements."""
    names = [job.name for job in jobs]
    ran = numbers(names, asked)
    if sum(ran.values()) > MOST:
        return list(jobs)
    trouble = rows.within(
        names, asked.start, asked.until, at=asked.at, each=TROUBLE, now=asked.now, unsuccessful=True
    )
    easy: dict[str, _Easy] = {}
    for job in jobs:
        standing, bad = standings.get(job.name), trouble.of(job.name)
        known = None if standing is None or standing.since is None else max(standing.since, trouble.since)
        one = _easy(job, standing, known, bad, ran[job.name], asked)
        if one is not None:
            easy[job.name] = one
    _put_succeeded(bins, easy, asked)
    plans: Counter[int] = Counter(id(one.plan) for one in easy.values())
    for plan in {id(one.plan): one.plan for one in easy.values()}.values():
        for place in plan.places[bisect_right(plan.slots, asked.at) :]:
            bins[place].to_come += plans[id(plan)]
    for one in easy.values():
        if one.trouble or one.waits is not None:
            _put_others(bins, one, Judging(standings[one.job.name], asked.at, trouble.since))
    return [job for job in jobs if job.name not in easy]


class Judging(NamedTuple):
    """With what a job is judged."""

    standing: Standing
    at: datetime
    since: datetime


def _put_others(bins: list[Bin], one: _Easy, by: Judging) -> None:
    """What has not succeeded, and the newest slot, if nobody has called yet."""
    judge = Judge(one.job, by.standing, by.at, since=by.since, gaps=one.plan.gaps)
    waits = [] if one.waits is None else [one.waits]
    for cell in judge.cells({row.run_date: row for row in one.trouble}, waits, future=True):
        add(bins, cell.slot, cell.state)


def _easy(
    job: Job,
    standing: Standing | None,
    known: datetime | None,
    trouble: Sequence[Row],
    number: int,
    asked: Asked,
) -> _Easy | None:
    """The job, if nothing is special about it: no pause, no run that is held, no slot that was missed."""
    if standing is None or standing.pauses or job.schedule is None or len(trouble) >= TROUBLE:
        return None
    plan = planned(job, asked.start, asked.until)
    was_due = bisect_right(plan.slots, asked.at)
    newest = plan.slots[was_due - 1] if was_due else None
    ran = newest is None or (standing.newest_run_date is not None and standing.newest_run_date >= newest)
    if number != was_due - (not ran) or any(row.state in HELD for row in trouble):
        return None
    if known is None or bisect_left(plan.slots, known):
        return None
    return _Easy(job, plan, trouble, None if ran else newest)


def _put_succeeded(bins: list[Bin], easy: Mapping[str, _Easy], asked: Asked) -> None:
    lates = {name: in_time(one.plan.usual).total_seconds() for name, one in easy.items()}
    if lates:
        for minute, is_late, number in _succeeded(lates, asked):
            add(bins, minute, "ran_late" if is_late else "succeeded", number)


# -- statements ------------------------------------------------------------------------------


def numbers(names: Sequence[str], asked: Asked) -> Counter[str]:
    """How many runs each job has: along the index alone."""
    named: Any = json.dumps(names) if connections[alias()].vendor == "sqlite" else list(names)
    found = _fetched(_numbers_sql(connections[alias()].vendor), [*_bounds(asked), named])
    return Counter(dict(found))


def _succeeded(lates: Mapping[str, float], asked: Asked) -> list[tuple[datetime, bool, int]]:
    """How many runs have succeeded, by the minute of their slot, and whether they began late.

    Args:
        lates: of each job, how many seconds after its slot a run began late.
    """
    connection = connections[alias()]
    if connection.vendor == "sqlite":
        found = _fetched(_succeeded_sql("sqlite"), [*_bounds(asked), json.dumps(lates)])
        return [
            (_minute(text[:MINUTE]), text[MINUTE:] == "1", number) for text, number in _told(found).items()
        ]
    given = [list(lates), list(lates.values()), *_bounds(asked)]
    found = _fetched(_succeeded_sql(connection.vendor), given)
    return [(clock.aware(minute, connection), is_late, number) for minute, is_late, number in found]


def _told(found: Sequence[tuple[str | None]]) -> Counter[str]:
    """How often each minute stands in these texts; those of jobs that are due at the same times are alike."""
    counted: Counter[str] = Counter()
    for text, jobs in Counter(text for (text,) in found if text).items():
        for each in text.split(","):
            counted[each] += jobs
    return counted


def _minute(text: str) -> datetime:
    """Of SQLite's text."""
    read = datetime.fromisoformat(text)
    zone = connections[alias()].timezone
    return read.replace(tzinfo=UTC) if zone is UTC else read.replace(tzinfo=zone).astimezone(UTC)


def _bounds(asked: Asked) -> list[Any]:
    end = min(asked.until, rows.come(asked.at))
    return [clock.parameter(instant, connections[alias()]) for instant in (asked.start, end)]


def _fetched(sql: str, given: list[Any]) -> list[Any]:
    with connections[alias()].cursor() as cursor:
        cursor.execute(sql, given)
        return list(cursor.fetchall())


_WITHIN = "r.run_date >= %s AND r.run_date < %s"


@cache
def _numbers_sql(vendor: str) -> str:
    named = (
        "(SELECT value AS name FROM json_each(%s)) AS n"
        if vendor == "sqlite"
        else "unnest(%s::text[]) AS n(name)"
    )
    number = f"SELECT COUNT(*) FROM {_TABLE} AS r WHERE r.job_name = n.name AND {_WITHIN}"  # noqa: S608
    return f"SELECT n.name, ({number}) FROM {named}"  # noqa: S608


@cache
def _succeeded_sql(vendor: str) -> str:
    """Most runs begin in the minute of their slot, and then they are not late: that is quick to see.

    SQLite tells the minutes of the slots of a job as one text, each with a 1 where it began late, or a 0:
    to group the rows of all jobs it would sort them, which takes as long as to read them.
    """
    began = "CASE WHEN r.attempt = 1 THEN COALESCE(r.started_at, r.claimed_at) ELSE r.created_at END"
    called = "r.trigger NOT IN ('backfill', 'rerun')"
    if vendor == "sqlite":
        seconds = f"(julianday({began}) - julianday(r.run_date)) * 86400 > n.late + 0.0005"
        later = f"SUBSTR({began}, 1, {MINUTE}) > SUBSTR(r.run_date, 1, {MINUTE})"
        late = f"CASE WHEN {later} THEN {called} AND {seconds} ELSE 0 END"
        return (
            f"SELECT (SELECT GROUP_CONCAT(SUBSTR(r.run_date, 1, {MINUTE}) || {late}) FROM {_TABLE} AS r"  # noqa: S608
            f" WHERE r.job_name = n.name AND {_WITHIN} AND r.state = 'succeeded')"
            " FROM (SELECT key AS name, value AS late FROM json_each(%s)) AS n"
        )
    later = f"{began} > r.run_date + INTERVAL '1 minute'"
    late = f"{began} - r.run_date > n.late * INTERVAL '1 second'"
    return (
        f"SELECT date_trunc('minute', r.run_date), COALESCE({later} AND {called} AND {late}, false), COUNT(*)"  # noqa: S608
        f" FROM unnest(%s::text[], %s::float8[]) AS n(name, late) JOIN {_TABLE} AS r"
        f" ON r.job_name = n.name AND {_WITHIN} AND r.state = 'succeeded' GROUP BY 1, 2"
    )
