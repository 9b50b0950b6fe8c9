"""Commands that are stopped. Off the request they never check, ignore SIGTERM and have started a program."""

from __future__ import annotations

import pytest

from jobs_api.models import JobAttempt, JobRun, Reason, State
from jobs_api.triggers import cancelling

from .watching import ended, new_slot, processes_end, running


@pytest.fixture
def book(tmp_path):
    """Where a command notes its processes."""
    return tmp_path / "book"


def test_it_times_out(engine, book):
    """Pain 7: nothing runs for ever."""
    engine.fire(slot := new_slot(), job=engine.brief, behave=engine.stays, ledger=str(book))

    run = ended(slot)

    assert (run.state, run.reason, run.tries) == (State.FAILED, Reason.TIMEOUT, 1)
    assert run.error == "It took longer than 1 s."
    assert run.next_attempt_at is not None
    assert 1 <= (run.finished_at - run.started_at).total_seconds() < 60  # it would go on for two minutes
    processes_end(book)


def test_it_is_cancelled(engine, book):
    """The command is stopped first, then it is written."""
    engine.fire(slot := new_slot(), behave=engine.stays, ledger=str(book))

    assert cancelling.cancel_run(running(slot, book), actor="ann", reason="a mistake") is False

    run = ended(slot)
    assert (run.state, run.reason, run.tries) == (State.CANCELLED, Reason.CANCELLED, 0)
    assert run.note == "cancel asked by ann: a mistake"
    processes_end(book)


def test_it_is_cancelled_while_it_waits_in_the_engine(engine, book):
    """It never begins, although its message comes."""
    with engine.held_up():
        engine.fire(slot := new_slot(), behave="awaits", ledger=str(book))
        assert cancelling.cancel_run(JobRun.objects.get(), actor="ann", reason="") is True
    engine.fire(slot, behave="awaits", ledger=str(book))

    after = new_slot()
    engine.fire(after)  # comes after it
    assert ended(after).state == State.SUCCEEDED

    run = JobRun.objects.get(run_date=slot)
    assert (run.state, run.started_at, run.tries) == (State.CANCELLED, None, 0)
    assert not book.exists()


def test_it_is_handed_back_by_a_worker_that_is_told_to_stop(engine, book):
    """Pain 16: a deploy cuts the run, which costs no try; the next trigger may claim it at once."""
    engine.fire(slot := new_slot(), behave=engine.stays, ledger=str(book))
    engine.stop(running(slot, book))

    run = ended(slot)
    assert (run.state, run.reason, run.tries) == (State.FAILED, Reason.INTERRUPTED, 0)
    processes_end(book)

    engine.start()
    engine.fire(slot)
    assert (ended(slot, attempt=2).state, JobRun.objects.get().tries) == (State.SUCCEEDED, 0)
    assert JobAttempt.objects.get().reason == Reason.INTERRUPTED
