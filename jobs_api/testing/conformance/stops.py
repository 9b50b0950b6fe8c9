"""Commands that are stopped. In the background they never check, ignore SIGTERM, have started a program."""

from __future__ import annotations

from jobs_api import database
from jobs_api.models import JobRun, Reason, State
from jobs_api.testing.conformance.questions import Questions
from jobs_api.testing.conformance.watching import ended, new_slot, processes_end, running
from jobs_api.triggers.cancelling import cancel_run


class Stops(Questions):
    """A time-out, a cancel, a deploy."""

    def test_it_times_out(self) -> None:
        """Nothing runs for ever."""
        stays = {"behave": self.engine.stays, "ledger": str(self.book)}
        self.engine.fire(slot := new_slot(), job=self.engine.brief, **stays)

        run = ended(slot)

        self.assertEqual((run.state, run.reason, run.tries), (State.FAILED, Reason.TIMEOUT, 1))
        self.assertEqual(run.error, "It took longer than 2 s.")
        self.assertIsNotNone(run.next_attempt_at)
        self.assertGreaterEqual(_seconds(run), 2)
        self.assertLess(_seconds(run), 60)  # it would go on for two minutes
        processes_end(self.book)

    def test_it_is_cancelled(self) -> None:
        """The command is stopped first, then it is written."""
        self.engine.fire(slot := new_slot(), behave=self.engine.stays, ledger=str(self.book))

        self.assertFalse(cancel_run(running(slot, self.book), actor="ann", reason="a mistake"))

        run = ended(slot)
        self.assertEqual((run.state, run.reason, run.tries), (State.CANCELLED, Reason.CANCELLED, 0))
        self.assertEqual(run.note, "cancel requested by ann: a mistake")
        processes_end(self.book)

    def test_it_is_cancelled_while_it_waits_in_the_engine(self) -> None:
        """It never begins, although its message comes."""
        with self.engine.held_up():
            self.engine.fire(slot := new_slot(), behave="awaits", ledger=str(self.book))
            self.assertTrue(cancel_run(self.run_now(), actor="ann", reason=""))
        self.engine.fire(slot, behave="awaits", ledger=str(self.book))

        after = new_slot()
        self.engine.fire(after)  # comes after it
        self.assertEqual(ended(after).state, State.SUCCEEDED)

        run = database.rows().get(run_date=slot)
        self.assertEqual((run.state, run.started_at, run.tries), (State.CANCELLED, None, 0))
        self.assertFalse(self.book.exists())

    def test_it_is_handed_back_by_a_worker_that_is_told_to_stop(self) -> None:
        """A deploy cuts the run, which costs no try; the next trigger may claim it at once."""
        self.engine.fire(slot := new_slot(), behave=self.engine.stays, ledger=str(self.book))
        self.engine.stop(running(slot, self.book))

        run = ended(slot)
        self.assertEqual((run.state, run.reason, run.tries), (State.FAILED, Reason.INTERRUPTED, 0))
        processes_end(self.book)

        self.engine.start()
        self.engine.fire(slot)
        self.assertEqual((ended(slot, attempt=2).state, self.run_now().tries), (State.SUCCEEDED, 0))
        self.assertEqual(self.attempt_before().reason, Reason.INTERRUPTED)


def _seconds(run: JobRun) -> float:
    return (run.duration_ms or 0) / 1000
