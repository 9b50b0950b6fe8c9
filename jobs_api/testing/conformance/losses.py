"""Processes, messages, leases and engines that are lost, or come twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from jobs_api import clock, database
from jobs_api.models import Reason, State
from jobs_api.runs.types import Trigger
from jobs_api.testing.conformance.engine import ANOTHER
from jobs_api.testing.conformance.questions import Questions
from jobs_api.testing.conformance.watching import ended, new_slot, processes_end, running, say_go, until
from jobs_api.triggers.dispatch import dispatch
from jobs_api.triggers.request import Request
from jobs_api.worker.delivery import deliver


class Losses(Questions):
    """What an attempt needs dies, is lost, is doubled, or is down."""

    def test_it_is_killed(self) -> None:
        """The lease ends it, after the command is dead; the next trigger runs it again."""
        self.engine.fire(slot := new_slot(), behave=self.engine.stays, ledger=str(self.book))
        self.engine.kill(running(slot, self.book))

        processes_end(self.book)
        self.assertEqual((self.run_now().state, self.run_now().attempt), (State.RUNNING, 1))

        until(lambda: database.rows().filter(lease_expires_at__lt=clock.expression(None)).exists())
        self.engine.fire(slot)
        run = ended(slot, attempt=2)
        self.assertEqual((run.state, run.tries), (State.SUCCEEDED, 1))
        self.assertEqual(self.attempt_before().reason, Reason.LOST)

    def test_it_loses_its_lease(self) -> None:
        """The old holder stops its command and writes nothing over what the new one has."""
        self.engine.fire(slot := new_slot(), behave=self.engine.stays, ledger=str(self.book))
        running(slot, self.book)

        later = timezone.now() + timedelta(minutes=5)
        database.rows().update(attempt=2, holder=ANOTHER, lease_expires_at=later)
        taken_over = database.rows().values().get()

        processes_end(self.book)
        until(self.engine.settled)
        self.assertEqual(database.rows().values().get(), taken_over)

    def test_it_is_delivered_twice(self) -> None:
        """While it runs and when it has ended; the command runs once."""
        self.engine.fire(slot := new_slot(), behave="awaits", ledger=str(self.book))
        run = running(slot, self.book)

        self.engine.deliver_again(run)
        self.assertIsNone(deliver(run.pk, run.attempt))
        say_go(self.book)
        end = ended(slot)
        self.engine.deliver_again(run)
        self.assertIsNone(deliver(run.pk, run.attempt))
        until(self.engine.settled)

        self.assertEqual((end.state, end.attempt, end.holder), (State.SUCCEEDED, 1, run.holder))
        self.assertEqual(self.run_now(), end)
        self.assertEqual(self.book.read_text().split(), ["start", "end"])

    def submit_while_down(self, slot: datetime, options: dict[str, Any]) -> tuple[str, int | None]:
        """Trigger; returns the outcome, and after how many seconds the caller should come again."""
        result = dispatch(Request(self.engine.job, slot, Trigger("http"), options))
        return result.outcome, result.retry_after

    def test_it_is_submitted_while_the_engine_is_down(self) -> None:
        """The caller hears of it, and its retry may claim at once; no try is lost."""
        slot = new_slot()

        with self.engine.down():
            outcome, retry_after = self.submit_while_down(slot, {"say": "hello"})

        self.assertEqual(outcome, "submit_failed")
        self.assertGreater(retry_after or 0, 0)
        run = self.run_now()
        self.assertEqual((run.state, run.reason, run.tries), (State.FAILED, Reason.SUBMIT_FAILED, 0))
        self.assertEqual((run.held_job, run.lease_expires_at), (None, None))

        self.engine.fire(slot)
        run = ended(slot, attempt=2)
        self.assertEqual((run.state, run.tries, bytes(run.output_head)), (State.SUCCEEDED, 0, b"hello\n"))
        self.assertEqual(self.attempt_before().reason, Reason.SUBMIT_FAILED)
