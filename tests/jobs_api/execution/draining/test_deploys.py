"""A web process that is told to stop lets its runs end, or hands them back in time."""

import signal
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs_api.models import JobAttempt, JobRun, Reason, State
from jobs_api.runs.types import Trigger
from jobs_api.triggers.dispatch import Request, dispatch
from tests.toys.child.start import ledger

from .server import WORKERS, eventually

pytestmark = pytest.mark.django_db(transaction=True)

GTHREAD, SYNC = WORKERS["gthread"], WORKERS["sync"]
BOTH = pytest.mark.parametrize("options", [GTHREAD, SYNC], ids=["gthread", "sync"])
EACH = {"gthread": GTHREAD, "sync": SYNC, "preloaded": (*GTHREAD, "--preload")}


def working(server, book):
    """Trigger the job and wait until its command works; returns the answer to come."""
    answer = server.trigger("nightly")
    eventually(lambda: ledger(book))
    return answer


def handed_back(book):
    """The run, which was interrupted after its command had stopped, and what the next trigger makes of it."""
    run = eventually(lambda: JobRun.objects.exclude(state=State.RUNNING).first())
    assert (run.state, run.reason, run.tries, run.held_job) == (State.FAILED, Reason.INTERRUPTED, 0, None)
    assert ledger(book) == [(1, "start")]
    return run


def claimed_at_once(declare, run):
    """The next trigger for the slot, in another process, runs it."""
    result = dispatch(Request(declare(schedule=None, max_attempts=1), run.run_date, Trigger("http")))
    assert (result.outcome, result.run.attempt) == ("succeeded", 2)
    assert JobAttempt.objects.get().reason == Reason.INTERRUPTED


@pytest.mark.parametrize("options", EACH.values(), ids=EACH)
def test_a_run_is_handed_back_when_the_grace_is_nearly_over(server, declare, book, options):
    """Pain 16: a deploy cuts the run."""
    with server(*options, seconds=60) as running:
        answer = working(running, book)
        at, told = timezone.now(), running.tell(signal.SIGTERM)

        status, _, said = answer.result(30)

        assert (status, said["outcome"], said["run"]["reason"]) == (500, "failed", "interrupted")
        running.ended(told)
    run = handed_back(book)
    assert run.finished_at - at > timedelta(seconds=0.9), "it may go on while there is time"
    claimed_at_once(declare, run)


@BOTH
def test_a_run_that_ends_within_the_grace_succeeds_and_is_answered(server, book, options):
    """Pain 15: the platform ends the process in the middle of a request."""
    with server(*options, grace=5, seconds=1) as running:
        answer = working(running, book)
        told = running.tell(signal.SIGTERM)

        status, _, said = answer.result(30)

        assert (status, said["outcome"]) == (200, "succeeded")
        running.ended(told)
    assert ledger(book) == [(1, "start"), (1, "end")]


@pytest.mark.parametrize(
    ("options", "number"),
    [(GTHREAD, signal.SIGINT), (GTHREAD, signal.SIGQUIT), (SYNC, signal.SIGQUIT)],
    ids=["Ctrl-C", "gthread", "sync"],
)
def test_a_quick_shutdown_hands_the_run_back_at_once(server, declare, book, options, number):
    """Pain 16: whoever is in a hurry need not leave a run behind."""
    with server(*options, grace=20, seconds=60) as running:
        working(running, book)
        assert running.ended(running.tell(number)) < 10
    claimed_at_once(declare, handed_back(book))


def test_a_worker_that_alone_is_told_to_stop_drains_and_is_replaced(server, declare, book):
    """Pain 16: a worker may be ended without its master."""
    with server(*GTHREAD, seconds=60) as running:
        working(running, book)
        old = running.worker()
        running.tell(signal.SIGTERM, old)

        run = handed_back(book)

        eventually(lambda: running.worker() != old)
        assert running.connection().ask("GET", "/api/health/ready")[0] == 200
    claimed_at_once(declare, run)


def test_a_reload_drains_the_old_workers(server, declare, book):
    """Pain 16: SIGHUP puts new workers beside the old ones, which end as at a deploy."""
    with server(*GTHREAD, seconds=60) as running:
        answer = working(running, book)
        running.tell(signal.SIGHUP)

        assert answer.result(30)[2]["run"]["reason"] == "interrupted"

        assert running.connection().ask("GET", "/api/health/ready")[0] == 200
    claimed_at_once(declare, handed_back(book))


@BOTH
def test_a_command_that_never_checks_is_decided_by_its_lease(server, declare, book, options):
    """Pain 7: the server kills it, nothing could be written, and still nothing runs for ever."""
    with server(*options, grace=2, seconds=60, deaf=True) as running:
        working(running, book)
        assert running.ended(running.tell(signal.SIGTERM)) >= 2
    run = JobRun.objects.get()
    assert (run.state, run.reason) == (State.RUNNING, "")
    job, just_before = declare(schedule=None), run.lease_expires_at - timedelta(seconds=0.1)
    early = dispatch(Request(job, run.run_date, Trigger("http")), now=just_before)
    assert early.outcome == "already_running"

    result = dispatch(Request(job, run.run_date, Trigger("http"), wait=20))

    assert (result.outcome, result.run.attempt) == ("succeeded", 2)
    assert JobAttempt.objects.get().reason == Reason.LOST
    assert JobRun.objects.get().tries == 1
