"""The triggers of a run: those that began an attempt, with their answers, and the repeats, as counts.

A repeat writes nothing, so only those that began an attempt are known one by one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import islice

from django.utils.translation import gettext as _

from jobs_api import executors
from jobs_api.conf import config
from jobs_api.dashboard.run_page import words
from jobs_api.dashboard.run_page.reading import Reading
from jobs_api.exceptions import OUTCOMES as STATUS
from jobs_api.models import Reason, State
from jobs_api.monitoring.count_rows import OTHER
from jobs_api.monitoring.run_report import AttemptReport
from jobs_api.schedule.slots import slots_between

MOST = 8
"""So many triggers are listed, the newest ones."""


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """A trigger that began an attempt, or that made the run."""

    attempt: AttemptReport
    at: datetime | None
    by: str
    status: int | None
    """None where it was no call over HTTP, or nothing was answered yet."""
    outcome: str
    began: str
    """What it began, in words."""


@dataclasses.dataclass(frozen=True, slots=True)
class Repeat:
    """Triggers that began nothing."""

    count: int
    source: str
    status: int | None
    outcome: str


@dataclasses.dataclass(frozen=True, slots=True)
class Answers:
    """What came, and what it was answered."""

    began: Sequence[Answer]
    """Oldest first."""
    hidden: int
    """How many earlier ones are not listed."""
    repeats: Sequence[Repeat]
    shared: bool
    """Whether several slots of the job share these counts."""

    @property
    def calls(self) -> int:
        """How many calls there were, as far as they are counted."""
        return len(self.began) + self.hidden + sum(each.count for each in self.repeats)

    @property
    def attempts(self) -> int:
        """How many of them began an attempt."""
        return sum(1 for each in self.began if each.attempt.attempt) + self.hidden


def answers(reading: Reading) -> Answers:
    """Of a run."""
    shown = reading.attempts[-MOST:]
    before = {each.attempt: each for each in reading.attempts}
    began = [_answer(reading, each, before.get(each.attempt - 1)) for each in shown]
    began += _before_any(reading)
    hidden = max(reading.report.newest.attempt - len(shown), 0)
    repeats = [
        Repeat(each.count, _source(each.source), STATUS.get(each.outcome), each.outcome)
        for each in reading.counts
    ]
    return Answers(began, hidden, repeats, _shares(reading))


def _before_any(reading: Reading) -> list[Answer]:
    """The trigger that made the run of a slot that no attempt has taken."""
    report, newest = reading.report, reading.report.newest
    if newest.attempt or report.state not in (State.SKIPPED, State.QUEUED):
        return []
    skipped = report.state == State.SKIPPED
    status = STATUS["overlap_skipped"] if skipped and newest.trigger == "http" else None
    told = _("another slot of its job was running") if skipped else _("queued the slot")
    return [
        Answer(
            attempt=newest,
            at=newest.finished_at or report.created_at,
            by=words.by(newest),
            status=status,
            outcome="overlap_skipped" if skipped else "",
            began=told,
        )
    ]


def _source(name: str) -> str:
    if name == OTHER:
        return _("other sources")
    return name or _("a source without a name")


def _shares(reading: Reading) -> bool:
    """Whether its job has other slots on that day."""
    job = reading.report.job
    if job is None or job.schedule is None:
        return True
    start = datetime.combine(reading.day, time(), UTC)
    return len(list(islice(slots_between(job.slots, start, start + timedelta(days=1)), 2))) > 1


def _answer(reading: Reading, attempt: AttemptReport, before: AttemptReport | None) -> Answer:
    status, outcome = _answered(attempt, in_request=_in_request(reading, attempt))
    return Answer(
        attempt=attempt,
        at=attempt.claimed_at or attempt.started_at or attempt.finished_at,
        by=words.by(attempt),
        status=status,
        outcome=outcome,
        began=_began(attempt, before),
    )


def _in_request(reading: Reading, attempt: AttemptReport) -> bool:
    """Whether its caller waits for its end; nothing is imported for a name that no job has any more."""
    job = reading.report.job
    if job is None or attempt.executor != job.executor_name:
        return attempt.executor == "inline"
    return executors.load(attempt.executor).in_request


def _answered(attempt: AttemptReport, *, in_request: bool) -> tuple[int | None, str]:
    """As the API answers it: an attempt that runs in the request by its end, another that it was accepted.

    One that ends while its caller still waits is answered by its end, too.
    """
    if attempt.trigger != "http":
        return None, ""
    if attempt.reason == Reason.SUBMIT_FAILED:
        return STATUS["submit_failed"], "submit_failed"
    ended = attempt.finished_at is not None and attempt.reason != Reason.LOST
    if in_request:
        return _by_end(attempt) if ended else (None, "")
    return _by_end(attempt) if ended and _at_once(attempt) else (STATUS["accepted"], "accepted")


def _at_once(attempt: AttemptReport) -> bool:
    if attempt.claimed_at is None or attempt.finished_at is None:
        return False
    return (attempt.finished_at - attempt.claimed_at).total_seconds() < config().wait_seconds


def _by_end(attempt: AttemptReport) -> tuple[int | None, str]:
    outcome = attempt.state if attempt.state in (State.SUCCEEDED, State.CANCELLED) else "failed"
    return STATUS[outcome], str(outcome)


def _began(attempt: AttemptReport, before: AttemptReport | None) -> str:
    names = {"number": attempt.attempt, "before": attempt.attempt - 1}
    if before is not None and before.reason == Reason.LOST:
        return _("began attempt %(number)s, as %(before)s was lost") % names
    if before is not None and before.reason == Reason.INTERRUPTED:
        return _("began attempt %(number)s, as %(before)s was interrupted") % names
    if before is not None and before.state == State.FAILED:
        return _("began attempt %(number)s, as %(before)s had failed") % names
    return _("began attempt %(number)s") % names
