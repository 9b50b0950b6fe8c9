"""huey: periodic tasks that ask for our next slot, run by huey itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from huey import MemoryHuey

from jobs_api.bridges.huey import SlotCheck, add_jobs
from jobs_api.exceptions import BadInput
from jobs_api.models import JobRun, State
from jobs_api.schedule.slots import Schedule
from tests.conftest import NOON
from tests.jobs_api.bridges.nights import NIGHTS, span, times
from tests.jobs_api.execution.attempts import raising

MINUTE = timedelta(minutes=1)


def names(huey):
    return sorted(task.name for task in huey._registry.periodic_tasks)


def test_each_job_with_a_schedule_is_a_periodic_task_and_run_due(declare):
    declare("nightly")
    declare("by_hand", schedule=None)
    huey = MemoryHuey()
    add_jobs(huey)
    assert names(huey) == ["jobs_api_nightly", "jobs_api_run-due"]
    other = MemoryHuey()
    add_jobs(other, "nightly", run_due_every=None, retries=5, priority=9)
    (task,) = other._registry.periodic_tasks
    assert (task.default_retries, task.default_priority) == (0, 9)
    with pytest.raises(BadInput):
        add_jobs(MemoryHuey(), "weekly")


@pytest.mark.parametrize("case", NIGHTS, ids=lambda case: "-".join(map(str, case)))
def test_the_check_is_exact_when_clocks_change_though_huey_looks_in_mid_minute(case):
    line, zone, day = case
    start, end = span(zone, day)
    check, now, fired = SlotCheck(Schedule.parse(line, zone)), start + timedelta(seconds=37), []
    while now <= end + MINUTE:
        if check.is_due(now):
            fired.append(now.replace(second=0))
        now += MINUTE
    assert times(fired) == NIGHTS[case]


def test_a_look_that_comes_late_drops_no_slot():
    check = SlotCheck(Schedule.parse("0 12 * * *", "UTC"))
    assert not check.is_due(NOON - MINUTE)
    assert check.is_due(NOON + timedelta(minutes=4))
    assert not check.is_due(NOON + timedelta(minutes=5))


def test_a_clock_that_is_set_back_fires_once_more_at_most():
    check = SlotCheck(Schedule.parse("0 12 * * *", "UTC"))
    assert check.is_due(NOON + timedelta(seconds=1))
    assert not check.is_due(NOON - timedelta(hours=2))
    assert check.is_due(NOON + timedelta(seconds=1))


@pytest.mark.parametrize("utc", [True, False])
def test_hueys_own_clock_makes_no_difference(declare, utc):
    declare("nightly", schedule="* * * * *")
    huey = MemoryHuey(utc=utc)
    add_jobs(huey, run_due_every=None)
    assert [task.name for task in huey.read_periodic(None)] == ["jobs_api_nightly"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("behaviour", "state"), [(None, State.SUCCEEDED), (raising(SystemExit(3)), State.FAILED)]
)
def test_a_task_runs_its_job_and_huey_neither_dies_nor_tries_again(declare, toy, behaviour, state):
    """Pain 34: a failed job ends no worker, and the engine does not try again what is ours to retry."""
    toy(behaviour or (lambda command, **options: None))
    declare("nightly", schedule="* * * * *", max_attempts=3)
    huey = MemoryHuey()
    add_jobs(huey, run_due_every=None)
    (task,) = huey.read_periodic(None)
    huey.enqueue(task)
    huey.execute(huey.dequeue())
    run = JobRun.objects.get()
    assert (run.source, run.state) == ("huey", state)
    assert (huey.pending_count(), huey.scheduled_count(), huey.result_count()) == (0, 0, 0)
