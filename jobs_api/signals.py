"""What happens to runs, triggers and jobs, for code that wants to know: metrics, alerts, an audit trail.

    from django.dispatch import receiver
    from jobs_api.signals import attempt_finished

    @receiver(attempt_finished)
    def alert(job, state, reason, **fields): ...

Each event is sent once, after its commit, in the process in which it happened. A receiver that raises is
logged, and changes nothing. Take `**fields`: later versions may add some. The arguments are plain values:

- `job` is the job's name, `run` the run's id, `run_date` its slot in UTC, `attempt` the attempt's number;
- `trigger` is how it was triggered ("http", "command", "admin", "dashboard", "python", "run_due", "executor",
  "backfill", "rerun"), `source` the platform that called, `actor` the token's name or the user of the command
  line, the admin or the dashboard, `comment` the reason that this person gave, `traceparent` the W3C trace
  context of the trigger; what is not known is "";
- other times are aware datetimes by the database's clock.

docs/signals.md has examples, and says what a receiver may do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import dispatch

from jobs_api.text import loggers

logger = loggers.logger(__name__)


class Signal(dispatch.Signal):
    """A signal that knows its name, for the log."""

    def __init__(self, name: str) -> None:
        super().__init__(use_caching=True)
        self.name = name
        self._ours: list[Callable[..., Any]] = []
        self._wanting: list[tuple[Callable[..., Any], Callable[[], bool]]] = []

    def __repr__(self) -> str:
        return f"<Signal {self.name}>"

    def connect_ours(self, receiver: Callable[..., Any], *, when: Callable[[], bool] | None = None) -> None:
        """Connect a receiver of jobs_api itself, which uses no database.

        Args:
            when: tells whether it wants to hear now, as one that leads to code of the host; until then it
                costs nothing. None: it always hears, and takes no time.
        """
        if when is not None:
            if (receiver, when) not in self._wanting:
                self._wanting.append((receiver, when))
        elif receiver not in self._ours:
            self._ours.append(receiver)

    def disconnect_ours(self, receiver: Callable[..., Any]) -> None:
        """Undo `connect_ours`."""
        self._ours = [each for each in self._ours if each != receiver]
        self._wanting = [each for each in self._wanting if each[0] != receiver]

    @property
    def is_heard(self) -> bool:
        """Whether anything receives it."""
        return bool(self._ours or self.receivers) or self._is_wanted()

    @property
    def may_take_time(self) -> bool:
        """Whether code of the host is called: its receivers, or handlers of its log."""
        return bool(self.receivers) or self._is_wanted()

    def _is_wanted(self) -> bool:
        return bool(self._wanting) and any(wants() for _, wants in self._wanting)

    @property
    def has_guests(self) -> bool:
        """Whether the host has connected receivers."""
        return bool(self.receivers)

    def send_to_ours(self, sender: Any, fields: Mapping[str, Any]) -> None:
        """Call those of jobs_api: a repeat has no time for Django's look at who is still there."""
        wanting = [receiver for receiver, wants in self._wanting if wants()] if self._wanting else ()
        for receiver in (*self._ours, *wanting):
            try:
                receiver(sender=sender, signal=self, **fields)
            except Exception as error:  # noqa: BLE001 - logged with its traceback; the trigger goes on
                self._log_robust_failure(receiver, error)

    def _log_robust_failure(self, receiver: Callable[..., Any], err: BaseException) -> None:
        """Django's own names no signal, and breaks on a receiver without a name, such as a partial."""
        name = getattr(receiver, "__qualname__", None) or repr(receiver)
        kind = type(err).__name__
        logger.error("The receiver %s of the signal %s raised %s.", name, self.name, kind, exc_info=err)


run_queued = Signal("run_queued")
"""A run waits to be started: a backfill ordered it, or its host has no room for a claimed attempt.

`job`, `run`, `run_date`, `attempt` (0: none was made yet), `trigger`, `source`, `actor`, `comment`,
`traceparent`."""

run_claimed = Signal("run_claimed")
"""A trigger took the run for an attempt, and is about to hand it to its executor.

`job`, `run`, `run_date`, `attempt`, `trigger`, `source`, `actor`, `comment`, `traceparent`."""

run_skipped = Signal("run_skipped")
"""A slot was recorded as skipped, because another run of its job was held.

`job`, `run`, `run_date`, `trigger`, `source`, `actor`, `comment`, `traceparent`."""

run_expired = Signal("run_expired")
"""A queued run became too old before it was started, and was closed.

`job`, `run`, `run_date`, `attempt` (0: none was made)."""

run_cancelled = Signal("run_cancelled")
"""An operator cancelled the run.

`job`, `run`, `run_date`, `attempt`, `actor`, `comment`, `ended`. True: the run had not begun, and has ended.
False: its command runs, and a stop was requested; `attempt_finished` follows when it does."""

attempt_started = Signal("attempt_started")
"""An attempt begins: its command is called next.

`job`, `run`, `run_date`, `attempt`, `trigger`, `source`, `actor`, `traceparent`, `started_at`."""

attempt_finished = Signal("attempt_finished")
"""How an attempt ended was written. Each attempt that was claimed sends it once, unless it was queued again.

`job`, `run`, `run_date`, `attempt`, `trigger`, `source`, `actor`, `traceparent`;
`state`: "succeeded", "failed" or "cancelled";
`reason`: "", "error", "exit", "timeout", "lost", "interrupted", "cancelled" or "submit_failed";
`error`: a line of text, which may quote what the command raised;
`started_at` (None: it had not begun), `finished_at`;
`closed_by`: who wrote its end: its "holder", an "operator" who cancelled it before it began, or the "reaper"
that found its holder silent;
`exception`: what the command raised, or a copy if it ran in a process of its own; else None;
`output`: the first and the last part of what it wrote, as bytes, and the length of the whole."""

attempt_lost = Signal("attempt_lost")
"""A holder went silent, and its attempt was closed by somebody else; `attempt_finished` follows.

`job`, `run`, `run_date`, `attempt`, `trigger`, `source`, `actor`, `traceparent`, `started_at` (None: it had
not begun)."""

trigger_answered = Signal("trigger_answered")
"""A trigger was answered, whatever came of it. One that was refused as wrong input, or that the database
could not take, sends nothing.

`job`, `run_date`, `outcome` (as in the API: "succeeded", "already_running" and the others), `run` and
`attempt` (None where there is no run), `trigger`, `source`, `actor`, `comment`, `traceparent`, `at`."""

job_paused = Signal("job_paused")
"""An operator paused a job, or gave a paused one another reason or end.

`job`, `actor`, `comment`, `at`, `until` (when the pause ends by itself; None: when it is resumed)."""

job_resumed = Signal("job_resumed")
"""An operator resumed a job that was paused, or its pause has ended by itself: then `actor` is "" and `at` is
when it ended. That is sent by the next run-due, or when somebody pauses or resumes the job.

`job`, `actor`, `comment`, `at`."""

ALL = (
    run_queued,
    run_claimed,
    run_skipped,
    run_expired,
    run_cancelled,
    attempt_started,
    attempt_finished,
    attempt_lost,
    trigger_answered,
    job_paused,
    job_resumed,
)
"""For a receiver of everything; `signal.name` tells which it was."""
