"""What services do after an answer, replayed: retries end, schedules stay enabled, one run per slot."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management.base import CommandError
from django.utils import timezone

from jobs_api.models import JobRun
from jobs_api.schedule.zones import stretches_back
from tests.jobs_api.api.endpoints import YEARLY

pytestmark = pytest.mark.django_db
RUN = "/api/jobs/nightly/run"
FOLDER = Path(__file__).parent / "requests"


def documented(name, **more):
    """The headers of a platform's own request, from the file of the caller."""
    (first, *_) = json.loads((FOLDER / f"{name}.json").read_text())
    return {**{key: value for key, value in first["headers"].items() if value != "{at}"}, **more}


@pytest.fixture
def fails_first(toy):
    """``fails_first(2)``: the command fails so often, then it works."""

    def arrange(times):
        left = [None] * times

        def behave(command, **options):
            if left:
                left.pop()
                raise CommandError("not yet")

        toy(behave)

    return arrange


def call(api, query="", **headers):
    response = api("POST", f"{RUN}{query}", headers=headers)
    return response.status_code, response.json()["outcome"]


# -- QStash: any answer but 2xx is called again, three times, after Retry-After -----------------


def qstash(api, retried):
    return call(api, "?source=qstash", **documented("qstash", **{"Upstash-Retried": str(retried)}))


def test_qstash_delivers_again_what_has_succeeded_and_is_told_so(api, declare):
    """Pain: its answer was lost on the way, and the message comes again."""
    declare(**YEARLY)
    assert [qstash(api, retried) for retried in (0, 1, 2)] == [
        (200, "succeeded"),
        (200, "already_succeeded"),
        (200, "already_succeeded"),
    ]
    assert JobRun.objects.get().attempt == 1


def test_qstash_retries_a_failed_slot_until_it_succeeds(api, declare, fails_first):
    declare(**YEARLY, retry_backoff=0)
    fails_first(2)
    answers = [qstash(api, retried) for retried in range(4)]
    assert answers == [(500, "failed"), (500, "failed"), (200, "succeeded"), (200, "already_succeeded")]
    assert JobRun.objects.get().attempt == 3


def test_qstash_is_told_when_the_next_try_is_due(api, declare, fails_first):
    declare(**YEARLY, retry_backoff=90)
    fails_first(1)
    assert qstash(api, 0) == (500, "failed")
    response = api("POST", f"{RUN}?source=qstash", headers=documented("qstash", **{"Upstash-Retried": "1"}))
    assert (response.status_code, response.json()["outcome"]) == (503, "retry_later")
    assert 1 <= int(response.headers["Retry-After"]) <= 91
    assert JobRun.objects.get().attempt == 1


def test_qstashs_retries_end_with_the_tries_of_the_job(api, declare, fails_first):
    declare(**YEARLY, retry_backoff=0, max_attempts=2)
    fails_first(9)
    assert [qstash(api, retried)[1] for retried in range(4)] == ["failed"] * 2 + ["attempts_exhausted"] * 2
    assert JobRun.objects.get().attempt == 2


# -- cron-job.org: a time of the repeated hour comes twice, errors disable the job --------------


def repeated_hour(zone):
    """The newest end of daylight saving of a zone, as the instant at which the clock went back."""
    return next(
        stretch.start for stretch in stretches_back(zone, timezone.now()) if stretch.offset < stretch.before
    )


REPEATED = {
    "Europe/Berlin": "30 2 * * *",
    "America/New_York": "30 1 * * *",
    "Australia/Lord_Howe": "45 1 * * *",
}


@pytest.mark.parametrize("zone", REPEATED)
def test_cron_job_org_calls_twice_in_the_repeated_hour_and_one_run_comes_of_it(api, declare, zone):
    """Pain: a job in the hour that the clock repeats runs twice. Its time is that of the call: `at`."""
    declare(schedule=REPEATED[zone], timezone=zone)
    back = repeated_hour(zone)
    turn = next(stretch for stretch in stretches_back(zone, back) if stretch.start == back)
    before = (back - timedelta(minutes=15 if zone == "Australia/Lord_Howe" else 30)).astimezone(UTC)
    answers = []
    for at in (before, before + (turn.before - turn.offset)):
        sent = documented("cron_job_org", **{"Jobs-Scheduled-At": at.isoformat()})
        answers.append(call(api, "?source=cron-job-org", **sent))
    assert answers == [(200, "succeeded"), (200, "already_succeeded")]
    assert JobRun.objects.get().run_date == before.replace(second=0, microsecond=0)


def test_cron_job_org_gets_no_error_for_a_job_that_still_runs(api, declare, toy):
    """It gives up after 30 s and calls at the next time: an error then would count against the job."""
    declare(**YEARLY)
    answers = []
    toy(lambda command, **options: answers.append(call(api, **documented("cron_job_org"))))
    assert call(api, **documented("cron_job_org")) == (200, "succeeded")
    assert answers == [(202, "already_running")]


# -- Kubernetes, GitHub Actions, pg_net ---------------------------------------------------------


def test_a_second_pod_of_a_failed_job_starts_nothing_before_its_time(api, declare, fails_first):
    """backoffLimit starts one more pod after 10 s; curl fails in both, and the Job ends as failed."""
    declare(**YEARLY)
    fails_first(1)
    sent = documented("kubernetes")
    assert call(api, "?source=kubernetes", **sent) == (500, "failed")
    assert call(api, "?source=kubernetes", **sent) == (503, "retry_later")
    assert JobRun.objects.get().attempt == 1


def test_a_pod_that_comes_hours_late_is_for_the_slot_of_its_job(api, declare):
    declare(schedule="0 * * * *")
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    late = now - timedelta(hours=5)
    sent = documented("kubernetes", **{"Jobs-Scheduled-At": late.isoformat()})
    assert call(api, "?source=kubernetes", **sent) == (200, "succeeded")
    assert JobRun.objects.get().run_date == late


def test_a_workflow_that_somebody_runs_again_changes_nothing(api, declare):
    declare(**YEARLY)
    sent = documented("github_actions")
    answers = [call(api, "?source=github-actions", **sent) for _ in range(3)]
    assert answers == [(200, "succeeded"), (200, "already_succeeded"), (200, "already_succeeded")]


def test_pg_cron_hands_over_its_minute_and_two_servers_make_one_run(api, declare):
    declare(schedule="*/5 * * * *")
    at = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=1)
    at -= timedelta(minutes=at.minute % 5)
    for late in (0, 1):  # the second one was busy
        sent = documented(
            "pg_net", **{"Jobs-Scheduled-At": f"{at + timedelta(minutes=late):%Y-%m-%dT%H:%M:00Z}"}
        )
        assert call(api, "?source=pg-cron", **sent)[0] == 200
    assert JobRun.objects.get().run_date == at
