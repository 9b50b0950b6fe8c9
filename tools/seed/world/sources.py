"""Who calls: four sources, of which one is silent and one is slow."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from jobs_api.history.tally import fine
from jobs_api.models import JobRun, RefusedCall, SourceHour, TriggerCount, TriggerSource
from jobs_api.monitoring.measures import Lateness
from jobs_api.monitoring.source_jobs import JobCalls
from jobs_api.monitoring.tallies import POLLS
from tools.seed.world.jobs import KNOWN
from tools.seed.world.making import ACTORS, LATENESS, SILENT


class Caller(NamedTuple):
    """A source."""

    hourly: int
    """How many calls it makes in an hour."""
    won: int
    """How many of those of the last day began an attempt."""

    silent: timedelta
    """Since when it has not called."""
    gap: float
    """The longest time between two of its calls, in seconds."""
    calls: int
    wins: int
    late: tuple[float, float, float]
    """The last, the usual and the worst lateness, in seconds."""
    jobs: tuple[str, ...] = ()
    """Which jobs it triggers, beside run-due."""


CALLERS = {
    "cron_job_org": Caller(5, 41, SILENT, 300, 98_112, 3_214, (3, 3, 31)),
    "github_actions": Caller(
        3,
        24,
        timedelta(minutes=11, seconds=8),
        2400,
        24_110,
        8_120,
        (660, 540, 2460),
        ("sync_crm_contacts", "warm_report_cache"),
    ),
    "eventbridge": Caller(
        17,
        251,
        timedelta(seconds=62),
        600,
        140_700,
        87_450,
        (1.1, 1.2, 4.8),
        (
            "reconcile_payments",
            "import_bank_statements",
            "rebuild_search_index",
            "bounce_import",
            "send_order_reminders",
        ),
    ),
    "celery_beat": Caller(
        17,
        127,
        timedelta(seconds=21),
        120,
        144_320,
        44_510,
        (0.4, 0.4, 2.1),
        ("deliver_webhooks", "log_heartbeat"),
    ),
}
REPEATS = {
    "reconcile_payments": {
        "eventbridge": 201,
        "celery_beat": 168,
        "cron_job_org": 1980,
        "github_actions": 447,
    },
    "import_bank_statements": {"celery_beat": 63, "github_actions": 1},
}


def write(now: datetime, runs: Mapping[tuple[str, int], JobRun]) -> None:
    """Write the sources, hour by hour, and how often they repeated what had begun already."""
    SourceHour.objects.bulk_create(_hours(now))
    refused = {"address": "203.0.113.9", "status": 401, "reason": "The token is not valid."}
    RefusedCall.objects.create(place=0, at=now - timedelta(minutes=50), times=3, **refused)
    TriggerSource.objects.bulk_create(_row(name, caller, now) for name, caller in CALLERS.items())
    TriggerCount.objects.bulk_create(
        TriggerCount(
            job_name=job,
            day=(now - timedelta(days=day)).date(),
            source=source,
            outcome="already_running" if job == "import_bank_statements" else "already_succeeded",
            count=max(number // 7, 1),
        )
        for job, sources in REPEATS.items()
        for source, number in sources.items()
        for day in (range(1) if job == "import_bank_statements" else range(7))
    )


def _hours(now: datetime) -> Iterator[SourceHour]:
    """The last day."""
    begins = now.replace(minute=0, second=0, microsecond=0)
    for name, caller in CALLERS.items():
        chance = random.Random(name)
        middle, spread = (540, 0.85) if name == "github_actions" else LATENESS[name]
        for ago in range(24):
            hour, last = begins - timedelta(hours=ago), now - caller.silent
            share = min(max((last - hour) / timedelta(hours=1), 0), 1)
            calls = round(caller.hourly * share * chance.uniform(0.75, 1.15))
            late = fine()
            for _ in range(calls):
                late.note(middle * chance.lognormvariate(0, spread))
            if calls:
                about = {"source": name, "actor": ACTORS[name], "hour": hour, "calls": calls}
                yield SourceHour(**about, wins=min(round(caller.won / 24), calls), lateness=late.stored())


def _row(name: str, caller: Caller, now: datetime) -> TriggerSource:
    last = now - caller.silent
    first, lateness = now - KNOWN, Lateness(*caller.late)
    about = {"first": first.timestamp(), "last": last.timestamp(), "gap": caller.gap, "lateness": lateness}
    polls = JobCalls(**about, calls=caller.calls, wins=caller.wins)
    each = {job: _calls(job, about, caller) for job in caller.jobs}
    return TriggerSource(
        source=name,
        actor=ACTORS[name],
        first_at=first,
        last_at=last,
        last_trigger_at=last if caller.jobs else None,
        last_run_due_at=last,
        calls=caller.calls,
        wins=caller.wins,
        gap=caller.gap,
        last_late=lateness.last,
        usual_late=lateness.usual,
        worst_late=lateness.worst,
        jobs={job: calls.stored() for job, calls in {POLLS: polls, **each}.items()},
    )


def _calls(job: str, about: dict[str, object], caller: Caller) -> JobCalls:
    daily = (
        {"gap": 86_400.0}
        if job in ("import_bank_statements", "rebuild_search_index", "send_order_reminders")
        else {"gap": 3600.0}
    )
    return JobCalls(**{**about, **daily}, calls=caller.calls // 9, wins=caller.wins // 12)  # type: ignore[arg-type]
