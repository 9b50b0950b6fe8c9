"""Every use that is made of the time: the table of docs/decisions/the-databases-clock.md, as code.

Each function uses the time once, on a host whose clock is wrong, and returns what came of it: instants, which
must be those of the database's clock, or a text that says how it was decided.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from jobs_api import database, registry, runs
from jobs_api.auth import tokens
from jobs_api.clock import Moment
from jobs_api.models import JobDeclaration, JobPause, JobRun, State, Token, TriggerCount
from jobs_api.monitoring import trigger_counts
from jobs_api.runs import job_state
from jobs_api.runs.types import Trigger
from jobs_api.schedule.slots import current_slot
from jobs_api.triggers import cancelling, due
from tests.conftest import stored_run
from tests.jobs_api.management.calling import manage

from .conftest import RIGHT

DAY = timedelta(days=1)
Uses = dict[str, Callable[[Any], Any]]
INSTANTS: Uses = {}
DECISIONS: Uses = {}
EXPECTED: dict[str, Any] = {}


def instant(name: str) -> Callable[[Any], Any]:
    """The function's instants are now."""
    return lambda function: INSTANTS.setdefault(name, function)


def decision(name: str, expected: Any) -> Callable[[Any], Any]:
    """The function's result is this, whatever the host's clock says."""
    EXPECTED[name] = expected
    return lambda function: DECISIONS.setdefault(name, function)


def _job(**fields: Any) -> Any:
    """The job of a test: on demand, so that any past instant is a slot."""
    from jobs_api import Job

    registry.fill([Job("nightly", **{"command": "toy", "schedule": None, **fields})])
    return registry.get("nightly")


def _trigger(api: Any, **fields: Any) -> JobRun:
    _job(**fields)
    api("POST", "/api/jobs/nightly/run")
    return JobRun.objects.get()


def _ago(**delta: float) -> datetime:
    return RIGHT() - timedelta(**delta)


@instant("claimed_at, started_at, created_at, finished_at of a run")
def records(api: Any) -> list[Any]:
    run = _trigger(api)
    return [run.claimed_at, run.started_at, run.created_at, run.finished_at]


@instant("the end that a reaper writes")
def reaped(api: Any) -> list[Any]:
    run = stored_run(_job(), _ago(hours=1), state=State.RUNNING)
    manage("jobs_reap")
    run.refresh_from_db()
    return [run.finished_at, run.next_attempt_at]


@instant("the end of a cancelled run, and when a cancel was asked")
def cancelled(api: Any) -> list[Any]:
    soon = {"lease_expires_at": RIGHT() + DAY, "held_job": None}
    both = [
        stored_run(_job(), _ago(hours=1), state=State.QUEUED),
        stored_run(_job(), _ago(hours=2), state=State.RUNNING, **soon),
    ]
    for run in both:
        cancelling.cancel_run(run, actor="ann", reason="")
        run.refresh_from_db()
    return [both[0].finished_at, both[1].cancel_requested_at]


@instant("a skipped slot's record")
def skipped(api: Any) -> list[Any]:
    job = _job()
    stored_run(job, _ago(hours=1), state=State.RUNNING, lease_expires_at=RIGHT() + DAY)
    api("POST", "/api/jobs/nightly/run", json={"run_date": _ago(minutes=5).isoformat()})
    run = JobRun.objects.get(state=State.SKIPPED)
    return [run.created_at, run.finished_at]


@instant("the end of a queued run that became too old")
def too_old(api: Any) -> list[Any]:
    run = stored_run(_job(expires=60), _ago(hours=1), state=State.QUEUED, next_attempt_at=_ago(minutes=30))
    api("POST", "/api/run-due")
    run.refresh_from_db()
    return [run.finished_at]


@instant("since when a job is known")
def since(api: Any) -> list[Any]:
    _job(schedule="0 3 * * *")
    job_state.forget()
    api("POST", "/api/run-due")
    return [JobDeclaration.objects.get(job_name="nightly").since]


@instant("begin and end of a pause")
def pause(api: Any) -> list[Any]:
    _job()
    manage("jobs_pause", "nightly")
    manage("jobs_resume", "nightly")
    row = JobPause.objects.get()
    return [row.started_at, row.ended_at]


@instant("a pause's end, as a duration sets it")
def pause_end(api: Any) -> list[Any]:
    _job()
    manage("jobs_pause", "nightly", "--until", "1h")
    return [JobPause.objects.get().until - timedelta(hours=1)]


@instant("a token's creation, last use, revocation")
def token(api: Any) -> list[Any]:
    _job()
    secret = manage("jobs_token", "create", "ci", "--scope", "trigger", "--json").json()["secret"]
    api("POST", "/api/jobs/nightly/run", headers={"Authorization": f"Bearer {secret}"})
    manage("jobs_token", "revoke", "ci")
    row = Token.objects.get()
    return [row.created_at, row.last_used_at, row.revoked_at]


@instant("a token's expiry, as `--days` sets it")
def token_days(api: Any) -> list[Any]:
    manage("jobs_token", "create", "ci", "--days", 1)
    return [Token.objects.get().expires_at - DAY]


@instant("a backfill's record")
def backfill(api: Any) -> list[Any]:
    job = _job(schedule="0 * * * *")
    start, end = current_slot(job.slots, _ago(hours=2)), RIGHT()
    assert manage("jobs_backfill", "nightly", start.isoformat(), end.isoformat()).code == 0
    return [run.created_at for run in JobRun.objects.all()] + [
        run.next_attempt_at for run in JobRun.objects.all()
    ]


@decision("lease", "held, then reaped")
def lease(api: Any) -> str:
    job = _job()
    stored_run(job, _ago(hours=1), state=State.RUNNING, lease_expires_at=RIGHT() + timedelta(seconds=40))
    held = runs.reap(moment=Moment(database.now()))
    JobRun.objects.update(lease_expires_at=_ago(seconds=1))
    return "held, then reaped" if not held and runs.reap(moment=Moment(database.now())) else "wrong"


@decision("back-off, and its Retry-After", (503, "retry_later", True))
def backing_off(api: Any) -> Any:
    job = _job()
    slot = current_slot(job.slots, RIGHT())
    stored_run(job, slot, state=State.FAILED, tries=1, next_attempt_at=RIGHT() + timedelta(seconds=90))
    answer = api("POST", "/api/jobs/nightly/run", json={"run_date": slot.isoformat()})
    return answer.status_code, answer.json()["outcome"], 80 <= int(answer["Retry-After"]) <= 90


def _outcomes(api: Any, **ago: float) -> list[str]:
    """Of a slot so old, and of one a minute younger."""
    found = []
    for younger in (timedelta(minutes=-1), timedelta(minutes=1)):
        slot = (_ago(**ago) + younger).isoformat()
        found.append(api("POST", "/api/jobs/nightly/run", json={"run_date": slot}).json()["outcome"])
    return found


@decision("`expires`", ["expired", "succeeded"])
def expires(api: Any) -> list[str]:
    _job(expires=3600 * 5)
    return _outcomes(api, hours=5)


@decision("retention of runs", ["expired", "succeeded"])
def retention(api: Any) -> list[str]:
    _job()
    return _outcomes(api, days=400)


@decision("what jobs_prune deletes, and archives", [False, True])
def prune(api: Any) -> list[bool]:
    job = _job()
    job_state.know(job, at=_ago(days=900))
    old = stored_run(job, _ago(days=401))
    young = stored_run(job, _ago(days=399))
    manage("jobs_prune")
    return [JobRun.objects.filter(pk=run.pk).exists() for run in (old, young)]


@decision("what a backfill may name", [True, True, False, False])
def backfill_limits(api: Any) -> list[bool]:
    _job(schedule="0 * * * *")
    found = []
    for start, end in ((-30, -20), (-2, 0), (-1, 1), (-24 * 401, -24 * 400)):
        interval = [_ago(hours=-hours).isoformat() for hours in (start, end)]
        found.append(manage("jobs_backfill", "nightly", *interval, "--dry-run").code == 0)
    return found


@decision("whether a token has expired", [200, 401])
def token_expiry(api: Any) -> list[int]:
    _job()
    statuses = []
    for expires_at in (RIGHT() + timedelta(minutes=1), _ago(seconds=1)):
        _, secret = tokens.create(
            f"ci-{len(statuses)}", scopes=["trigger"], expires_at=expires_at, at=RIGHT()
        )
        headers = {"Authorization": f"Bearer {secret}"}
        statuses.append(api("POST", "/api/jobs/nightly/run", headers=headers).status_code)
    return statuses


@decision("the day under which repeats are counted", True)
def day(api: Any) -> bool:
    _job()
    days = {RIGHT().astimezone(UTC).date()}
    trigger_counts.writer.clear()  # what tests before have left to write
    for _ in range(2):
        api("POST", "/api/jobs/nightly/run")
    days.add(RIGHT().astimezone(UTC).date())
    trigger_counts.flush()
    return TriggerCount.objects.get().day in days


@decision("the next slot, in answers and lists", True)
def next_slot(api: Any) -> bool:
    job = _job(schedule="*/5 * * * *")
    answers = api("POST", "/api/jobs/nightly/run"), api("GET", "/api/jobs/nightly")
    [row] = manage("jobs_list", "--json").json()
    names = [answer.json()["next_run_date"] for answer in answers] + [row["next"]]
    latest = job.next_run_date(RIGHT())
    return all(abs(latest - datetime.fromisoformat(name)) <= timedelta(minutes=5) for name in names)


@decision("which slots are missed, caught up, over their grace", (503, ["nightly"], "succeeded"))
def missed(api: Any) -> Any:
    job = _job(schedule="0 * * * *", grace=0.001)
    job_state.know(job, at=_ago(days=2))
    health = api("GET", "/api/health/jobs")
    results = due.run_due(Trigger("run_due")).results
    return health.status_code, health.json()["missed"], results[0].outcome


@decision("whether a pause is over that has an end", ["paused", "succeeded", True, False])
def over(api: Any) -> Any:
    outcomes, shown = [], []
    for minutes in (5, -5):
        _job()
        JobPause.objects.all().delete()
        until = RIGHT() + timedelta(minutes=minutes)
        JobPause.objects.create(job_name="nightly", started_at=_ago(days=1), until=until)
        slot = _ago(hours=1, minutes=minutes).isoformat()
        outcomes.append(api("POST", "/api/jobs/nightly/run", json={"run_date": slot}).json()["outcome"])
        shown.append(api("GET", "/api/jobs/nightly").json()["paused"])
    return [*outcomes, *shown]


@decision("which slots a pause covers", (200, []))
def covered(api: Any) -> Any:
    away = (RIGHT().minute + 30) % 60  # no slot comes due after the pause
    job = _job(schedule=f"{away} * * * *", grace=0.001)
    job_state.know(job, at=_ago(days=2))
    JobPause.objects.create(job_name="nightly", started_at=_ago(days=1), ended_at=RIGHT())
    health = api("GET", "/api/health/jobs")
    return health.status_code, health.json()["missed"]
