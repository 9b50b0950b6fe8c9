"""Commands that end by themselves: what the record says of them is the same wherever they ran."""

from __future__ import annotations

import os

from jobs_api.models import Reason, State
from jobs_api.runs.types import Trigger
from jobs_api.testing.conformance.engine import holder
from jobs_api.testing.conformance.questions import Questions
from jobs_api.testing.conformance.watching import ended, new_slot
from jobs_api.triggers.dispatch import dispatch
from jobs_api.triggers.request import Request


class Endings(Questions):
    """A command succeeds, fails, exits, prints a lot."""

    def test_it_succeeds(self) -> None:
        """Elsewhere, with the trigger's options, and its output is kept."""
        self.engine.fire(slot := new_slot(), say="hello")

        run = ended(slot)

        self.assertEqual((run.state, run.reason, run.attempt, run.tries), (State.SUCCEEDED, "", 1, 0))
        self.assertEqual((run.executor, run.options), (self.engine.executor, {"say": "hello"}))
        self.assertEqual(bytes(run.output_head), b"hello\n")
        times = [run.created_at, run.claimed_at, run.started_at, run.finished_at]
        self.assertEqual(times, sorted(time for time in times if time))
        self.assertEqual((run.held_job, run.lease_expires_at, run.next_attempt_at), (None, None, None))
        self.assertNotEqual(holder(run), os.getpid())

    def test_it_gets_values_and_no_command_line(self) -> None:
        """What a caller sends is not read as options, nor what the job has fixed as the caller's."""
        self.engine.fire(slot := new_slot(), words=["a", "--fail", "--say=b"])

        run = ended(slot)

        self.assertEqual((run.state, bytes(run.output_head)), (State.SUCCEEDED, b"a\n--fail\n--say=b\n"))

    def test_it_fails(self) -> None:
        """It counts as a try, and the next one waits until the back-off is over."""
        self.engine.fire(slot := new_slot(), fail=True)

        run = ended(slot)

        self.assertEqual((run.state, run.reason, run.tries), (State.FAILED, Reason.ERROR, 1))
        self.assertEqual(run.error, "CommandError: It fails on request.")
        self.assertIn(b"Traceback", bytes(run.output_head))
        if run.next_attempt_at is None or run.finished_at is None:
            self.fail("It is not to be tried again.")
        self.assertAlmostEqual((run.next_attempt_at - run.finished_at).total_seconds(), 60, delta=5)
        again = dispatch(Request(self.engine.job, slot, Trigger("http")))
        self.assertEqual((again.outcome, self.run_now().attempt), ("retry_later", 1))

    def test_it_exits(self) -> None:
        """As a program would: 0 is a success, all else is none."""
        self.engine.fire(bad := new_slot(), behave="exits", say="3")
        self.engine.fire(good := new_slot(), behave="exits", say="0")

        run = ended(bad)
        self.assertEqual((run.state, run.reason, run.tries), (State.FAILED, Reason.EXIT, 1))
        self.assertEqual(run.error, "The command exited with 3.")
        run = ended(good)
        self.assertEqual((run.state, run.reason, run.tries), (State.SUCCEEDED, "", 0))

    def test_it_prints_a_lot(self) -> None:
        """Of 8 MiB the first and the last part are kept."""
        self.engine.fire(slot := new_slot(), behave="floods")

        run = ended(slot)

        self.assertEqual((run.state, run.output_size), (State.SUCCEEDED, 8 * 2**20 + len("first\nlast\n")))
        self.assertEqual((len(run.output_head), len(run.output_tail)), (128 * 1024, 128 * 1024))
        self.assertEqual(bytes(run.output_head[:9]), b"first\nxxx")
        self.assertEqual(bytes(run.output_tail[-9:]), b"xxx\nlast\n")
