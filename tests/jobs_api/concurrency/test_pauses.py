"""Operators, triggers and run-due at the moment at which a pause begins or ends."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs_api.models import JobPause, JobRun
from jobs_api.runs import pausing
from jobs_api.runs.types import Trigger
from jobs_api.signals import job_resumed
from jobs_api.triggers import due
from tests.conftest import NOON
from tests.toys.child.start import go_on, reached, start

from .crowd import crowd

pytestmark = pytest.mark.django_db(transaction=True)

OPERATORS = 6
END = NOON + timedelta(minutes=5)


def test_operators_who_pause_a_job_differently_at_once_leave_one_pause(declare):
    job = declare()
    pausing.pause(job, actor="ann", comment="before", at=NOON - timedelta(hours=1))

    with crowd(OPERATORS) as together:
        changes = together(*[
            lambda name=f"operator {number}": pausing.pause(job, actor=name, comment=name, at=NOON, until=END)
            for number in range(OPERATORS)
        ])  # fmt: skip

    assert all(change.changed for change in changes)
    newest = pausing.last_pause(job)
    assert [row.pk for row in JobPause.objects.filter(ended_at=None)] == [newest.pk]
    assert JobPause.objects.count() == 1 + OPERATORS
    assert (newest.started_at, newest.until) == (NOON, END)


def test_of_operators_who_pause_and_resume_at_once_each_is_told_what_is_so(declare):
    job = declare()
    acts = [lambda: pausing.pause(job, actor="ann", comment="", at=NOON)] * 3
    acts += [lambda: pausing.resume(job, actor="bob", comment="", at=NOON)] * 3

    with crowd(OPERATORS) as together:
        changed = [change.changed for change in together(*acts)]

    begun, ended = sum(changed[:3]), sum(changed[3:])
    assert JobPause.objects.count() == begun
    assert JobPause.objects.filter(ended_at=None).count() == begun - ended in (0, 1)


@pytest.mark.parametrize("early", [timedelta(0), timedelta(seconds=1)], ids=["at its end", "just before it"])
def test_a_pause_that_is_over_is_told_once_whoever_notices(declare, heard, early):
    job = declare(schedule=None)
    pausing.pause(job, actor="ann", comment="", at=NOON, until=END)
    acts = [lambda: due.run_due(Trigger("run_due"), now=END)] * 3
    acts += [lambda: pausing.resume(job, actor="bob", comment="", at=END - early)] * 3

    with crowd(OPERATORS) as together:
        together(*acts)

    row = JobPause.objects.get()
    told = heard.one(job_resumed)
    assert (told["actor"], told["at"]) == (row.resumed_by, row.ended_at)
    assert row.resumed_by in ("", "bob" if early else "")


@pytest.mark.parametrize(
    ("hook", "outcome"),
    {
        "it had looked before": ("wait after jobs_api.runs.lookup:find", "succeeded"),
        "it looks afterwards": ("wait before jobs_api.runs.lookup:find", "paused"),
    }.values(),
)
def test_a_trigger_that_arrives_with_a_pause_starts_only_if_it_had_looked_before(declare, hook, outcome):
    job = declare(schedule=None)
    slot = timezone.now().replace(microsecond=0) - timedelta(minutes=5)
    child = start("jobs_run", job.name, "--run-date", slot.isoformat(), "--json", jobs=[job], hook=hook)
    reached(child)

    pausing.pause(job, actor="ann", comment="", at=timezone.now())
    go_on(child)

    said, complaint = child.communicate(timeout=60)
    assert child.returncode == 0, complaint
    lines = [line for line in said.splitlines() if line != "reached"]
    assert json.loads("\n".join(lines))[0]["outcome"] == outcome
    assert JobRun.objects.count() == (outcome == "succeeded")
