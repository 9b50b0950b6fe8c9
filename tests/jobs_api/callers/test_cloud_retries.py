"""What the clouds do with our answers: each storm of repeats ends, and no schedule is disabled.

Which statuses are retried, and how often, is from the vendors: docs.aws.amazon.com/eventbridge/latest
("API destination error codes", "Retry policy"), google/cloud/scheduler/v1/job.proto in googleapis
(`retry_config`), learn.microsoft.com/azure/logic-apps/error-exception-handling.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.utils import timezone

from jobs_api.models import JobRun, State
from jobs_api.runs import pausing
from tests.conftest import BEARER, stored_run
from tests.jobs_api.api.endpoints import YEARLY, newest_run, newest_slot
from tests.jobs_api.callers.test_platforms import RUN
from tests.jobs_api.callers.test_requests import REQUESTS

pytestmark = pytest.mark.django_db

Responses = list[tuple[int, str]]


@dataclass(frozen=True)
class Platform:
    """How one platform repeats a call."""

    request: str
    """A case of test_requests."""
    retried: Callable[[int], bool]
    most: int
    """How many times at most."""
    heeds_retry_after: bool


PLATFORMS = {
    "eventbridge": Platform(
        "eventbridge: a scheduled event",
        lambda status: status in (401, 407, 409, 429) or status >= 500,
        185,
        True,
    ),
    "eventbridge-scheduler": Platform(
        "eventbridge_scheduler: an event that a schedule put on a bus",
        lambda status: status in (401, 407, 409, 429) or status >= 500,
        185,
        True,
    ),
    "cloud-scheduler": Platform(
        "cloud_scheduler: a job with an HTTP target", lambda status: not 200 <= status < 300, 5, False
    ),
    "azure-logic-apps": Platform(
        "azure_logic_apps: an HTTP action of a workflow with a Recurrence trigger",
        lambda status: status in (408, 429) or status >= 500,
        4,
        True,
    ),
}


@pytest.fixture(params=PLATFORMS)
def platform(request):
    return PLATFORMS[request.param]


def send(client, platform, at, *, path=RUN, **headers):
    """The documented request, for a scheduled time."""
    _, request = REQUESTS[platform.request]
    text = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = request["body"] if isinstance(request["body"], str) else json.dumps(request["body"])
    return client.generic(
        request["method"],
        path,
        body.replace("{at}", text),
        content_type=request["content_type"],
        headers={**BEARER, **{k: v.replace("{at}", text) for k, v in request["headers"].items()}, **headers},
    )


def deliver(client, platform, at, *, most=None, **headers) -> Responses:
    """One call with its repeats, until the platform is content or gives up; time passes as answers ask."""
    found: Responses = []
    for _ in range((platform.most if most is None else most) + 1):
        response = send(client, platform, at, **headers)
        found.append((response.status_code, response.json().get("outcome", "")))
        if not platform.retried(response.status_code):
            break
        if platform.heeds_retry_after and "Retry-After" in response:
            pass_time(int(response["Retry-After"]))
    return found


def pass_time(seconds: int) -> None:
    """As if so much time went by: back-offs end earlier."""
    for run in JobRun.objects.exclude(next_attempt_at=None):
        run.next_attempt_at -= timedelta(seconds=seconds)
        run.save(update_fields=["next_attempt_at"])


# -- one answer ends them ----------------------------------------------------------------------

CONTENT: dict[str, tuple[Callable[[Any], Any], Responses]] = {
    "done": (newest_run, [(200, "already_succeeded")]),
    "running": (lambda job: newest_run(job, State.RUNNING), [(202, "already_running")]),
    "cancelled": (
        lambda job: newest_run(job, State.CANCELLED, reason="cancelled"),
        [(200, "cancelled")],
    ),
    "paused": (
        lambda job: pausing.pause(job, actor="", comment="", at=timezone.now()),
        [(200, "paused")],
    ),
    "not begun": (lambda job: None, [(200, "succeeded")]),
}


@pytest.mark.parametrize(("arrange", "answers"), CONTENT.values(), ids=CONTENT)
def test_one_answer_ends_the_repeats(client, declare, platform, arrange, answers):
    job = declare(**YEARLY)
    arrange(job)
    assert deliver(client, platform, newest_slot(job)) == answers


def test_at_least_once_is_once(client, declare, platform):
    """Pain: an event of EventBridge is delivered more than once, a job of Cloud Scheduler runs twice."""
    job = declare(**YEARLY)
    answers = [deliver(client, platform, newest_slot(job)) for _ in range(3)]
    assert answers == [[(200, "succeeded")], *([[(200, "already_succeeded")]] * 2)]
    assert JobRun.objects.get().attempt == 1


def test_a_day_of_repeats_of_one_event_runs_it_once(client, declare):
    """Pain: each answer is lost on its way, so that one event comes 186 times in 24 hours."""
    job, platform = declare(**YEARLY), PLATFORMS["eventbridge"]
    outcomes = [send(client, platform, newest_slot(job)).json()["outcome"] for _ in range(186)]
    assert outcomes == ["succeeded"] + ["already_succeeded"] * 185
    assert JobRun.objects.get().attempt == 1


def test_two_events_of_one_scheduled_time_are_one_run(client, declare):
    """The scheduler put an event twice: the second has an id and a time of its own."""
    job, (_, request) = declare(**YEARLY), REQUESTS[PLATFORMS["eventbridge-scheduler"].request]
    at = newest_slot(job).astimezone(UTC).isoformat()
    outcomes = []
    for number in range(2):
        event = {**request["body"], "id": f"event-{number}", "time": f"2026-11-20T03:0{number}:00Z"}
        event["detail"] = {"job": "nightly", "scheduled_at": at}
        response = client.post(RUN, json.dumps(event), content_type="application/json", headers=BEARER)
        outcomes.append(response.json()["outcome"])
    assert outcomes == ["succeeded", "already_succeeded"]
    assert JobRun.objects.get().run_date == newest_slot(job)


# -- failures ----------------------------------------------------------------------------------


def failing(times: int) -> Callable[..., None]:
    left = iter(range(times))

    def behave(*args: Any, **options: Any) -> None:
        if next(left, None) is not None:
            raise CommandError("The toy was told to fail.")

    return behave


def test_a_failure_is_repeated_when_its_back_off_is_over_until_it_succeeds(client, declare, toy, platform):
    job = declare(**YEARLY, retry_backoff=30)
    toy(failing(1))
    answers = deliver(client, platform, newest_slot(job), most=4)
    if platform.heeds_retry_after:
        assert answers == [(500, "failed"), (503, "retry_later"), (200, "succeeded")]
        assert JobRun.objects.get().attempt == 2
    else:
        assert answers == [(500, "failed"), *([(503, "retry_later")] * 4)]


def test_what_fails_each_time_is_tried_as_often_as_declared_whatever_the_repeats(
    client, declare, toy, platform
):
    job = declare(**YEARLY, retry_backoff=0, max_attempts=3)
    toy(failing(1000))
    answers = deliver(client, platform, newest_slot(job))
    assert answers[:3] == [(500, "failed")] * 3
    assert set(answers[3:]) == {(500, "attempts_exhausted")}
    assert len(answers) == platform.most + 1
    assert JobRun.objects.get().attempt == 3


def test_the_repeats_of_our_export_are_enough_for_each_try(client, declare, toy):
    """`2 * max_attempts + 2`: a failed answer and one that asks to wait for each try, and two to spare."""
    job = declare(**YEARLY, retry_backoff=20, max_attempts=4)
    toy(failing(3))
    answers = deliver(client, PLATFORMS["eventbridge"], newest_slot(job), most=2 * 4 + 2)
    assert answers == [(500, "failed"), (503, "retry_later")] * 3 + [(200, "succeeded")]


def test_a_storm_with_a_wrong_token_starts_nothing_and_does_not_lock_out_the_right_one(client, declare):
    job, platform = declare(**YEARLY), PLATFORMS["eventbridge"]
    answers = deliver(client, platform, newest_slot(job), most=40, Authorization="Bearer wrong")
    assert {status for status, _ in answers} == {401, 429}
    assert not JobRun.objects.exists()
    assert deliver(client, platform, newest_slot(job)) == [(200, "succeeded")]


# -- old slots ---------------------------------------------------------------------------------

OLD: dict[str, tuple[dict[str, Any], dict[str, Any], timedelta, bool, str]] = {
    "yesterday's, done": ({}, {}, timedelta(days=1), True, "already_succeeded"),
    "yesterday's, never run": ({}, {}, timedelta(days=1), False, "succeeded"),
    "yesterday's, expired": ({"expires": 3600}, {}, timedelta(days=1), False, "expired"),
    "beyond the retention, pruned": ({}, {"RETENTION_DAYS": 2}, timedelta(days=3), False, "expired"),
}


@pytest.mark.parametrize(("fields", "limits", "age", "done", "outcome"), OLD.values(), ids=OLD)
def test_a_late_redelivery_means_its_own_slot_and_ends(
    client, declare, settings, platform, fields, limits, age, done, outcome
):
    """Pain: a redelivery of an old slot that runs today's once more, or repeats a run that was pruned."""
    settings.JOBS_API = {**settings.JOBS_API, **limits}
    job = declare(**fields)
    slot = newest_slot(job) - age
    if done:
        stored_run(job, slot)
    assert deliver(client, platform, slot) == [(200, outcome)]
    assert set(JobRun.objects.values_list("run_date", flat=True)) <= {slot}
    assert JobRun.objects.exists() == (outcome != "expired")


# -- Azure's asynchronous pattern ----------------------------------------------------------------


def test_a_workflow_that_polls_a_202_is_answered_until_the_run_ends(client, declare):
    """Where DisableAsyncPattern is left out: GET on Location with the same headers, until no 202 comes."""
    job, platform = declare(**YEARLY), PLATFORMS["azure-logic-apps"]
    run = newest_run(job, State.RUNNING)
    first = send(client, platform, newest_slot(job))
    assert (first.status_code, "Retry-After" in first) == (202, True)
    polls = []
    for state in (State.RUNNING, State.SUCCEEDED):
        if state == State.SUCCEEDED:
            end(run)
        polls.append(client.get(first["Location"], headers=BEARER).status_code)
    assert polls == [202, 200]


def end(run: JobRun) -> None:
    """Its holder succeeded."""
    ended = {"state": State.SUCCEEDED, "lease_expires_at": None, "held_job": None}
    JobRun.objects.filter(pk=run.pk).update(**ended, finished_at=timezone.now())
