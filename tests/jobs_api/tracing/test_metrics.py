"""Counters and histograms of OpenTelemetry, with attributes that have few values."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import call_command

from jobs_api import registry
from jobs_api.models import JobRun, State
from jobs_api.runs.types import Trigger
from jobs_api.tracing import names
from tests.conftest import stored_run
from tests.databases import ONE_DATABASE
from tests.jobs_api.triggers.asking import RECENT, trigger

pytestmark = [pytest.mark.django_db(transaction=True), ONE_DATABASE]

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "tracing.md").read_text()


def nothing(command, **options):
    """Does nothing."""


def fails(command, **options):
    raise ValueError("boom")


def test_a_run_and_its_repeat(declare, toy, exported):
    toy(nothing)
    for _ in range(2):
        trigger(declare(), now=None)
    about = {"job": "nightly", "state": "succeeded"}
    assert exported.value("jobs_api.attempts", **about) == 1
    assert exported.value("jobs_api.attempt.duration", **about) == 1
    assert exported.value("jobs_api.attempt.lateness", job="nightly") == 1
    told = {"job": "nightly", "trigger": "http"}
    assert exported.value("jobs_api.triggers", outcome="succeeded", **told) == 1
    assert exported.value("jobs_api.triggers", outcome="already_succeeded", **told) == 1
    assert exported.points("jobs_api.active_attempts") == {}


def test_a_failure_has_its_reason_and_a_job_without_schedule_is_never_late(declare, toy, exported):
    toy(fails)
    trigger(declare(schedule=None), now=None)
    about = {"job": "nightly", "state": "failed", "reason": "error"}
    assert exported.value("jobs_api.attempts", **about) == 1
    assert exported.points("jobs_api.attempt.lateness") == {}


def test_what_runs_is_counted_while_it_runs(declare, toy, exported):
    seen = []
    toy(lambda command, **options: seen.append(exported.value("jobs_api.active_attempts", job="nightly")))
    trigger(declare(), now=None)
    assert (seen, exported.points("jobs_api.active_attempts")) == ([1], {})


def test_one_that_lost_its_lease_runs_no_more(declare, toy, exported):
    toy(lambda command, **options: JobRun.objects.update(attempt=2))
    trigger(declare(), now=None)
    assert exported.points("jobs_api.active_attempts") == {}


def test_a_lost_attempt_is_counted_once_by_whoever_closed_it(declare, exported):
    stored_run(declare(), RECENT, state=State.RUNNING)
    for _ in range(2):
        call_command("jobs_reap")
    about = {"job": "nightly", "state": "failed", "reason": "lost"}
    assert exported.points("jobs_api.attempts") == {
        tuple(sorted((f"jobs_api.{key}", value) for key, value in about.items())): 1
    }


def test_a_caller_that_invents_sources_and_a_job_that_is_gone_add_no_series(declare, toy, exported):
    toy(nothing)
    for number in range(20):
        trigger(declare(), now=None, by=Trigger("http", f"invented {number}", f"token {number}"))
    assert len(exported.points("jobs_api.triggers")) == 2
    for number in range(3):
        stored_run(declare(f"gone{number}"), RECENT, state=State.RUNNING)
    registry.fill([])
    call_command("jobs_reap")
    assert {dict(key)["jobs_api.job"] for key in exported.points("jobs_api.attempts")} == {
        "nightly",
        "_unknown",
    }


def test_the_page_lists_each_metric_and_each_attribute():
    mentioned = set(re.findall(r"`((?:jobs_api|error)\.[\w.]+)", PAGE))
    ours = {
        value
        for name, value in vars(names).items()
        if name.isupper() and isinstance(value, str) and value.startswith(("jobs_api.", "error."))
    }
    assert ours - mentioned == set()
