"""What shows that a host's clock is wrong, before anybody wonders about its logs."""

import json
from datetime import timedelta

import pytest

from jobs_api import clock, database
from jobs_api.models import JobDeclaration, JobRun
from jobs_api.schedule.slots import Schedule, current_slot
from tests.jobs_api.management import processes
from tests.jobs_api.management.calling import manage

from .conftest import RIGHT

pytestmark = pytest.mark.django_db(transaction=True)

FAST = "This host's clock is 3600 s ahead of the database's."
SLOW = "This host's clock is 86400 s behind the database's."
SHOWN = [({"hours": 1}, FAST), ({"days": -1}, SLOW), ({"seconds": 50}, None), ({}, None)]


@pytest.mark.parametrize(("ahead", "said"), SHOWN)
def test_health_and_jobs_list_say_so_and_stay_green(api, declare, set_clock, ahead, said):
    declare(schedule=None)
    set_clock(**ahead)
    manage("jobs_list")  # the first answer of the database tells

    answer = api("GET", "/api/health/jobs")

    assert (answer.status_code, answer.json().get("clock")) == (200, said)
    assert manage("jobs_list", "--json").err.strip() == (said or "")


def test_the_log_says_it_once(set_clock, caplog):
    set_clock(hours=1)
    for _ in range(3):
        database.now()

    assert [record.message for record in caplog.records] == [
        f"{FAST} jobs_api uses the database's; correct this host's clock."
    ]


def test_and_again_after_it_was_right(set_clock, monkeypatch, caplog):
    monkeypatch.setattr(clock, "FRESH", 0)
    monkeypatch.setattr(clock, "SLOW", 60)  # also on a busy machine
    for seconds in (90, 0, -90):
        monkeypatch.setattr(clock, "host", lambda seconds=seconds: RIGHT() + timedelta(seconds=seconds))
        database.now()

    assert ["ahead of" in record.message for record in caplog.records] == [True, False]


def test_an_answer_that_took_long_tells_nothing(set_clock, monkeypatch):
    set_clock()
    heard = database.now()
    clock.note_reading(heard - timedelta(days=1), clock.time.monotonic() - 30)

    assert abs(clock.guess() - heard) < timedelta(seconds=20)


FAKED = """
from datetime import timedelta
import time
from django.utils import timezone

ahead, right, seconds = {ahead}, timezone.now, time.time
timezone.now = lambda: right() + timedelta(seconds=ahead)
time.time = lambda: seconds() + ahead
"""


@pytest.mark.parametrize("ahead", [365 * 86400, -3600])
def test_a_real_process_with_a_wrong_clock_runs_the_slot_of_now(tmp_path, ahead):
    (tmp_path / "sitecustomize.py").write_text(FAKED.format(ahead=ahead))
    schedule = f"0 {(RIGHT().hour + 12) % 24} * * *"  # hours away: no slot comes due between the calls
    wrong = {"PYTHONPATH": str(tmp_path), "HOST_SCHEDULE": schedule}
    known = {"schedule": schedule, "timezone": "UTC", "since": RIGHT() - timedelta(days=9)}
    JobDeclaration.objects.create(job_name="fine", **known)

    before = RIGHT()
    said = processes.manage("jobs_run_due", "--json", **wrong)
    again = processes.manage("jobs_run", "fine", "--json", **wrong)
    after = RIGHT()

    assert [json.loads(each.stdout)[0]["outcome"] for each in (said, again)] == [
        "succeeded",
        "already_succeeded",
    ], said.stderr
    assert "This host's clock is" in said.stderr
    run = JobRun.objects.get()
    daily = Schedule.parse(schedule, "UTC")
    assert run.run_date in {current_slot(daily, before), current_slot(daily, after)}
    assert before - timedelta(seconds=1) <= run.started_at <= run.finished_at <= after
