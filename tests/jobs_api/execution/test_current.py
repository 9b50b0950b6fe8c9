"""What a command can know of its run, and that it may ask also where there is none."""

import threading
from decimal import Decimal

import pytest
from django.core.management import call_command

from jobs_api import RunStopped, current_run
from jobs_api.execution.current import CurrentRun
from jobs_api.execution.perform import perform
from jobs_api.models import JobRun
from tests.conftest import NOON

from .attempts import begun, performed


def test_outside_of_a_run_it_is_inert():
    run = current_run()
    assert not run
    assert (run.job_name, run.run_date, run.attempt) == ("", None, 0)
    run.progress(1, 2)
    run.check()
    assert (run.done, run.total, run.stopped, run.overdue) == (None, None, None, False)


def test_a_command_called_by_hand_meets_the_inert_one(toy):
    seen = []
    toy(lambda command, **options: seen.append((current_run().check(), bool(current_run()))))
    call_command("toy")
    assert seen == [(None, False)]


@pytest.mark.django_db
def test_within_a_run_it_tells_which_slot_of_which_job_it_is(declare, toy):
    seen = []

    def behave(command, **options):
        run = current_run()
        seen.append((bool(run), run.job_name, run.run_date, run.attempt))

    toy(behave)
    performed(declare())
    assert seen == [(True, "nightly", NOON, 1)]
    assert not current_run()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ((3, 7), (3, 7)),
        ((3,), (3, None)),
        ((Decimal("2.7"), 3.9), (2, 3)),
        ((True, 10**30), (1, 2**63 - 1)),
        ((-(10**30), 1), (-(2**63), 1)),
    ],
)
def test_progress_is_stored_with_the_run_whatever_number_it_is(declare, toy, said, stored):
    toy(lambda command, **options: current_run().progress(*said))
    run = performed(declare())
    assert (run.state, run.progress_done, run.progress_total) == ("succeeded", *stored)


@pytest.mark.django_db
@pytest.mark.parametrize("said", [("most",), (1, "all"), (None,), (float("nan"),)])
def test_a_progress_that_is_no_number_is_the_commands_error(declare, toy, said):
    toy(lambda command, **options: current_run().progress(*said))
    run = performed(declare())
    assert (run.state, run.reason, run.progress_done) == ("failed", "error", None)


@pytest.mark.django_db
def test_a_second_attempt_begins_without_the_progress_of_the_first(declare, toy):
    toy(lambda command, **options: current_run().progress(3, 7))
    run = performed(declare())
    assert run.record()["progress_done"] == 3


@pytest.mark.parametrize("reason", ["lost", "cancelled"])
def test_check_raises_once_it_was_asked_to_stop(reason):
    run = CurrentRun(attempt=1, timeout=60)
    run.check()
    run.stop(reason)
    with pytest.raises(RunStopped) as stop:
        run.check()
    assert stop.value.reason == reason
    assert str(stop.value) == f"The run was stopped: {reason}."


def test_check_raises_when_the_time_is_over():
    with pytest.raises(RunStopped) as stop:
        CurrentRun(attempt=1, timeout=-1).check()
    assert stop.value.reason == "timeout"


def test_the_first_reason_to_stop_stands():
    run = CurrentRun(attempt=1)
    run.stop("lost")
    run.stop("cancelled")
    assert run.stopped == "lost"


@pytest.mark.django_db
def test_a_thread_that_the_command_starts_is_outside_of_the_run(declare, toy):
    seen = []

    def behave(command, **options):
        thread = threading.Thread(target=lambda: seen.append(bool(current_run())))
        thread.start()
        thread.join()

    toy(behave)
    performed(declare())
    assert seen == [False]


@pytest.mark.django_db
def test_a_run_within_a_run_has_its_own(declare, toy):
    inner, outer, seen = declare("inner"), declare("outer"), []

    def behave(command, **options):
        if current_run().job_name == "outer":
            perform(inner, begun(inner))
        seen.append(current_run().job_name)

    toy(behave)
    perform(outer, begun(outer))
    assert seen == ["inner", "outer"]
    assert JobRun.objects.filter(state="succeeded").count() == 2
