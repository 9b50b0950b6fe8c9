"""The three health endpoints: is it up, can it take triggers, do the jobs run."""

import logging
from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import (
    InterfaceError,
    OperationalError,
    ProgrammingError,
    connection,
    connections,
    transaction,
)
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from jobs_api import database
from jobs_api.models import JobDeclaration, State
from jobs_api.runs import job_state, lookup, pausing
from tests.jobs_api.api.endpoints import PROBLEM, YEARLY, bearer, newest_run

LIVE, READY, JOBS = (f"/api/health/{name}" for name in ("live", "ready", "jobs"))


@pytest.fixture(autouse=True)
def _seen_nothing(monkeypatch):
    monkeypatch.setattr(database, "_migrated", set())


@pytest.fixture
def down(monkeypatch):
    """``down(error)``: every statement raises it from now on."""

    def break_with(error):
        def refuse(*args, **kwargs):
            raise error("could not connect to /run/postgresql as hunter2")

        monkeypatch.setattr(connection, "cursor", refuse)

    return break_with


def test_live_asks_nothing_of_the_database(client):
    response = client.get(LIVE)  # without the database mark, a statement would fail the test
    assert (response.status_code, response.json()) == (200, {"health": "ok"})


@pytest.mark.django_db
def test_live_and_ready_are_open(client):
    assert [client.get(path).status_code for path in (LIVE, READY)] == [200, 200]
    assert client.get(JOBS).status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_not_ready_without_a_database(client, down, error):
    down(error)
    response = client.get(READY)
    assert (response.status_code, response["Content-Type"]) == (503, PROBLEM)
    assert response.json()["type"] == "/api/docs/problems/not-ready"
    assert "hunter2" not in response.content.decode()
    assert client.get(LIVE).status_code == 200


def told(caplog):
    return [record for record in caplog.records if record.name == "jobs_api.monitoring.readiness"]


@pytest.mark.django_db
def test_why_a_process_is_not_ready_is_logged_once_and_so_is_its_end(client, monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("jobs_api.monitoring.readiness.TEST_EVERY", 0)
    assert client.get(READY).status_code == 200
    assert told(caplog) == []
    with monkeypatch.context() as patch:
        patch.setattr("jobs_api.monitoring.readiness._try_to_write", refused("could not connect to db-7"))
        answers = [client.get(READY) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503] * 3
    (record,) = told(caplog)
    assert (record.levelname, record.exc_info) == ("WARNING", None)
    assert record.getMessage() == (
        "This process accepts no triggers: The database cannot be reached. (could not connect to db-7)"
    )
    assert [client.get(READY).status_code for _ in range(2)] == [200, 200]
    assert [record.getMessage() for record in told(caplog)[1:]] == ["This process accepts triggers again."]


@pytest.mark.django_db
def test_another_reason_of_not_being_ready_is_logged_too(client, monkeypatch, caplog):
    monkeypatch.setattr("jobs_api.monitoring.readiness.TEST_EVERY", 0)
    for reason in ("could not connect to db-7", "attempt to write a readonly database"):
        monkeypatch.setattr("jobs_api.monitoring.readiness._try_to_write", refused(reason))
        client.get(READY)
    assert ["(could not" in record.getMessage() for record in told(caplog)] == [True, False]
    assert "accepts no writes" in told(caplog)[1].getMessage()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("The database did not answer in time.", None),
        ("database is locked", None),
        ("Anweisung wird abgebrochen", "57014"),
        ("Sperre konnte nicht gesetzt werden", "55P03"),
    ],
)
def test_a_database_that_is_locked_is_not_called_out_of_reach(client, monkeypatch, said, code):
    monkeypatch.setattr("jobs_api.monitoring.readiness._try_to_write", refused(said, code))
    answer = client.get(READY)
    assert (answer.status_code, answer.json()["detail"]) == (503, "The database did not answer in time.")


def refused(said, code=None):
    def refuse():
        cause = Exception(said)
        cause.sqlstate = code
        raise OperationalError(said) from cause

    return refuse


@pytest.mark.django_db
def test_not_ready_until_it_is_migrated(client):
    MigrationRecorder.Migration.objects.filter(app="jobs_api").delete()
    response = client.get(READY)
    assert response.status_code == 503
    assert "migrate" in response.json()["detail"]


VENDORS = ["mysql", "oracle", "microsoft", "unknown"]
"""As Django calls MariaDB, too; the last is that of a project without DATABASES."""


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_database_that_is_not_supported_is_named_and_nobody_is_told_to_migrate_it(
    api, client, declare, monkeypatch, vendor
):
    """Check E032 keeps `migrate` from running there. No statement is sent."""
    declare()
    monkeypatch.setitem(vars(connections["default"]), "vendor", vendor)
    for response in (client.get(READY), api("POST", "/api/jobs/nightly/run"), api("POST", "/api/run-due")):
        assert (response.status_code, response.json()["type"]) == (503, "/api/docs/problems/not-ready")
        detail = response.json()["detail"]
        assert f"does not support the database '{vendor}'. Use PostgreSQL or SQLite" in detail
        assert "migrate" not in detail
    with pytest.raises(CommandError, match=f"does not support the database '{vendor}'"):
        call_command("jobs_list")
    (error,) = [error for error in run_checks(tags=["jobs_api"]) if error.id == "jobs_api.E032"]
    assert f"'{vendor}'" in error.msg


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    ["ALTER TABLE jobs_api_jobrun RENAME TO old", "ALTER TABLE jobs_api_jobrun RENAME COLUMN tries TO old"],
)
def test_a_trigger_of_a_database_that_nobody_has_migrated_says_so(api, client, declare, change):
    declare()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(change)
        response = api("POST", "/api/jobs/nightly/run")
        transaction.set_rollback(True)
    assert (response.status_code, response.json()["type"]) == (503, "/api/docs/problems/not-ready")
    assert "manage.py migrate" in response.json()["detail"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "type"), [(OperationalError, "database-unavailable"), (ProgrammingError, "internal-error")]
)
def test_after_an_error_the_database_is_not_asked_what_it_means(
    api, declare, monkeypatch, django_assert_num_queries, error, type
):
    """One that hangs would be waited for twice."""
    declare()

    def broken(*args, **kwargs):
        raise error("something else")

    monkeypatch.setattr(lookup, "find", broken)
    with django_assert_num_queries(0):
        assert api("POST", "/api/jobs/nightly/run").json()["type"].endswith(type)


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
def test_a_database_that_only_reads_is_not_ready_and_takes_no_trigger(api, client, declare):
    declare()
    connection.cursor().execute("SET transaction_read_only = on")
    assert client.get(READY).status_code == 503
    response = api("POST", "/api/jobs/nightly/run")
    assert (response.status_code, "Retry-After" in response) == (503, True)


def known(job, days=5):
    since = timezone.now() - timedelta(days=days)
    JobDeclaration.objects.create(
        job_name=job.name, schedule=job.schedule, timezone=job.slots.timezone, since=since
    )
    return job


@pytest.mark.django_db
def test_healthy_jobs_are_200(api, declare):
    newest_run(known(declare("good")))
    declare("manual", schedule=None)
    response = api("GET", JOBS)
    assert response.status_code == 200
    kinds = ("missed", "failing", "overdue", "paused", "unstarted", "unknown")
    named = {"counts": dict.fromkeys(kinds, 0), **{kind: [] for kind in kinds}}
    nobody = {"last_call_at": None, "silent_count": 0, "sources": []}
    assert response.json() == {
        "health": "ok",
        **named,
        "clock": None,
        "differing": [],
        "alerts": {
            "open": 0,
            "errors": 0,
            "acknowledged": 0,
            "muted": 0,
            "evaluated_at": None,
            "stalled": False,
            "error": None,
            "channels": [],
        },
        "history": {"stalled": False, "since": None, "error": None},
        "check_ins": [],
        "pauses": [],
        **nobody,
    }


@pytest.mark.django_db
def test_a_job_that_nobody_has_called_since_it_was_declared_is_named(api, declare):
    known(declare("changed", schedule="0 4 * * *"))
    JobDeclaration.objects.update(schedule="0 3 * * *")
    declare("fresh")
    declare("manual", schedule=None)
    newest_run(known(declare("good")))
    said = api("GET", JOBS).json()
    assert (said["health"], said["missed"]) == ("ok", [])
    assert (said["unknown"], said["counts"]["unknown"]) == (["changed", "fresh"], 2)
    job_state.know_all(at=timezone.now())
    assert api("GET", JOBS).json()["unknown"] == []


@pytest.mark.django_db
def test_pain_17_missed_and_failing_jobs_are_503_and_named(api, declare):
    known(declare("forgotten"))
    newest_run(known(declare("broken")), State.FAILED, reason="error")
    expired = timezone.now() - timedelta(minutes=1)
    newest_run(known(declare("killed")), State.RUNNING, lease_expires_at=expired)
    newest_run(known(declare("good")))
    response = api("GET", JOBS)
    said = response.json()
    assert (response.status_code, response["Content-Type"]) == (503, PROBLEM)
    assert (said["missed"], said["failing"]) == (["forgotten"], ["broken", "killed"])
    assert all(name in said["detail"] for name in ("forgotten", "broken", "killed"))
    assert "good" not in response.content.decode()


@pytest.mark.django_db
def test_many_missed_jobs_are_counted_in_an_answer_under_8_kb(api, declare):
    for number in range(60):
        known(declare(f"{'forgotten' * 10}-{number:02}"))
    response = api("GET", JOBS)
    said = response.json()
    assert (response.status_code, said["counts"]["missed"], len(said["missed"])) == (503, 60, 10)
    assert "and 55 more" in said["detail"]
    assert len(response.content) < 8192


@pytest.mark.django_db
def test_a_job_that_was_not_known_or_is_paused_or_was_skipped_is_not_missed(api, declare):
    declare("new")
    pausing.pause(known(declare("resting")), actor="", comment="", at=timezone.now() - timedelta(days=4))
    newest_run(known(declare("left-out")), State.SKIPPED)
    response = api("GET", JOBS)
    assert response.status_code == 200
    assert response.json()["paused"] == ["resting"]


@pytest.mark.django_db
def test_a_job_that_was_rerun_well_is_not_failing(api, declare):
    job = known(declare(**YEARLY))
    run = newest_run(job, State.FAILED, reason="error", tries=3)
    assert api("GET", JOBS).status_code == 503
    api("POST", f"/api/runs/{run.pk}/rerun", headers=bearer("operate"))
    assert api("GET", JOBS).status_code == 200


@pytest.mark.django_db
def test_a_token_sees_the_health_of_its_own_jobs(api, declare):
    known(declare("forgotten"))
    newest_run(known(declare("good")))
    assert api("GET", JOBS, headers=bearer("read", patterns=("good",))).status_code == 200
    assert api("GET", JOBS, headers=bearer("read", patterns=("f*",))).status_code == 503
