"""Upgrades: a database of version 0.1.0 with rows of every state, and its code beside this one."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction
from django.utils import timezone

from jobs_api import Job, registry
from jobs_api.database import migrating
from jobs_api.models import JobDeclaration, JobPause, JobRun, JobState, State
from jobs_api.runs import job_state, pausing
from jobs_api.schedule.slots import current_slot
from tests.conftest import NOON
from tests.jobs_api.triggers.waiting import run_due

from . import release

pytestmark = pytest.mark.django_db(transaction=True)

HOURLY = {"schedule": "0 * * * *", "timezone": "UTC"}
JOBS = (
    Job("nightly", command="toy", schedule="0 12 * * *", timezone="UTC"),
    Job("berlin", command="toy", schedule="30 * * * *", timezone="Europe/Berlin", overlap="allow"),
    Job("manual", command="toy", timezone="UTC"),
)


@pytest.fixture
def upgraded(transactional_db):
    """The old schema with its rows, migrated to the newest; returns what the old version had read."""
    release.migrate(release.OLDEST)
    try:
        release.store_all()
        before = {table: release.read(table) for table in release.TABLES}
    finally:
        release.migrate()
    return before


@pytest.fixture
def declared(declare):
    declare()
    registry.fill(JOBS)
    job_state.forget()


def test_every_row_is_as_it_was(upgraded):
    assert {table: release.read(table) for table in release.TABLES} == upgraded
    assert {row["state"] for row in release.TABLES["jobs_api_jobrun"]} == set(State.values)


def test_what_was_known_is_known_since_then(upgraded, declared):
    fields = ("job_name", "schedule", "timezone", "since")
    assert set(JobDeclaration.objects.values_list(*fields)) == set(JobState.objects.values_list(*fields))
    _, found = job_state.standings(now=NOON)
    assert {item.since for item in found} == {NOON - timedelta(days=30)}


def test_new_columns_have_a_value(upgraded):
    for row in JobPause.objects.all():
        assert (row.resumed_by, row.resume_comment) == ("", "")


def test_every_run_is_shown(upgraded, declared, api):
    for run in JobRun.objects.all():
        assert api("GET", f"/api/runs/{run.pk}").status_code in (200, 202)
        assert api("GET", f"/api/runs/{run.pk}/output").status_code == 200


def test_run_due_goes_on_where_the_old_version_stopped(upgraded, declared):
    done = run_due(NOON)

    slots = {(result.job.name, result.run_date): result.outcome for result in done.results}
    assert slots["nightly", NOON] == "succeeded"  # missed
    assert slots["nightly", NOON - timedelta(days=8)] == "succeeded"  # failed, and its back-off is over
    # By a backfill, with options that this job lacks.
    ordered = NOON - timedelta(days=5) + timedelta(hours=2)
    assert not {"berlin"} & {name for name, _ in slots}  # paused
    lost = JobRun.objects.get(job_name="berlin", run_date=NOON - timedelta(days=5))
    assert (lost.state, lost.reason, lost.progress_done) == (State.FAILED, "lost", 3)

    pausing.resume(registry.get("berlin"), actor="ann", comment="", at=NOON)
    slots = {(result.job.name, result.run_date): result.outcome for result in run_due(NOON).results}
    assert slots["berlin", ordered] == "failed"


def test_and_back(upgraded):
    release.migrate(release.OLDEST)
    try:
        assert {table: release.read(table) for table in release.TABLES} == upgraded
    finally:
        release.migrate()


# -- side by side -----------------------------------------------------------------------------


@pytest.mark.parametrize("table", release.TABLES)
def test_the_old_version_writes_and_reads_its_columns(table, transactional_db):
    release.store_all()
    rows = release.TABLES[table]
    assert len(release.read(table)) == len(rows)
    for row in rows:
        quoted = [connection.ops.quote_name(name) for name in row]
        names = ", ".join(f"{name} = {name}" for name in quoted)
        assert release.says(f"UPDATE {table} SET {names} WHERE id = %s", row["id"])[0] == 1  # noqa: S608


def _slot(job):
    return current_slot(job.slots, timezone.now())


def test_of_a_trigger_of_each_version_one_runs(api, declare):
    job, now = declare(**HOURLY), timezone.now()
    slot = _slot(job)
    assert release.says(release.CLAIM, job.name, slot, now, job.name, now, now)[0] == 1

    path = "/api/jobs/nightly/run"
    body = {"run_date": slot.isoformat()}
    assert api("POST", path, json=body).json()["outcome"] == "already_running"
    assert release.says(release.RENEW)[0] == 1
    assert release.says(release.FINISH, now, job.name)[0] == 1
    assert api("POST", path, json=body).json()["outcome"] == "already_succeeded"


def test_the_old_version_finds_what_this_one_runs_and_takes_no_second_place(api, declare):
    job, now = declare(**HOURLY), timezone.now()
    api("POST", "/api/jobs/nightly/run")
    slot = JobRun.objects.get().run_date

    _, [found] = release.says(release.FIND, job.name, job.name, slot)
    assert (bool(found[0]), found[5]) == (False, State.SUCCEEDED)
    with pytest.raises(IntegrityError), transaction.atomic():
        release.says(release.CLAIM, job.name, slot, now, job.name, now, now)
    assert release.says(release.REAP, now)[0] == 0
    release.says(release.TOKEN)
    release.says(release.COUNT, job.name, now.date())


def test_old_processes_that_reset_what_they_know_mute_no_job_of_this_version(declare):
    job = declare(**HOURLY, catch_up_window=86400)
    job_state.know(job, at=NOON - timedelta(days=2))
    release.says(release.KNOW_FIRST, job.name, "30 * * * *", "UTC", NOON - timedelta(days=1))
    for minutes in (-10, -5, 0):
        release.says(release.KNOW, "30 * * * *", "UTC", NOON + timedelta(minutes=minutes), job.name)
        counts = run_due(NOON + timedelta(minutes=minutes)).counts

    assert counts == {"succeeded": 1}


def test_a_pause_of_either_holds_for_both(api, declare):
    job, now = declare(**HOURLY), timezone.now()
    release.says(release.PAUSE, job.name, now)
    assert api("POST", "/api/jobs/nightly/run").json()["outcome"] == "paused"
    assert release.says(release.RESUME, timezone.now(), job.name)[0] == 1
    assert api("POST", "/api/jobs/nightly/run").json()["outcome"] == "succeeded"


def test_the_old_version_takes_a_pause_for_open_until_its_row_is_closed(api, declare):
    job, now = declare(**HOURLY), timezone.now()
    pausing.pause(job, actor="ann", comment="", at=now - timedelta(hours=2), until=now - timedelta(hours=1))

    assert release.says(release.FIND, job.name, job.name, now)[1][0][0] == 1
    run_due(now)
    assert release.says(release.FIND, job.name, job.name, now)[1][0][0] == 0
    assert release.says(release.PAUSE, job.name, now)[0] == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one lock for all")
def test_a_migration_that_waits_for_a_lock_gives_up_before_a_trigger_does(transactional_db, monkeypatch):
    release.migrate(release.OLDEST)
    other = connections["default"].copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT * FROM jobs_api_jobpause")  # a report, say, that reads for hours
        with monkeypatch.context() as patch:
            patch.setattr(migrating, "SECONDS", 0.2)
            with pytest.raises(OperationalError, match="lock timeout"):
                release.migrate()
    finally:
        other.close()
        release.migrate()
