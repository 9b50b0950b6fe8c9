"""Brief reports, of which the overview is made: they read few columns of runs, and nothing else differs."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections

from jobs_api import registry
from jobs_api.database import alias
from jobs_api.models import JobDeclaration, State
from jobs_api.monitoring.report import JobBrief, job_briefs, job_reports
from jobs_api.runs import glances, job_state, pausing
from jobs_api.runs.glances import Glance
from tests.conftest import NOON, stored_run

pytestmark = pytest.mark.django_db

HOUR, MINUTE, TINY = timedelta(hours=1), timedelta(minutes=1), timedelta(microseconds=1)
NOW = NOON + 20 * MINUTE
RUNS = {
    "well": [{}],
    "fails": [{"state": State.FAILED, "reason": "error", "attempt": 2, "source": "cron", "trigger": "http"}],
    "failed_before": [
        {"state": State.SKIPPED},
        {"ago": 1, "state": State.FAILED, "finished_at": NOON - TINY},
    ],
    "never_begun": [{"state": State.QUEUED, "next_attempt_at": NOON}],
    "claimed": [
        {"state": State.CLAIMED, "claimed_at": NOON, "started_at": None, "lease_expires_at": NOW + HOUR}
    ],
    "runs": [{"state": State.RUNNING, "started_at": NOON + TINY, "lease_expires_at": NOW + HOUR}],
    "lost": [{"state": State.RUNNING, "lease_expires_at": NOW - TINY}],
    "hangs": [
        {"ago": 3, "state": State.RUNNING, "started_at": NOON - 3 * HOUR, "lease_expires_at": NOW + HOUR}
    ],
    "missed": [{"ago": 3}],
    "ahead": [{"ago": -2}, {"ago": 1, "state": State.FAILED, "started_at": None, "claimed_at": None}],
    "none": [],
    "paused": [{"ago": 1}],
}


@pytest.fixture
def jobs(declare):
    """Hourly jobs, each with the runs of `RUNS`; one that is known in two ways, and one not at all."""
    for name, runs in RUNS.items():
        job = declare(name, schedule="0 * * * *", grace=600, timezone="Asia/Kolkata", timeout=3600)
        job_state.know(job, at=NOON - timedelta(days=9) + TINY)
        for run in runs:
            stored_run(job, NOON - run.get("ago", 0) * HOUR, **{k: v for k, v in run.items() if k != "ago"})
    JobDeclaration.objects.create(job_name="well", schedule="@daily", timezone="UTC", since=NOON)
    pausing.pause(registry.get("paused"), actor="ana", comment="works", at=NOON - HOUR / 2)
    declare("unknown", schedule="0 * * * *")
    return registry.jobs()


def same(brief, report):
    """What a brief report says of its runs, and the whole one."""
    for run, whole in ((brief.newest, report.newest), (brief.last_started, report.last_started)):
        told = whole and {name: getattr(whole, name) for name in Glance._fields}
        yield (run and run._asdict()), told


def test_a_brief_report_says_the_same_of_every_job(jobs):
    briefs, reports = job_briefs(jobs, NOW, now=NOW), job_reports(jobs, now=NOW)
    assert [brief.job.name for brief in briefs] == [job.name for job in jobs]
    for brief, report in zip(briefs, reports, strict=True):
        names = {field.name for field in dataclasses.fields(JobBrief)} - {"newest", "last_started"}
        assert {name: getattr(brief, name) for name in names} == {
            name: getattr(report, name) for name in names
        }
        for told, whole in same(brief, report):
            assert told == whole
    assert {brief.health for brief in briefs} == {"ok", "failing", "missed", "overdue", "paused"}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL knows the zone of each instant")
def test_sqlite_may_keep_instants_in_another_zone(jobs, monkeypatch):
    monkeypatch.setitem(connections[alias()].__dict__, "timezone", ZoneInfo("Asia/Tokyo"))
    known = {each.name: each for each in glances.known(NOW)}
    assert known["none"].since == NOON - timedelta(days=9, hours=9) + TINY


def test_briefs_take_one_statement_less_than_reports(jobs, django_assert_num_queries):
    with django_assert_num_queries(4):  # one of them counts what waits for the end of a pause
        job_briefs(jobs, NOW)
    with django_assert_num_queries(5):
        job_reports(jobs)
