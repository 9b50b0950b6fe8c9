"""A process that is told to stop hands its attempt back: written last, and raised again."""

import sys
import time
from contextlib import suppress

import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from jobs_api.execution.perform import perform
from jobs_api.models import JobRun
from jobs_api.runs import lookup
from jobs_api.runs.stopping import SERVERS
from jobs_api.runs.types import Trigger
from jobs_api.triggers.dispatch import Request, dispatch

from .attempts import begun, output_of, performed, raising

pytestmark = pytest.mark.django_db


def function_of(module: str, line: str = "raise SystemExit(0)", name: str = "handle_exit", **scope):
    """A function whose frame belongs to that module."""
    scope["__name__"] = module
    exec(f"def {name}():\n    {line}", scope)  # noqa: S102
    return scope[name]


def stopping_in(module, *line_and_name):
    def behave(command, **options):
        print("so far")
        function_of(module, *line_and_name, SoftTimeLimitExceeded=SoftTimeLimitExceeded)()

    return behave


STOPS = {
    "Ctrl-C": (raising(KeyboardInterrupt()), KeyboardInterrupt),
    "gunicorn's signal handler": (stopping_in("gunicorn.workers.base"), SystemExit),
    **{name: (stopping_in(f"{name}.anything"), SystemExit) for name in SERVERS},
}


@pytest.mark.parametrize("stop", STOPS)
def test_a_stop_is_written_and_raised_again(declare, toy, stop):
    behaviour, error = STOPS[stop]
    toy(behaviour)
    job = declare()
    with pytest.raises(error):
        perform(job, begun(job))
    run = JobRun.objects.get()
    assert (run.state, run.reason, run.tries, run.held_job) == ("failed", "interrupted", 0, None)
    assert run.error == "The process was stopped."
    assert run.finished_at is not None


ABORT = ("gunicorn.workers.base", "raise SystemExit(1)", "handle_abort")
SOFT_LIMIT = ("billiard.pool", "raise SoftTimeLimitExceeded()", "soft_timeout_sighandler")


def test_a_server_that_ends_a_slow_request_is_no_shutdown(declare, toy):
    """It would end the next attempt, too: each costs a try and is followed by back-off."""
    toy(stopping_in(*ABORT))
    job = declare()
    with pytest.raises(SystemExit):
        perform(job, begun(job))
    run = JobRun.objects.get()
    assert (run.state, run.reason, run.tries, run.held_job) == ("failed", "timeout", 1, None)
    assert run.error == "Its server stopped it, because it took too long."
    assert lookup.find(job.name, run.run_date)[0].backing_off
    assert "handle_abort" in output_of(run), "the record shows where it was"


def test_an_engine_that_ends_a_slow_task_is_no_fault_of_the_command(declare, toy):
    toy(stopping_in(*SOFT_LIMIT))
    run = performed(declare())
    assert (run.state, run.reason, run.tries) == ("failed", "timeout", 1)


@pytest.mark.parametrize("place", [("gunicorn.workers.base", "handle_quit"), ("shop.jobs", "handle_abort")])
def test_what_only_looks_like_it_is_not_a_time_out(declare, toy, place):
    module, name = place
    toy(stopping_in(module, "raise SystemExit(1)", name))
    job = declare()
    with suppress(SystemExit):
        perform(job, begun(job))
    assert JobRun.objects.get().reason == ("interrupted" if name == "handle_quit" else "exit")


def test_output_until_the_stop_is_kept(declare, toy):
    toy(stopping_in("gunicorn.workers.base"))
    job = declare()
    with pytest.raises(SystemExit):
        perform(job, begun(job))
    assert output_of(JobRun.objects.get()) == "so far\n"


def test_a_stop_after_the_timeout_costs_a_try(declare, toy):
    """A command that hangs until its process is stopped, each time, would otherwise be started for ever."""

    def behave(command, **options):
        time.sleep(0.02)
        raise KeyboardInterrupt

    toy(behave)
    job = declare(timeout=0.01)
    with pytest.raises(KeyboardInterrupt):
        perform(job, begun(job))
    run = JobRun.objects.get()
    assert (run.reason, run.tries) == ("timeout", 1)


def test_a_stop_of_a_holder_that_was_taken_over_writes_nothing_and_is_raised(declare, toy):
    def behave(command, **options):
        JobRun.objects.update(attempt=2)
        raise KeyboardInterrupt

    toy(behave)
    job = declare()
    with pytest.raises(KeyboardInterrupt):
        perform(job, begun(job))
    assert JobRun.objects.get().state == "running"


def test_an_interrupted_slot_can_be_claimed_at_once_and_has_all_its_tries(declare, toy):
    job = declare(max_attempts=1, retry_backoff=3600)
    request = Request(job, timezone.now(), Trigger("http"))
    toy(raising(KeyboardInterrupt()))
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            dispatch(request)
    toy(lambda command, **options: None)
    result = dispatch(request)
    assert (result.outcome, result.run.attempt) == ("succeeded", 4)
    run = JobRun.objects.get()
    assert [attempt.reason for attempt in run.superseded.order_by("attempt")] == ["interrupted"] * 3


def test_an_interrupted_slot_is_due(declare, toy):
    job = declare()
    toy(raising(KeyboardInterrupt()))
    lease = begun(job)
    with pytest.raises(KeyboardInterrupt):
        perform(job, lease)
    run = lookup.find(job.name, lease.run_date).run
    assert run.next_attempt_at is not None
    assert not run.backing_off


@pytest.mark.parametrize("module", ["gunicornish", "shop.gunicorn", "__main__", ""])
def test_an_exit_by_any_other_code_is_the_commands_own(declare, toy, module):
    toy(stopping_in(module))
    assert performed(declare()).state == "succeeded"


def test_an_exit_in_a_pool_of_celery_is_the_commands_own(declare, toy, monkeypatch):
    """An inline command in a Celery task: in its pool, `sys.exit` is a function of billiard's."""
    pools = function_of("billiard.pool", "raise SystemExit(3)", "exit")
    monkeypatch.setattr(sys, "exit", pools)
    toy(lambda command, **options: sys.exit())
    assert performed(declare()).reason == "exit"


@pytest.mark.parametrize("module", ["billiard.common", "celery.apps.worker"])
def test_a_stop_of_celerys_own_is_one_in_its_pool_too(declare, toy, monkeypatch, module):
    monkeypatch.setattr(sys, "exit", function_of("billiard.pool", "raise SystemExit(3)", "exit"))
    stop = function_of(module, "sys.exit()", "_shutdown_cleanup", sys=sys)
    toy(lambda command, **options: stop())
    job = declare()
    with pytest.raises(SystemExit):
        perform(job, begun(job))
    assert JobRun.objects.get().reason == "interrupted"


def test_an_exit_below_a_frame_of_the_server_is_the_commands_own(declare, toy):
    """The innermost frame decides: everything runs below the server somewhere."""
    outer = function_of("gunicorn.app", "return inner(3)", inner=lambda code: sys.exit(code))
    toy(lambda command, **options: outer())
    assert performed(declare()).reason == "exit"
