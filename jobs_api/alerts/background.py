"""The threads of alerts: one evaluates, and each channel has its own, so that one that hangs stops no other.

They exist while there is something to do. Nothing here runs in a trigger: that an attempt has ended, or that
somebody has called, is only noted.
"""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connections

from jobs_api import clock, database, threads
from jobs_api.database import ERRORS, alias
from jobs_api.database.bounds import bounded
from jobs_api.execution import drain, process_end
from jobs_api.execution.background import BackgroundThread
from jobs_api.execution.connections import close_idle
from jobs_api.in_tests import kept_in
from jobs_api.models import State
from jobs_api.text import loggers, one_line

logger = loggers.logger(__name__)

SOON = 2.0
"""Seconds from the first event to the evaluation, so that one sees a burst of them."""
AGAIN = 30.0
"""Seconds until the next look at whether it is time."""
STAYS = timedelta(minutes=5)
"""A channel's thread waits at most so long for its next try; a later one is left to the next evaluation."""
AT_ONCE = timedelta(0)
LAST_SECONDS = 5.0
"""How long sending may take at the end of a process that was started for one command."""
HANGS = 120.0
"""After so many seconds a thread that sends is replaced by another."""


class Evaluator(BackgroundThread):
    """Evaluates soon after something has happened, unless another process has done so since."""

    name = "jobs_api-alerts"
    task = "The evaluation of alerts"

    def needed(self) -> bool:
        """Whether something has happened since."""
        return self._asked

    def pause(self) -> float:
        """The seconds until it is time."""
        return max(SOON, self._not_before - time.monotonic())

    def clear(self) -> None:
        """What has happened in another process, that one knows."""
        self._asked = self.hurried = False
        self._asked_at: datetime | None = None
        self._not_before = 0.0

    def wake(self, *, urgent: bool = False) -> None:
        """Something has happened; takes no time, and raises nothing.

        Args:
            urgent: a process that ends does not leave it to another one.
        """
        with self.lock:
            try:
                self.start()
            except RuntimeError as error:
                logger.debug("No thread can start; the next event may start one: %s", error)
            self._asked, self._asked_at = True, clock.guess()
            self.hurried |= urgent

    def is_asked(self) -> bool:
        """Whether it will evaluate anyway: then one more event says nothing new, and must cost nothing."""
        thread = self.thread
        return self._asked and self._pid == os.getpid() and thread is not None and thread.is_alive()

    def take(self) -> bool:
        """Whether something has happened that nobody has evaluated; whoever takes it does."""
        with self.lock:
            asked, self._asked = self._asked, False
            return asked

    def turn(self) -> None:
        """Evaluate, and let the channels send."""
        asked_at = self._asked_at
        if not self.take():
            return
        self._not_before = time.monotonic() + AGAIN
        from jobs_api.alerts.evaluating import evaluate  # here: a process may end without

        try:
            done = evaluate()
        except BaseException:
            self._ask_again(asked_at)
            raise
        if not isinstance(done, datetime):
            send_all()
        elif asked_at is None or done < asked_at:
            self._ask_again(asked_at)
        close_idle()  # the next turn may be half a minute away

    def _ask_again(self, asked_at: datetime | None) -> None:
        with self.lock:
            self._asked, self._asked_at = True, asked_at or clock.guess()


class Sender(BackgroundThread):
    """Sends what is due for one channel, and waits for its next try if that comes soon."""

    task = "The sending of alerts"

    def __init__(self, channel: str) -> None:
        self.channel, self.name = channel, f"jobs_api-alerts-{channel}"[:60]
        super().__init__()

    def needed(self) -> bool:
        """Whether there is something to send."""
        return self._next is not None

    def pause(self) -> float:
        """The seconds until it is due."""
        return max((self._next or 0) - time.monotonic(), 0)

    def urgent(self) -> bool:
        """Whether something new has come while it waits for another try."""
        return self._next is not None and self._next <= time.monotonic()

    def clear(self) -> None:
        """The process that has forked this one sends it."""
        self._next: float | None = None

    def wake(self) -> None:
        """Something is due."""
        with self.lock:
            try:
                self.start()
            except RuntimeError as error:
                logger.debug("No thread can start; the next evaluation may start one: %s", error)
            self._next = time.monotonic()
            self.changed.notify_all()

    def turn(self) -> None:
        """Send, if it is due."""
        with self.lock:
            if self._next is None or self._next > time.monotonic():
                return
            again = self._next = time.monotonic() + AGAIN  # if this raises, as the database is away
        from jobs_api.alerts import outbox

        sent = outbox.deliver(self.channel, until=time.monotonic() + AGAIN)
        due = outbox.next_due(self.channel)
        close_idle()  # each channel that is down would keep one for as long as it waits
        with self.lock:
            if self._next == again:  # else something new has come
                self._next = _when(due, sent)

    def _hangs(self) -> bool:
        """Each try to send is bounded, also by a channel that hangs; a database may never answer."""
        return time.monotonic() - self._busy_since > HANGS


def _when(due: timedelta | None, sent: int) -> float | None:
    """When to look again; what is due and was not sent is in another's hands, or waits for an earlier one."""
    if due is None or due > STAYS:
        return None
    return time.monotonic() + max(due.total_seconds(), 0 if sent else AGAIN)


evaluator = Evaluator()
_senders: dict[str, Sender] = {}


def happened(state: str = "", **_: Any) -> None:
    """An attempt has ended, or somebody has called: receives our signals.

    Args:
        state: how an attempt has ended.
    """
    failed = state == State.FAILED
    if (evaluator.is_asked() and not failed) or kept_in():
        return
    evaluator.wake(urgent=failed)
    _happened_in[os.getpid()] = _database()
    process_end.do_before(at_end)


_happened_in: dict[int, str] = {}
"""By the id of a process, in which database something has happened: tests may have one that is gone."""


def _database() -> str:
    return str(connections[alias()].settings_dict["NAME"])


def send_all() -> None:
    """Let each channel for which something is due send it."""
    from jobs_api.alerts import outbox

    with bounded():
        outbox.give_up_old(database.now())
    for channel in outbox.waiting_channels():
        if channel not in _senders:
            _senders[channel] = Sender(channel)
        _senders[channel].wake()


def at_end() -> None:
    """Evaluate and send, at the end of a process: in a few seconds at most.

    It raises nothing, and changes no exit status. What could not be sent waits for the next process: that is
    all where an interpreter that exits starts no thread (3.12). A server that drains leaves it to the others.
    A command or a script of the host that triggers may be the only process that there ever is.
    """
    every = AT_ONCE if evaluator.hurried else None
    if not evaluator.take() or drain.draining() or _happened_in.get(os.getpid()) != _database():
        return
    from jobs_api.alerts.evaluating import evaluate

    try:
        evaluate(seconds=process_end.seconds_left(LAST_SECONDS), every=every)
        send_last()
    except Exception as error:  # noqa: BLE001 - the next process finds the same, and cron should not mail that
        logger.debug("Alerts could not be evaluated at the end: %s", one_line(str(error)))
    finally:
        connections.close_all()


def send_last() -> list[str]:
    """Send what is due in a few seconds, to every channel at once; returns for which more is due."""
    from jobs_api.alerts import outbox

    until = time.monotonic() + process_end.seconds_left(LAST_SECONDS)
    senders = [
        threads.start_plain(partial(_deliver, channel, until), f"jobs_api-alerts-{channel}"[:60])
        for channel in outbox.waiting_channels()
    ]
    for sender in senders:
        sender.join(max(until - time.monotonic(), 0))
    return outbox.unsent_channels() if senders else []


def _deliver(channel: str, until: float, _: threads.Thread) -> None:
    from jobs_api.alerts import outbox

    try:
        outbox.deliver(channel, until=until, last=True)
    except ERRORS as error:
        logger.debug("The channel %r sent nothing at the end: %s", channel, one_line(str(error)))
    finally:
        connections.close_all()
