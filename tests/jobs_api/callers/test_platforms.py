"""What each platform's request leads to, over HTTP: its name, its slot, its own ids."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from jobs_api.models import JobRun, State
from tests.conftest import BEARER
from tests.jobs_api.api.endpoints import YEARLY, bearer, newest_run, newest_slot

pytestmark = pytest.mark.django_db

RUN = "/api/jobs/nightly/run"
DAY = (timezone.now() - timedelta(days=3)).date()
SLOT = datetime(DAY.year, DAY.month, DAY.day, 3, tzinfo=UTC)
LATE = f"{DAY}T09:30:00Z"
"""Hours after SLOT, and still for it."""
OCTETS = {"content_type": "application/octet-stream"}


def cloud_scheduler(at, **headers):
    mark = {"X-CloudScheduler": "true", "X-CloudScheduler-JobName": "projects-nightly"}
    return {**mark, "X-CloudScheduler-ScheduleTime": at, "User-Agent": "Google-Cloud-Scheduler", **headers}


def event(at, **members):
    body = {"version": "0", "id": "53dc4d37", "detail-type": "Scheduled Event", "source": "aws.events"}
    return {**body, "time": at, "resources": ["arn:aws:events:rule/nightly"], "detail": {}, **members}


# -- who it is --------------------------------------------------------------------------------

USER_AGENTS = {
    "Amazon/EventBridge/ApiDestinations": "eventbridge",
    "Google-Cloud-Scheduler": "cloud_scheduler",
    "vercel-cron/1.0": "vercel",
    "Upstash-QStash": "qstash",
    "pg_net/0.14.0": "pg_net",
    "cron-job.org": "cron_job_org",
    "curl/8.9.1": "curl",
    "Mozilla/5.0 (curl/8.9.1)": "",
    "python-requests/2.32": "",
    "": "",
}


@pytest.mark.parametrize(("user_agent", "name"), USER_AGENTS.items(), ids=USER_AGENTS.keys())
def test_the_user_agent_is_recorded_as_source(api, declare, user_agent, name):
    declare(**YEARLY)
    run = api("POST", RUN, headers={"User-Agent": user_agent}).json()["run"]
    assert api("GET", run["url"]).json()["source"] == (name or None)


def test_source_in_the_query_wins_and_the_name_of_the_token_is_recorded_too(api, declare):
    declare(**YEARLY)
    headers = {**bearer("trigger", name="paris"), "User-Agent": "curl/8"}
    api("POST", f"{RUN}?source=render-eu", headers=headers)
    run = JobRun.objects.get()
    assert (run.source, run.actor, run.trigger) == ("render-eu", "paris", "http")


def test_cron_secret_is_recorded_by_its_name_and_a_long_source_is_cut(api, declare):
    declare(**YEARLY)
    assert api("POST", f"{RUN}?source={'x' * 300}").status_code == 200
    run = JobRun.objects.get()
    assert (run.source, run.actor) == ("x" * 100, "CRON_SECRET")


def test_an_empty_source_is_none(api, declare):
    declare(**YEARLY)
    api("POST", f"{RUN}?source=", headers={"User-Agent": "curl/8"})
    assert JobRun.objects.get().source == "curl"


# -- which slot it means ----------------------------------------------------------------------


def test_cloud_schedulers_header_chooses_an_older_slot_and_is_noted(api, declare):
    declare()
    response = api("POST", RUN, headers=cloud_scheduler(LATE), **OCTETS)
    assert response.json()["run_date"] == SLOT.isoformat()
    run = JobRun.objects.get()
    assert (run.run_date, run.source) == (SLOT, "cloud_scheduler")
    assert LATE in run.note
    assert "projects-nightly" in run.note


def test_eventbridges_time_chooses_an_older_slot_and_its_id_is_noted(api, declare):
    declare()
    assert api("POST", RUN, json=event(LATE)).json()["run_date"] == SLOT.isoformat()
    run = JobRun.objects.get()
    assert run.source == "eventbridge"
    assert LATE in run.note
    assert "53dc4d37" in run.note


def test_a_redelivered_event_finds_its_own_slot(api, declare):
    declare()
    outcomes = [api("POST", RUN, json=event(LATE)).json()["outcome"] for _ in range(2)]
    assert outcomes == ["succeeded", "already_succeeded"]
    assert api("POST", RUN).json()["outcome"] == "succeeded"  # today's


@pytest.mark.parametrize("early", [timedelta(seconds=59), timedelta(seconds=0)])
def test_a_scheduled_time_a_little_early_means_the_slot_that_follows(api, declare, early):
    declare()
    at = (SLOT - early).isoformat()
    assert api("POST", RUN, headers=cloud_scheduler(at)).json()["run_date"] == SLOT.isoformat()


def test_an_event_that_is_not_scheduled_hands_over_no_time(api, declare):
    declare()
    api("POST", RUN, json=event(LATE, **{"detail-type": "EC2 Instance State-change Notification"}))
    run = JobRun.objects.get()
    assert run.run_date > SLOT
    assert (run.source, run.note) == ("eventbridge", "53dc4d37")


USELESS = {
    "future": (f"{timezone.now().year + 1}-01-01T00:00:00Z", "future"),
    "naive": (f"{DAY}T09:30:00", "unreadable"),
    "words": ("yesterday", "unreadable"),
    "empty": ("", "unreadable"),
    "unix": ("1700000000", "unreadable"),
    "date": (f"{DAY}", "unreadable"),
    "before-there-were-slots": ("0001-01-01T00:00:00+14:00", "unreadable"),
    "after-there-are-slots": ("9999-12-31T23:59:59-14:00", "unreadable"),
    "impossible": ("2026-02-30T00:00:00Z", "unreadable"),
}


@pytest.mark.parametrize("platform", ["header", "event"])
@pytest.mark.parametrize(("at", "why"), USELESS.values(), ids=USELESS.keys())
def test_a_useless_time_is_ignored_and_noted(api, declare, platform, at, why):
    job = declare(**YEARLY)
    sent = {"headers": cloud_scheduler(at)} if platform == "header" else {"json": event(at)}
    response = api("POST", RUN, **sent)
    assert response.status_code == 200
    run = JobRun.objects.get()
    assert run.run_date == newest_slot(job)
    assert "ignored the scheduled time" in run.note
    assert why in run.note


@pytest.mark.parametrize("at", [None, 5, ["x"], {}])
def test_an_event_with_a_time_that_is_no_text_has_none(api, declare, at):
    job = declare(**YEARLY)
    assert api("POST", RUN, json=event(at)).status_code == 200
    assert JobRun.objects.get().run_date == newest_slot(job)


def test_a_scheduled_time_that_is_too_old_is_expired(api, declare):
    declare(expires=3600)
    assert api("POST", RUN, headers=cloud_scheduler(LATE)).json()["outcome"] == "expired"


def test_an_explicit_run_date_wins_over_the_platforms_time(api, declare):
    declare()
    named = SLOT - timedelta(days=1)
    response = api("POST", f"{RUN}?run_date={named.date()}", headers=cloud_scheduler(LATE))
    assert response.json()["run_date"] == named.isoformat()


@pytest.mark.parametrize("headers", [{"Authorization": ""}, {"X-Jobs-Token": "wrong"}], ids=["none", "wrong"])
def test_a_scheduled_time_is_used_only_after_the_token_is_right(api, declare, headers):
    declare()
    for sent in ({"headers": cloud_scheduler(LATE, **headers)}, {"headers": headers, "json": event(LATE)}):
        assert api("POST", RUN, **sent).status_code == 401
    assert not JobRun.objects.exists()


@pytest.mark.parametrize(
    "name", ["X-Scheduled-Time", "X-CloudScheduler-Schedule-Time", "Date", "X-Vercel-Time"]
)
def test_a_header_that_no_platform_documents_chooses_nothing(api, declare, name):
    declare()
    api("POST", RUN, headers={name: LATE, "User-Agent": "vercel-cron/1.0"})
    assert JobRun.objects.get().run_date > SLOT


# -- what it calls itself ---------------------------------------------------------------------


def test_qstashs_ids_are_noted(api, declare):
    declare(**YEARLY)
    ids = {"Upstash-Message-Id": "msg_1", "Upstash-Schedule-Id": "scd_2", "Upstash-Retried": "3"}
    api("POST", RUN, headers={**ids, "User-Agent": "Upstash-QStash"})
    run = JobRun.objects.get()
    assert run.source == "qstash"
    assert all(f"{name} {value}" in run.note for name, value in ids.items())


def test_qstash_is_known_by_its_ids_whatever_its_user_agent(api, declare):
    declare(**YEARLY)
    api("POST", RUN, headers={"Upstash-Message-Id": "msg_1", "User-Agent": "Go-http-client/2.0"})
    assert JobRun.objects.get().source == "qstash"


def test_a_long_reference_is_cut(api, declare):
    declare(**YEARLY)
    api("POST", RUN, headers=cloud_scheduler("", **{"X-CloudScheduler-JobName": "x" * 5000}))
    assert len(JobRun.objects.get().note) < 500


def test_a_repeat_does_not_change_what_is_on_record(api, declare):
    run = newest_run(declare(**YEARLY), State.SUCCEEDED, source="curl", note="first")
    api("POST", RUN, headers={**BEARER, "Upstash-Message-Id": "msg_1"})
    run.refresh_from_db()
    assert (run.source, run.note) == ("curl", "first")
