"""For each answer a case in which no list is empty and no object is left out, so that no member hides."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from jobs_api.check_ins import standing as check_ins
from jobs_api.models import JobAttempt, State, TriggerSource
from jobs_api.monitoring.measures import Lateness
from jobs_api.monitoring.source_jobs import JobCalls
from jobs_api.runs import job_state, pausing
from jobs_api.triggers import due
from tests.conftest import stored_run
from tests.jobs_api.alerts import making
from tests.jobs_api.api.endpoints import newest_run, newest_slot
from tests.jobs_api.api.scenes import (
    RERUN,
    STRICT,
    TRIGGER,
    Scene,
    as_a_dry_run,
    in_state,
    of_a_job_that_breaks,
    of_a_job_that_is_failing,
    of_a_paused_job,
    on_an_executor,
    preferring,
    refuses,
    well,
    with_everything_set,
)


def of_a_paused_job_with_everything_set(scene: Scene) -> Any:
    job = scene.job()
    job_state.know(job, at=timezone.now())
    pausing.pause(job, actor="ana", comment="works", at=timezone.now())
    ahead = {"lease_expires_at": timezone.now() + timedelta(minutes=1), "progress_done": 1}
    stored_run(job, newest_slot(job) - timedelta(days=1), state=State.RUNNING, **ahead)
    return with_everything_set(scene)


def of_a_job_that_is_failing_beside_a_paused_one(scene: Scene) -> Any:
    pausing.pause(scene.declare("resting"), actor="ana", comment="works", at=timezone.now())
    return of_a_job_that_is_failing(scene)


def after_a_call(case: Callable[[Scene], Any]) -> Callable[[Scene], Any]:
    def called(scene: Scene) -> Any:
        now = timezone.now()
        calls = JobCalls(now.timestamp(), now.timestamp(), 60, 1, 1, 0, Lateness(1, 2, 3)).stored()
        source = {"source": "curl", "actor": "ci", "first_at": now, "last_at": now, "calls": 1}
        TriggerSource.objects.create(
            **source, last_late=1, usual_late=2, worst_late=3, jobs={"nightly": calls}
        )
        return case(scene)

    return called


def with_a_channel_and_a_monitor_that_fail(case: Callable[[Scene], Any]) -> Callable[[Scene], Any]:
    def troubled(scene: Scene) -> Any:
        pings = {"HEALTHCHECKS": {"PING_KEY": "key", "URL": "http://127.0.0.1:9"}}
        scene.settings.JOBS_API = {**scene.settings.JOBS_API, "CHECK_INS": pings}
        check_ins.failed("healthchecks", "no answer", times=1, at=timezone.now())
        check_ins.succeeded("healthchecks", at=timezone.now())
        check_ins.failed("healthchecks", "no answer", times=1, at=timezone.now())
        making.message(making.incident(), channel="pager", error="no answer", tries=1)
        return after_a_call(case)(scene)

    return troubled


def in_flight_with_everything_set(state: str) -> Callable[[Scene], Any]:
    def case(scene: Scene) -> Any:
        run = newest_run(scene.job(), state, attempt=2, progress_done=1, progress_total=2)
        lost = {"state": State.FAILED, "reason": "lost", "progress_done": 1}
        JobAttempt.objects.create(run=run, attempt=1, **lost)
        return scene.call(run)

    return case


def of_a_job_that_is_paused_meanwhile(scene: Scene) -> Any:
    """Between the look at what is due and its start."""
    start = due._start

    def after_the_pause(item: due.Due, *rest: Any) -> Any:
        pausing.pause(item.job, actor="ana", comment="works", at=timezone.now())
        return start(item, *rest)

    scene.monkeypatch.setattr(due, "_start", after_the_pause)
    return scene.call(newest_run(scene.job(), State.QUEUED, next_attempt_at=timezone.now()))


DUE = "POST /api/run-due"
FULL: dict[tuple[str, int], Callable[[Scene], Any]] = {
    (TRIGGER, 200): of_a_paused_job,
    (TRIGGER, 202): in_state(State.RUNNING),
    (TRIGGER, 409): preferring(STRICT),
    (TRIGGER, 500): of_a_job_that_breaks,
    (TRIGGER, 503): on_an_executor(refuses),
    (DUE, 200): of_a_job_that_is_paused_meanwhile,
    (DUE, 202): on_an_executor(refuses),
    (DUE, 500): of_a_job_that_breaks,
    ("GET /api/sources", 200): after_a_call(well),
    ("GET /api/jobs", 200): of_a_paused_job_with_everything_set,
    ("GET /api/jobs/{name}", 200): of_a_paused_job_with_everything_set,
    ("GET /api/jobs/{name}/runs", 200): with_everything_set,
    ("GET /api/runs/{run}", 200): with_everything_set,
    ("GET /api/runs/{run}", 202): in_flight_with_everything_set(State.RUNNING),
    (RERUN, 200): well,
    (RERUN, 202): on_an_executor(lambda job, lease: None),
    (RERUN, 409): in_state(State.RUNNING),
    (RERUN, 500): of_a_job_that_breaks,
    (RERUN, 503): on_an_executor(refuses),
    ("POST /api/runs/{run}/cancel", 200): in_flight_with_everything_set(State.QUEUED),
    ("POST /api/runs/{run}/cancel", 202): in_flight_with_everything_set(State.RUNNING),
    ("POST /api/jobs/{name}/backfill", 200): as_a_dry_run,
    ("POST /api/jobs/{name}/backfill", 202): well,
    ("POST /api/jobs/{name}/pause", 200): well,
    ("POST /api/jobs/{name}/resume", 200): of_a_paused_job,
    ("POST /api/pause", 200): well,
    ("POST /api/resume", 200): of_a_paused_job,
    ("GET /api/health/live", 200): well,
    ("GET /api/health/ready", 200): well,
    ("GET /api/health/jobs", 200): with_a_channel_and_a_monitor_that_fail(of_a_paused_job),
    ("GET /api/health/jobs", 503): with_a_channel_and_a_monitor_that_fail(
        of_a_job_that_is_failing_beside_a_paused_one
    ),
}
