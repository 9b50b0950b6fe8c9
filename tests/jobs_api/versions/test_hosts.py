"""Hosts report what they declare: who disagrees, on which job, and where one sees it."""

import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs_api import Job, database, registry
from jobs_api.models import JobHost, JobRun
from jobs_api.runs import hosts, job_state, state_machine
from tests.jobs_api.api.endpoints import YEARLY, bearer
from tests.jobs_api.database.hanging import another_session
from tests.jobs_api.management.calling import manage

pytestmark = pytest.mark.django_db(transaction=True)

RUN = "/api/jobs/nightly/run"
HERE = {"nightly": "0 3 * * * UTC"}


@pytest.fixture(autouse=True)
def fresh(settings):
    settings.TIME_ZONE = "UTC"
    hosts.forget()


@contextmanager
def someone_holding(statement):
    """Another session has sent it, and does not end its transaction; yields what lets go."""
    with another_session() as execute:
        execute("BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN")
        execute(statement)
        yield lambda: execute("ROLLBACK")


def report(monkeypatch, host, **ago):
    """As another host would, with what is declared now."""
    with monkeypatch.context() as patch:
        patch.setattr(state_machine, "HOST", host)
        hosts.forget()
        hosts.report(at=database.now() - timedelta(**ago))
    hosts.forget()


@pytest.fixture
def elsewhere(declare, monkeypatch):
    """``elsewhere("0 4 * * *", host="web-2")``: another host declares the job so; here it is at three."""

    def other(*schedules, host="web-2", time_zone=None, **ago):
        registry.fill(
            [Job(f"nightly{n or ''}", command="toy", schedule=each, timezone=time_zone)
             for n, each in enumerate(schedules)]
        )  # fmt: skip
        report(monkeypatch, host, **ago)
        registry.fill([Job("nightly", command="toy", schedule="0 3 * * *")])

    declare()
    return other


@pytest.mark.parametrize(
    ("schedules", "zone", "said"),
    [
        (["0 4 * * *"], None, ("nightly", "0 4 * * * UTC", "0 3 * * * UTC")),
        (["0 3 * * *"], "Europe/Berlin", ("nightly", "0 3 * * * Europe/Berlin", "0 3 * * * UTC")),
        ([None], None, ("nightly", "on demand UTC", "0 3 * * * UTC")),
        (["0 3 * * *", "@hourly"], None, ("nightly1", "@hourly UTC", "not declared")),
        ([], None, ("nightly", "not declared", "0 3 * * * UTC")),
    ],
)
def test_jobs_list_tells_who_disagrees_and_on_which_job(elsewhere, schedules, zone, said):
    elsewhere(*schedules, time_zone=zone)

    told = manage("jobs_list", "--hosts")

    assert told.lines[-1] == " ".join(("web-2", *said))
    differences = manage("jobs_list", "--hosts", "--json").json()["differences"]
    assert differences == [dict(zip(("host", "job", "there", "here"), ("web-2", *said), strict=True))]


def test_hosts_whose_TIME_ZONE_differs_disagree_on_the_jobs_that_name_none(elsewhere, settings, declare):
    settings.TIME_ZONE = "America/New_York"
    elsewhere("0 3 * * *")
    settings.TIME_ZONE = "UTC"
    registry.fill([Job("nightly", command="toy", schedule="0 3 * * *")])

    [row] = manage("jobs_list", "--hosts", "--json").json()["hosts"]

    assert (row["host"], row["time_zone"], row["differs_in"]) == ("web-2", "America/New_York", 1)


def test_health_names_the_jobs_and_keeps_its_status(api, elsewhere):
    elsewhere("0 4 * * *", "0 5 * * *")

    answer = api("GET", "/api/health/jobs")

    assert (answer.status_code, answer.json()["differing"]) == (200, ["nightly", "nightly1"])
    mine = api("GET", "/api/health/jobs", headers=bearer("read", patterns=["nightly1"]))
    assert mine.json()["differing"] == ["nightly1"]
    assert "Hosts declare these jobs differently: nightly, nightly1." in manage("jobs_list").err


@pytest.mark.parametrize("path", [RUN, "/api/run-due"])
def test_a_trigger_or_run_due_reports_and_warns_once(api, elsewhere, caplog, path):
    elsewhere("0 4 * * *")
    caplog.clear()

    for _ in range(3):
        api("POST", path)

    mine = JobHost.objects.get(host=state_machine.HOST)
    assert (mine.declarations, mine.time_zone) == (HERE, "UTC")
    assert abs(mine.seen_at - timezone.now()) < timedelta(seconds=30)
    warned = [record.message for record in caplog.records if record.name == "jobs_api.runs.hosts"]
    assert warned == [
        "Hosts declare these jobs differently: nightly. `manage.py jobs_list --hosts` shows which."
    ]


def test_a_process_reports_again_after_an_hour(api, declare, monkeypatch):
    declare(**YEARLY)
    api("POST", "/api/run-due")
    JobHost.objects.update(seen_at=timezone.now() - timedelta(days=1))
    api("POST", "/api/run-due")
    assert JobHost.objects.get().seen_at < timezone.now() - timedelta(hours=1)

    monkeypatch.setattr(hosts, "EVERY", 0)
    api("POST", "/api/run-due")

    assert JobHost.objects.get().seen_at > timezone.now() - timedelta(hours=1)


def test_two_versions_on_one_host_are_two_rows(elsewhere, monkeypatch):
    elsewhere("0 4 * * *", host=state_machine.HOST)

    hosts.report(at=database.now())

    assert JobHost.objects.filter(host=state_machine.HOST).count() == 2
    assert [item.job for item in hosts.differences(at=database.now())] == ["nightly"]


@pytest.mark.parametrize(("ago", "differing"), [({"hours": 1}, ["nightly"]), ({"hours": 3}, [])])
def test_a_host_that_has_gone_is_not_held_against_the_others(api, elsewhere, ago, differing):
    elsewhere("0 4 * * *", **ago)

    assert api("GET", "/api/health/jobs").json()["differing"] == differing


def test_a_clean_up_forgets_hosts_after_a_week(elsewhere):
    elsewhere("0 4 * * *", host="gone", days=9)
    elsewhere("0 4 * * *", host="here", days=7)

    manage("jobs_prune")

    assert list(JobHost.objects.values_list("host", flat=True)) == ["here"]


def test_hosts_that_agree_are_not_named(api, elsewhere):
    elsewhere("0 3 * * *")

    assert api("GET", "/api/health/jobs").json()["differing"] == []
    assert manage("jobs_list").err == ""
    assert manage("jobs_list", "--hosts").lines[-1].startswith("web-2 ")


def test_nobody_has_reported_yet(declare):
    assert manage("jobs_list", "--hosts").out == "No host has reported yet. jobs_run_due reports.\n"


def test_a_repeat_reports_nothing(api, declare):
    declare(**YEARLY)
    api("POST", RUN)
    hosts.forget()

    with CaptureQueriesContext(connection) as queries:
        assert api("POST", RUN).json()["outcome"] == "already_succeeded"

    assert len(queries) == 1


def test_a_report_that_fails_stops_no_trigger(api, declare, monkeypatch, caplog):
    declare(**YEARLY)

    def broken(*asked):
        raise DatabaseError("the table is locked")

    monkeypatch.setattr(hosts, "_write", broken)

    assert api("POST", RUN).json()["outcome"] == "succeeded"
    assert "could not be reported" in caplog.text


@pytest.mark.parametrize("path", [RUN, "/api/run-due"])
def test_a_report_that_waits_for_a_lock_leaves_the_trigger_most_of_its_time(
    api, declare, toy, settings, monkeypatch, caplog, path
):
    toy(lambda command, **options: None)
    job = declare(**YEARLY, catch_up_window=400 * 86400)
    job_state.know(job, at=timezone.now().replace(year=2020))
    hosts.report(at=database.now())
    hosts.forget()
    settings.JOBS_API = {**settings.JOBS_API, "DATABASE_SECONDS": 6}

    warn, gave_up_at = hosts.logger.warning, []

    with someone_holding("UPDATE jobs_api_jobhost SET seen_at = seen_at") as let_go:

        def warning(*args, **options):
            gave_up_at.append(time.monotonic())
            if connection.vendor == "sqlite":  # its lock is one for all tables
                let_go()
            warn(*args, **options)

        monkeypatch.setattr(hosts.logger, "warning", warning)
        began = time.monotonic()
        answer = api("POST", path)

    assert answer.status_code == 200, answer.content
    assert gave_up_at[0] - began < 5, "of six seconds it has a fifth"
    assert "could not be reported" in caplog.text
    assert JobRun.objects.get().state == "succeeded"


def test_a_host_whose_clock_is_off_says_by_how_much(declare, monkeypatch):
    declare()
    monkeypatch.setattr(hosts.clock, "off", lambda: timedelta(hours=-1))
    report(monkeypatch, "web-2")

    [row] = manage("jobs_list", "--hosts", "--json").json()["hosts"]

    assert row["clock_off"] == "-3600 s"
