"""Whoever is refused hears it in time, also while somebody's lock keeps the entry out of the audit."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from jobs_api.models import AuditEntry, State
from jobs_api.runs import job_state
from tests.jobs_api.api.endpoints import YEARLY, bearer, newest_run

from .hanging import another_session

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def nobody_writes():
    """As while a command holds SQLite's lock; on PostgreSQL, the audit is locked."""
    with another_session() as execute:
        execute("BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN")
        if connection.vendor == "postgresql":
            execute(f"LOCK TABLE {AuditEntry._meta.db_table} IN EXCLUSIVE MODE")
        yield


@pytest.mark.parametrize("state", [State.RUNNING, State.QUEUED])
def test_a_refusal_is_answered_and_the_log_has_it(api, declare, impatient, caplog, state):
    job, token = declare(**YEARLY), bearer("operate", "trigger")
    run = newest_run(job, state, **lease(state))
    job_state.know_all(at=timezone.now())
    api("GET", f"/api/runs/{run.pk}", headers=token)  # notes the token's use, at most once a minute
    before = AuditEntry.objects.count()
    with nobody_writes():
        impatient(2)
        assert api("POST", f"/api/runs/{run.pk}/rerun", json={}, headers=token).status_code == 409
    assert "Not in the audit: rerun by" in caplog.text
    assert AuditEntry.objects.count() == before
    assert api("POST", f"/api/runs/{run.pk}/rerun", json={}, headers=token).status_code == 409
    assert AuditEntry.objects.count() == before + 1


def lease(state):
    held = {"lease_expires_at": timezone.now() + timedelta(hours=1)}
    return held if state == State.RUNNING else {}


def test_what_would_change_something_is_not_done_without_its_entry(api, declare, impatient):
    declare(**YEARLY)
    token = bearer("operate", "trigger")
    api("POST", "/api/jobs/nightly/resume", json={}, headers=token)
    before = AuditEntry.objects.count()
    with nobody_writes():
        impatient()
        assert api("POST", "/api/jobs/nightly/pause", json={}, headers=token).status_code == 503
    impatient(10)
    assert api("GET", "/api/jobs/nightly", headers=bearer("read")).json()["paused"] is False
    assert AuditEntry.objects.filter(action="pause").count() == 0
    assert AuditEntry.objects.count() == before + 1  # of the token that has just asked
