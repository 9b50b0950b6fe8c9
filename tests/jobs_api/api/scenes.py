"""What makes each endpoint answer each status that the document gives it: cases that return the answer."""

import dataclasses
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from jobs_api import Job
from jobs_api.auth import bearer as auth
from jobs_api.exceptions import SubmitFailed
from jobs_api.execution import drain
from jobs_api.models import JobAttempt, JobRun, State
from jobs_api.runs import job_state, pausing
from tests.conftest import stored_run
from tests.jobs_api.api.endpoints import YEARLY, Endpoint, bearer, newest_run, newest_slot
from tests.jobs_api.api.streams import Slow, chunked


@dataclasses.dataclass
class Scene:
    """What a case may change before its call."""

    api: Callable[..., Any]
    declare: Callable[..., Job]
    executor: Callable[..., str]
    toy: Callable[..., None]
    monkeypatch: pytest.MonkeyPatch
    settings: Any
    endpoint: Endpoint

    def job(self, **fields: Any) -> Job:
        return self.declare(**{**YEARLY, **fields})

    def call(self, run: JobRun | None = None, **extra: Any) -> Any:
        """Call the endpoint, for this run or one in the state that it wants; with all scopes."""
        run = run or newest_run(self.job(), self.endpoint.state)
        return self.endpoint.call(self.api, run, **{"headers": bearer("trigger", "read", "operate"), **extra})


def raising(error: Exception) -> Callable[..., Any]:
    def fails(*args: Any, **options: Any) -> Any:
        raise error

    return fails


# -- what every endpoint answers --------------------------------------------------------------


def well(scene: Scene) -> Any:
    return scene.call()


def without_a_valid_token(scene: Scene) -> Any:
    return scene.call(headers={"Authorization": "Bearer wrong"})


def without_the_scope(scene: Scene) -> Any:
    (other, *_) = {"trigger", "read", "operate"} - set(scene.endpoint.scopes)
    return scene.call(headers=bearer(other))


def of_nothing(scene: Scene) -> Any:
    scene.job()
    path = scene.endpoint.path.format(name="nowhere", run=0)
    headers = bearer("trigger", "read", "operate", patterns=("nowhere",))
    return scene.api(scene.endpoint.method, path, json=scene.endpoint.body, headers=headers)


def by_another_method(scene: Scene) -> Any:
    return dataclasses.replace(scene.endpoint, method="PUT").call(scene.api, newest_run(scene.job()))


def with_a_large_body(scene: Scene) -> Any:
    return dataclasses.replace(scene.endpoint, body=None).call(
        scene.api,
        newest_run(scene.job()),
        data=b" " * 70_000,
        headers=bearer("trigger", "read", "operate"),
    )


def with_a_slow_body(scene: Scene) -> Any:
    scene.settings.JOBS_API = {**scene.settings.JOBS_API, "BODY_SECONDS": 0.1}
    return _with_chunks(scene, chunked(b" " * 50, Slow))


def with_chunks_that_the_server_keeps(scene: Scene) -> Any:
    return _with_chunks(scene, chunked(b"{}", terminated=False))


def _with_chunks(scene: Scene, body: dict[str, Any]) -> Any:
    return dataclasses.replace(scene.endpoint, body=None).call(
        scene.api, newest_run(scene.job()), headers=bearer("trigger", "read", "operate"), **body
    )


def with_an_unknown_parameter(scene: Scene) -> Any:
    named = dataclasses.replace(scene.endpoint, path=f"{scene.endpoint.path}?dry_run=true")
    response = named.call(scene.api, newest_run(scene.job()), headers=bearer("trigger", "read", "operate"))
    assert "`dry_run`" in response.json()["detail"]
    return response


def with_bad_tokens(scene: Scene) -> Any:
    scene.settings.JOBS_API = {**scene.settings.JOBS_API, "BAD_TOKENS_PER_MINUTE": 1}
    run = newest_run(scene.job())
    scene.call(run, headers={"Authorization": "Bearer wrong"})
    return scene.call(run, headers={"Authorization": "Bearer wrong"})


def while_something_is_broken(scene: Scene) -> Any:
    scene.monkeypatch.setattr(auth, "_grant", raising(RuntimeError("a bug")))
    scene.monkeypatch.setattr(drain, "draining", raising(RuntimeError("a bug")))
    return scene.call()


def without_a_database(scene: Scene) -> Any:
    scene.monkeypatch.setattr(auth, "_grant", raising(OperationalError("cut off")))
    scene.monkeypatch.setattr(drain, "draining", lambda: True)
    return scene.call()


CAUSES: dict[int, Callable[[Scene], Any]] = {
    401: without_a_valid_token,
    403: without_the_scope,
    404: of_nothing,
    405: by_another_method,
    408: with_a_slow_body,
    411: with_chunks_that_the_server_keeps,
    413: with_a_large_body,
    422: with_an_unknown_parameter,
    429: with_bad_tokens,
    500: while_something_is_broken,
    503: without_a_database,
}

# -- what some endpoints answer besides -------------------------------------------------------


def with_fields(**fields: Any) -> Callable[[Scene], Any]:
    """On a run with these fields."""

    def case(scene: Scene) -> Any:
        return scene.call(newest_run(scene.job(), **fields))

    return case


def in_state(state: str, **fields: Any) -> Callable[[Scene], Any]:
    return with_fields(state=state, **fields)


def preferring(preference: str, case: Callable[[Scene], Any] = well) -> Callable[[Scene], Any]:
    def preferred(scene: Scene) -> Any:
        headers = {**bearer("trigger", "read", "operate"), "Prefer": preference}
        called = scene.call
        scene.call = lambda run=None: called(run, headers=headers)  # type: ignore[assignment, misc]
        return case(scene)

    return preferred


def on_an_executor(submit: Callable[..., Any]) -> Callable[[Scene], Any]:
    def case(scene: Scene) -> Any:
        job = scene.job(executor=scene.executor(submit))
        waiting = newest_run(job, State.QUEUED, next_attempt_at=timezone.now(), trigger="backfill")
        ended = "rerun" in scene.endpoint.path
        JobRun.objects.filter(pk=waiting.pk).update(state=State.FAILED if ended else State.QUEUED)
        return scene.call(waiting)

    return case


def of_a_job_that_breaks(scene: Scene) -> Any:
    scene.toy(raising(RuntimeError("broken")))
    ended = "rerun" in scene.endpoint.path
    fields = {} if ended else {"next_attempt_at": timezone.now(), "trigger": "backfill"}
    return scene.call(newest_run(scene.job(), State.SUCCEEDED if ended else State.QUEUED, **fields))


def of_a_paused_job(scene: Scene) -> Any:
    job = scene.job()
    pausing.pause(job, actor="ana", comment="works", at=timezone.now())
    return scene.call(newest_run(job, State.QUEUED))


def beside_another_slot(scene: Scene) -> Any:
    job = scene.job()
    earlier = newest_slot(job) - timedelta(days=1)
    stored_run(job, earlier, state=State.RUNNING, lease_expires_at=timezone.now() + timedelta(hours=1))
    return scene.call(newest_run(job, State.FAILED, reason="error", tries=1))


def with_everything_set(scene: Scene) -> Any:
    now = timezone.now()
    told = {"source": "cron", "actor": "ana", "comment": "why", "note": "seen", "reason": "error"}
    told |= {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
    told |= {"progress_done": 1, "progress_total": 2, "cancel_requested_at": now, "next_attempt_at": now}
    run = newest_run(scene.job(), State.FAILED, attempt=2, tries=2, options={"say": ["a"]}, **told)
    JobAttempt.objects.create(run=run, attempt=1, state=State.FAILED, reason="lost", executor="inline")
    return scene.call(run)


def of_a_job_that_is_missed(scene: Scene) -> Any:
    job = scene.job(schedule="* * * * *", grace=1)
    job_state.know(job, at=timezone.now() - timedelta(days=5))
    return scene.call(stored_run(job, timezone.now() - timedelta(hours=1)))


def of_a_job_that_is_failing(scene: Scene) -> Any:
    job = scene.job()
    job_state.know(job, at=timezone.now() - timedelta(days=5))
    return scene.call(newest_run(job, State.FAILED, reason="error"))


def as_a_dry_run(scene: Scene) -> Any:
    scene.endpoint = dataclasses.replace(
        scene.endpoint, body={**(scene.endpoint.body or {}), "dry_run": True}
    )
    return scene.call()


def refuses(job: Job, lease: Any) -> None:
    raise SubmitFailed("the broker is away")


def without_the_library(scene: Scene) -> Any:
    scene.monkeypatch.setitem(sys.modules, "prometheus_client", None)
    scene.monkeypatch.setitem(sys.modules, "prometheus_client.core", None)
    return scene.call()


STRICT = "handling=strict"
TRIGGER, RERUN = "POST /api/jobs/{name}/run", "POST /api/runs/{run}/rerun"
CASES: dict[tuple[str, int], tuple[Callable[[Scene], Any], ...]] = {
    (TRIGGER, 200): (of_a_paused_job, in_state(State.CANCELLED, reason="cancelled"), preferring("wait=1")),
    (TRIGGER, 202): (in_state(State.RUNNING), on_an_executor(lambda job, lease: None)),
    (TRIGGER, 409): (preferring(STRICT), preferring(STRICT, beside_another_slot)),
    (TRIGGER, 500): (of_a_job_that_breaks, in_state(State.FAILED, reason="error", tries=3)),
    (TRIGGER, 503): (on_an_executor(refuses),),
    ("POST /api/run-due", 202): (on_an_executor(lambda job, lease: None), on_an_executor(refuses)),
    ("POST /api/run-due", 500): (of_a_job_that_breaks,),
    ("GET /api/jobs", 200): (with_everything_set, of_a_paused_job),
    ("GET /api/jobs/{name}", 200): (with_everything_set, in_state(State.QUEUED)),
    ("GET /api/jobs/{name}/runs", 200): (with_everything_set, in_state(State.RUNNING)),
    ("GET /api/runs/{run}", 200): (with_everything_set, in_state(State.SKIPPED)),
    ("GET /api/runs/{run}", 202): (in_state(State.RUNNING), in_state(State.QUEUED)),
    ("GET /api/runs/{run}/output", 200): (in_state(State.RUNNING),),
    (RERUN, 202): (on_an_executor(lambda job, lease: None),),
    (RERUN, 409): (in_state(State.RUNNING), in_state(State.QUEUED), beside_another_slot),
    (RERUN, 500): (of_a_job_that_breaks,),
    (RERUN, 503): (on_an_executor(refuses),),
    ("POST /api/runs/{run}/cancel", 202): (in_state(State.RUNNING),),
    ("POST /api/runs/{run}/cancel", 409): (in_state(State.SUCCEEDED),),
    ("POST /api/jobs/{name}/backfill", 200): (as_a_dry_run,),
    ("GET /api/metrics", 501): (without_the_library,),
    ("GET /api/health/jobs", 200): (of_a_paused_job,),
    ("GET /api/health/jobs", 503): (of_a_job_that_is_missed, of_a_job_that_is_failing),
}
