"""The judge of `make chaos`: each thing that must not happen is noticed, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from tools.chaos.checker import Answer, Evidence, Slot, check
from tools.chaos.ledger import Event
from tools.chaos.record import Attempt
from tools.chaos.toys import Toy

MIDNIGHT = 1_800_000_000.0
"""The Unix time at which the monotonic clock of these tests showed 0."""
TOYS = (
    Toy("shared", "celery", 1, (0, 0)),
    Toy("lone", "celery", 1, (0, 0), exclusive=True),
    Toy("shared_inline", "inline", 1, (0, 0)),
    Toy("lone_inline", "inline", 1, (0, 0), exclusive=True),
)
EXECUTORS = {toy.name: toy.executor for toy in TOYS}
RUNS = {"one": 1, "two": 2}


def lived(
    job: str, run_date: str, attempt: int, begin: float, last: float, end: str = "", *, pid: int = 0
) -> list[Event]:
    """What an attempt writes that lived so long, and came to this end, or to none."""
    pid = pid or 100 + attempt
    times = [("start", begin), ("alive", begin), ("alive", last)] + ([(end, last)] if end else [])
    return [Event(job, run_date, attempt, event, pid, at, MIDNIGHT + at) for event, at in times]


def recorded(
    job: str, run_date: str, attempt: int, state: str, reason: str = "", *, finished: float | None = None
) -> Attempt:
    """A row."""
    ended = None if finished is None else MIDNIGHT + finished
    return Attempt(RUNS[run_date], job, run_date, attempt, state, reason, EXECUTORS[job], ended)


def broken(
    events: Iterable[Event] = (),
    attempts: Iterable[Attempt] = (),
    answers: Iterable[Answer] = (),
    wanted: Iterable[Slot] = (),
    **others: Any,
) -> list[str]:
    """The rules that this evidence breaks."""
    evidence = Evidence.of(events, attempts, answers, TOYS, wanted, **others)
    return sorted({violation.rule for violation in check(evidence)})


def good(job: str = "shared", run_date: str = "one") -> tuple[list[Event], list[Attempt]]:
    """A slot whose first attempt was lost and whose second one succeeded."""
    events = lived(job, run_date, 1, 0, 2) + lived(job, run_date, 2, 5, 6, "ok")
    lost = recorded(job, run_date, 1, "failed", "lost", finished=4)
    return events, [lost, recorded(job, run_date, 2, "succeeded", finished=6.1)]


@pytest.mark.parametrize("job", EXECUTORS)
def test_a_slot_that_was_lost_and_then_succeeded_breaks_nothing(job: str) -> None:
    events, attempts = good(job)
    answers = [
        Answer(job, "one", 1, 0, "overlap_skipped"),
        Answer(job, "one", 1, 1, "already_running"),
        Answer(job, "one", 1, 2, "succeeded"),
    ]
    assert broken(events, attempts, answers, [(job, "one")]) == []


def test_a_slot_without_a_run_is_noticed() -> None:
    assert broken(wanted=[("shared", "one")]) == ["succeeds once"]


@pytest.mark.parametrize("state", ["failed", "running", "claimed", "queued", "skipped"])
def test_a_slot_that_never_succeeded_is_noticed(state: str) -> None:
    attempt = recorded("shared", "one", 1, state, "lost" if state == "failed" else "")
    assert broken(attempts=[attempt]) == ["succeeds once"]


def test_two_successes_are_noticed() -> None:
    events = lived("shared", "one", 1, 0, 1, "ok") + lived("shared", "one", 2, 5, 6, "ok")
    attempts = [recorded("shared", "one", number, "succeeded", finished=9) for number in (1, 2)]
    assert "succeeds once" in broken(events, attempts)


def test_a_failure_after_a_success_is_noticed() -> None:
    events = lived("shared", "one", 1, 0, 1, "ok") + lived("shared", "one", 2, 5, 6, "error")
    attempts = [recorded("shared", "one", 1, "succeeded"), recorded("shared", "one", 2, "failed", "error")]
    assert broken(events, attempts) == ["ends with success", "succeeds once"]


@pytest.mark.parametrize("end", ["", "error"])
def test_a_success_that_no_command_had_is_noticed(end: str) -> None:
    attempts = [recorded("shared", "one", 1, "succeeded", finished=3)]
    assert broken(lived("shared", "one", 1, 0, 1, end), attempts) == ["tells the truth"]


def test_a_success_of_which_the_ledger_knows_nothing_is_noticed() -> None:
    assert broken(attempts=[recorded("shared", "one", 1, "succeeded", finished=3)]) == ["tells the truth"]


def test_a_success_that_was_written_before_the_command_had_ended_is_noticed() -> None:
    """As it is where an older attempt writes its end into the row of a newer one."""
    attempts = [recorded("shared", "one", 1, "succeeded", finished=3)]
    assert broken(lived("shared", "one", 1, 0, 4, "ok"), attempts) == ["tells the truth"]


def test_an_error_that_nothing_raised_is_noticed() -> None:
    events, attempts = good()
    attempts[0] = attempts[0]._replace(reason="error")
    assert broken(events, attempts) == ["tells the truth"]


def test_an_attempt_that_is_not_on_record_is_noticed() -> None:
    events, attempts = good()
    assert broken(events, attempts[1:]) == ["is on record"]
    assert broken(events, [attempts[0], attempts[1]._replace(attempt=3)])[0] == "is on record"


def test_a_missing_number_is_noticed_also_of_an_attempt_that_never_began() -> None:
    events, attempts = good()
    assert broken(events[-4:], attempts[1:]) == ["is on record"]


@pytest.mark.parametrize(("state", "reason"), [("running", ""), ("claimed", ""), ("failed", "")])
def test_an_attempt_without_an_end_is_noticed(state: str, reason: str) -> None:
    events, attempts = good()
    attempts[0] = attempts[0]._replace(state=state, reason=reason)
    assert broken(events, attempts) == ["is on record"]


def test_an_attempt_that_lived_although_nobody_took_it_is_noticed() -> None:
    events, attempts = good()
    attempts[0] = attempts[0]._replace(reason="submit_failed")
    assert broken(events, attempts) == ["is on record"]


def test_an_attempt_that_began_twice_is_noticed() -> None:
    events, attempts = good()
    again = lived("shared", "one", 1, 2.5, 3, pid=999)
    assert broken(events + again, attempts) == ["begins once"]


def overlapping(job: str) -> tuple[list[Event], list[Attempt]]:
    """The first attempt goes on while the second one works; on record it is lost."""
    events, attempts = good(job)
    return events + lived(job, "one", 1, 0, 5.5, "ok")[1:], attempts


def test_attempts_of_one_slot_that_overlap_are_noticed() -> None:
    assert broken(*overlapping("shared")) == ["attempts overlap"]


def test_inline_may_go_on_where_the_record_says_that_it_was_lost() -> None:
    events, attempts = overlapping("shared_inline")
    assert broken(events, attempts) == []
    interrupted = attempts[0]._replace(reason="interrupted")
    assert broken(events, [interrupted, attempts[1]]) == ["attempts overlap"]


def test_an_attempt_that_only_touches_the_one_before_is_no_overlap() -> None:
    events, attempts = good()
    assert broken(events + lived("shared", "one", 1, 0, 5)[2:], attempts) == []


def side_by_side(job: str, *, first: tuple[str, str]) -> tuple[list[Event], list[Attempt]]:
    """Two slots at once; the first one's attempt ended so, and another did what was left."""
    events = lived(job, "one", 1, 0, 3, "ok") + lived(job, "two", 1, 2, 2.5, "ok")
    attempts = [recorded(job, "one", 1, *first, finished=9), recorded(job, "two", 1, "succeeded", finished=9)]
    if first[0] == "failed":
        events += lived(job, "one", 2, 5, 6, "ok")
        attempts.append(recorded(job, "one", 2, "succeeded", finished=9))
    return events, attempts


@pytest.mark.parametrize("first", [("succeeded", ""), ("failed", "lost")])
def test_slots_of_an_exclusive_job_that_overlap_are_noticed(first: tuple[str, str]) -> None:
    assert broken(*side_by_side("lone", first=first)) == ["slots overlap"]
    assert broken(*side_by_side("shared", first=first)) == []


def test_inline_may_go_on_beside_another_slot_only_if_it_was_lost() -> None:
    assert broken(*side_by_side("lone_inline", first=("failed", "lost"))) == []
    assert broken(*side_by_side("lone_inline", first=("succeeded", ""))) == ["slots overlap"]


def test_an_overlap_with_a_long_one_is_noticed_behind_a_short_one() -> None:
    events = lived("lone", "one", 1, 0, 9, "ok") + lived("lone", "two", 1, 1, 2, "ok")
    events += lived("lone", "three", 1, 3, 4, "ok")
    attempts = [recorded("lone", slot, 1, "succeeded", finished=9) for slot in ("one", "two")]
    attempts.append(attempts[0]._replace(run=3, run_date="three"))
    found = check(Evidence.of(events, attempts, (), TOYS, ()))
    assert [(violation.rule, violation.slot[1]) for violation in found] == [
        ("slots overlap", "two"),
        ("slots overlap", "three"),
    ]


@pytest.mark.parametrize("number", [1, 3])
def test_an_attempt_that_begins_after_the_success_is_noticed(number: int) -> None:
    """A newer one that was claimed, or an older one whose message came late."""
    events = lived("shared", "one", 2, 5, 6, "ok") + lived("shared", "one", number, 8, 9)
    attempts = [recorded("shared", "one", each, "failed", "lost") for each in (1, 3)]
    attempts.append(recorded("shared", "one", 2, "succeeded", finished=7))
    assert "ends with success" in broken(events, attempts)


@pytest.mark.parametrize(
    "answer",
    [
        Answer("shared", "one", 7, 2, "already_running"),
        Answer("shared", "one", 1, 3, "accepted"),
        Answer("shared", "two", 2, 1, "accepted"),
        Answer("shared", "one", 1, 1, "already_succeeded"),
        Answer("shared", "one", 1, 1, "succeeded"),
        Answer("shared", "two", 2, 0, "overlap_skipped"),
    ],
)
def test_an_answer_that_is_not_on_record_is_noticed(answer: Answer) -> None:
    assert broken(*good(), [answer]) == ["was answered"]


def test_an_internal_error_is_noticed() -> None:
    assert broken(broken=[(("shared", "one"), "The answer was 500.")]) == ["answers"]
