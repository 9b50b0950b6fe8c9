"""What `jobs_show` says of a run above its output: how far it is, who holds it, and what comes next."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from jobs_api.conf import config
from jobs_api.management import pauses, people
from jobs_api.management.facts import BAD, Fact, Facts
from jobs_api.management.tables import moment
from jobs_api.models import JobPause, JobRun, State
from jobs_api.monitoring.outlook import Outlook, ordinal, outlook
from jobs_api.monitoring.run_report import AttemptReport, Progress, RunReport
from jobs_api.runs.closing import UNBEGUN
from jobs_api.runs.trace_context import trace_id
from jobs_api.text.spans import between, span

WAITS = {
    State.QUEUED: "the next run-due starts it, or a place that becomes free on its host",
    State.CLAIMED: "no worker has begun it",
}

INLINE = "inline"
HANGS = "it was at its timeout, which cannot kill an inline command: it may still run in {}; restart that"


@dataclasses.dataclass(frozen=True)
class Shown:
    """A run with what is read beside it, at one time by the database's clock."""

    run: JobRun
    report: RunReport
    attempt: AttemptReport
    """The one whose output is shown; a run that was never begun has an empty one."""
    pause: JobPause | None
    """Its job's newest one."""
    at: datetime

    @property
    def is_newest(self) -> bool:
        """Whether the attempt is the run's newest one."""
        return self.attempt.attempt == self.report.newest.attempt

    @property
    def outlook(self) -> Outlook | None:
        """Whether it will be tried again."""
        return outlook(self.run, self.pause, self.at)

    @property
    def elapsed(self) -> timedelta | None:
        """How long the attempt has been running, or ran; None where it has not begun, or nobody knows."""
        end = self.attempt.finished_at or (self.at if self.report.in_flight and self.is_newest else None)
        begun = self.attempt.started_at
        return None if begun is None or end is None else end - begun


def title(report: RunReport) -> str:
    """The run in one line."""
    return f"Run {report.id}: {report.job_name}, slot {moment(report.run_date)}, {report.outcome}"


def facts(shown: Shown) -> Facts:
    """All that is known and of use; nothing for what does not apply."""
    return Facts([*_progress(shown), *_trouble(shown), *_future(shown), *_origin(shown)])


def _progress(shown: Shown) -> Iterator[Fact]:
    since = shown.report.waiting_since
    if since is not None and shown.is_newest:
        waits = WAITS.get(State(shown.run.state), "")
        yield Fact("waiting", f"since {moment(since)} ({between(since, shown.at)}): {waits}")
    if shown.elapsed is not None:
        running = shown.attempt.state == State.RUNNING
        yield _time(shown) if running else Fact("took", _of_timeout(shown))
    elif shown.attempt.progress is not None:
        yield Fact("progress", _done(shown.attempt.progress))


def _time(shown: Shown) -> Fact:
    job, elapsed = shown.report.job, shown.elapsed or timedelta()
    if job is None or elapsed.total_seconds() <= job.timeout:
        return Fact("running", f"for {_of_timeout(shown)}")
    return Fact("running", f"for {_of_timeout(shown)}: past its timeout", BAD)


def _of_timeout(shown: Shown) -> str:
    """The time that it has taken, of which it may take, and what it has done in it."""
    job, elapsed = shown.report.job, shown.elapsed or timedelta()
    limit = "" if job is None else f" of {span(job.timeout)}"
    done = "" if shown.attempt.progress is None else f", {_done(shown.attempt.progress)}"
    return f"{span(elapsed.total_seconds())}{limit}{done}"


def _done(progress: Progress) -> str:
    return " of ".join(str(number) for number in progress if number is not None)


def _trouble(shown: Shown) -> Iterator[Fact]:
    if shown.attempt.error:
        yield Fact("error", shown.attempt.error, BAD)
    if not shown.is_newest:
        return
    run = shown.run
    if run.lease_expires_at is not None:
        yield _lost(run, shown.at) if run.lease_over else _lease(run, shown.at)
    if run.lease_over and _was_given_up(shown):
        yield Fact("hangs", HANGS.format(run.holder or "its process"), BAD)
    if run.cancel_requested_at is not None:
        ago = between(run.cancel_requested_at, shown.at)
        yield Fact("cancel", f"requested at {moment(run.cancel_requested_at)}, {ago} ago", "yellow")


def _was_given_up(shown: Shown) -> bool:
    """Whether the holder had the lease at the timeout: then it stops renewing, but it may be alive."""
    run, job = shown.run, shown.report.job
    if job is None or run.started_at is None or run.lease_expires_at is None:
        return False
    in_time = run.started_at + timedelta(seconds=job.timeout) <= run.lease_expires_at
    return in_time and shown.attempt.executor == INLINE


def _renewed(run: JobRun) -> datetime | None:
    """When the lease was renewed, as this host's settings have it; None for an attempt that has not begun."""
    if run.state != State.RUNNING or run.lease_expires_at is None:
        return None
    return run.lease_expires_at - timedelta(seconds=config().lease_seconds)


def _lease(run: JobRun, at: datetime) -> Fact:
    until, renewed = run.lease_expires_at, _renewed(run)
    assert until is not None  # noqa: S101 - for the type checker; the caller has looked
    ago = "" if renewed is None else f", renewed {between(renewed, at)} ago"
    return Fact("lease", f"until {moment(until)} (in {between(at, until)}){ago}, by {run.holder or 'nobody'}")


def _lost(run: JobRun, at: datetime) -> Fact:
    since = _renewed(run)
    if since is None:
        return Fact("lost", UNBEGUN, BAD)
    silent = f"silent since {moment(since)} ({between(since, at)})"
    return Fact("lost", f"{run.holder or 'its process'} has been {silent}; its lease is over", BAD)


def _future(shown: Shown) -> Iterator[Fact]:
    job = shown.report.job
    number = str(ordinal(shown.run))
    yield Fact("tries", number if job is None else f"{number} of {job.max_attempts}")
    if (expected := shown.outlook) is not None:
        yield Fact("next try", _next(shown, expected))


def _next(shown: Shown, expected: Outlook) -> str:
    if shown.report.job is None:
        return f"none: {expected.why}, at least on this host. Declare it again to start it."
    if not expected.expected:
        return f"none: {expected.why}. `jobs_rerun {shown.report.id}` starts it again."
    if shown.pause is not None and shown.pause.is_in_force(shown.at):
        when = "when it is resumed" if expected.at is None else f"from {moment(expected.at)} on"
        return f"{when}: {expected.why} {pauses.text(shown.pause)}"
    if expected.at is None:
        return f"now: {expected.why}"
    return f"from {moment(expected.at)} on (in {between(shown.at, expected.at)}): {expected.why}"


def _origin(shown: Shown) -> Iterator[Fact]:
    attempt, job = shown.attempt, shown.report.job
    if job is not None and job.call is not None:
        yield Fact("calls", job.call)
    said = {"source": attempt.source, "actor": attempt.actor, "executor": attempt.executor}
    parts = [attempt.trigger, *(f"{label} {text}" for label, text in said.items() if text)]
    if attempt.attempt and any(parts):
        yield Fact("attempt", f"{attempt.attempt}, triggered by {', '.join(filter(None, parts))}")
    if attempt.holder and shown.elapsed is not None:
        yield Fact("holder", attempt.holder)
    said = {"comment": attempt.comment, "note": attempt.note, "trace": trace_id(attempt.traceparent)}
    for label, text in said.items():
        if text:
            yield Fact(label, text)
    if shown.report.options:
        yield Fact("options", _options(shown.report.options))
    yield from people.facts(job)


def _options(options: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in options.items())
