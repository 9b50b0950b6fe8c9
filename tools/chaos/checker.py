"""Check the guarantee: compare the ledger of living commands with the records and with the answers.

Pure: everything is passed in. An attempt lived at least from its first line to its last one. Inline
cannot kill: a command whose lease was taken over goes on there, and the record has to say that it was lost.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from tools.chaos.ledger import Event
from tools.chaos.record import Attempt
from tools.chaos.toys import Toy

Slot = tuple[str, str]
"""A job's name and a run_date."""
HELD = ("claimed", "running")


class Answer(NamedTuple):
    """A trigger that was answered with a run."""

    job: str
    run_date: str
    run: int
    attempt: int
    outcome: str


class Violation(NamedTuple):
    """One thing that must not happen."""

    rule: str
    slot: Slot
    text: str


@dataclass(slots=True)
class Life:
    """One attempt, as the ledger shows it."""

    slot: Slot
    attempt: int
    events: list[Event] = field(default_factory=list)

    @property
    def began(self) -> float:
        return self.events[0].at

    @property
    def last(self) -> float:
        return max(event.at for event in self.events)

    @property
    def end(self) -> Event | None:
        """The end that the command wrote itself, if any."""
        return next((event for event in self.events if event.event in ("ok", "error")), None)

    def overlaps(self, other: Life) -> bool:
        """Whether both were certainly alive at the same moment."""
        return self.began < other.last and other.began < self.last

    def __str__(self) -> str:
        return f"{self.slot[0]} {self.slot[1]} attempt {self.attempt} [{self.began:.3f} to {self.last:.3f}]"


@dataclass(slots=True)
class Evidence:
    """Everything that is known after a run of the chaos."""

    lives: dict[tuple[Slot, int], Life]
    attempts: dict[tuple[Slot, int], Attempt]
    answers: list[Answer]
    toys: dict[str, Toy]
    required: set[Slot]
    """The slots that were triggered, or due by a schedule."""
    broken: list[tuple[Slot, str]] = field(default_factory=list)
    """Answers that must not occur: an internal error or a refused request."""

    @classmethod
    def of(
        cls,
        events: Iterable[Event],
        attempts: Iterable[Attempt],
        answers: Iterable[Answer],
        toys: Iterable[Toy],
        required: Iterable[Slot],
        broken: Iterable[tuple[Slot, str]] = (),
    ) -> Evidence:
        """Build it from the ledger, the records and the answers."""
        lives: dict[tuple[Slot, int], Life] = {}
        for event in sorted(events, key=lambda event: event.at):
            slot = event.job, event.run_date
            lives.setdefault((slot, event.attempt), Life(slot, event.attempt)).events.append(event)
        recorded = {((one.job, one.run_date), one.attempt): one for one in attempts}
        by_name = {toy.name: toy for toy in toys}
        return cls(lives, recorded, list(answers), by_name, set(required), list(broken))

    def by_slot(self) -> dict[Slot, list[Attempt]]:
        """Each slot's attempts on record, by number."""
        found: dict[Slot, list[Attempt]] = defaultdict(list)
        for (slot, _), attempt in sorted(self.attempts.items()):
            found[slot].append(attempt)
        return found

    def outlived(self, life: Life) -> bool:
        """Whether it may have continued after its lease: inline and recorded as lost."""
        attempt = self.attempts.get((life.slot, life.attempt))
        return attempt is not None and attempt.executor == "inline" and attempt.reason == "lost"


def check(evidence: Evidence) -> list[Violation]:
    """All violations."""
    return [violation for rule in RULES for violation in rule(evidence)]


def every_slot_succeeded_once(evidence: Evidence) -> Iterator[Violation]:
    """Nothing acknowledged is lost, and nothing succeeds twice."""
    recorded = evidence.by_slot()
    for slot in sorted(evidence.required | recorded.keys()):
        states = [attempt.state for attempt in recorded.get(slot, [])]
        if not states:
            yield Violation("succeeds once", slot, "There is no run.")
        elif states.count("succeeded") != 1 or states[-1] != "succeeded":
            yield Violation("succeeds once", slot, f"Its attempts ended as {', '.join(states)}.")


def a_success_is_what_happened(evidence: Evidence) -> Iterator[Violation]:
    """A recorded end is true: it was written after the command's end, by the attempt that it names."""
    for key, attempt in evidence.attempts.items():
        life = evidence.lives.get(key)
        end = life.end if life else None
        if attempt.state == "succeeded" and (end is None or end.event != "ok"):
            yield Violation(
                "tells the truth",
                key[0],
                f"Attempt {key[1]} is recorded as succeeded, but its command did not succeed.",
            )
        elif attempt.reason == "error" and (end is None or end.event != "error"):
            yield Violation(
                "tells the truth",
                key[0],
                f"Attempt {key[1]} is recorded as failed, but its command raised nothing.",
            )
        elif end and attempt.finished and attempt.state == "succeeded" and attempt.finished < end.wall - 0.01:
            early = f"Attempt {key[1]} was recorded as succeeded {end.wall - attempt.finished:.3f} s before."
            yield Violation("tells the truth", key[0], early)


def every_life_is_explained(evidence: Evidence) -> Iterator[Violation]:
    """Each attempt whose command ran is on record with its end, and no number is missing."""
    for (slot, number), life in evidence.lives.items():
        attempt = evidence.attempts.get((slot, number))
        if attempt is None:
            yield Violation("is on record", slot, f"Attempt {number} lived, but is not on record.")
        elif attempt.state in HELD or (attempt.state == "failed" and not attempt.reason):
            yield Violation("is on record", slot, f"Attempt {number} has no end: {attempt.state}.")
        elif attempt.reason == "submit_failed":
            yield Violation("is on record", slot, f"Attempt {number} lived: {life}, but was not submitted.")
    for slot, attempts in evidence.by_slot().items():
        numbers = [attempt.attempt for attempt in attempts]
        if numbers not in ([0], list(range(1, len(numbers) + 1))):
            yield Violation("is on record", slot, f"Attempts {numbers} are on record.")


def no_attempt_begins_twice(evidence: Evidence) -> Iterator[Violation]:
    """Each attempt begins once, however often an engine delivers it."""
    for (slot, number), life in evidence.lives.items():
        starts = sum(event.event == "start" for event in life.events)
        if starts != 1 or len({event.pid for event in life.events}) != 1:
            yield Violation("begins once", slot, f"Attempt {number} began {starts} times.")


def no_attempts_of_a_slot_overlap(evidence: Evidence) -> Iterator[Violation]:
    """An executor that can kill has stopped the previous attempt; for others the record shows the loss."""
    lives: dict[Slot, list[Life]] = defaultdict(list)
    for life in evidence.lives.values():
        lives[life.slot].append(life)
    for among in lives.values():
        yield from _overlaps("attempts overlap", among, evidence)


def no_slots_of_an_exclusive_job_overlap(evidence: Evidence) -> Iterator[Violation]:
    """The same for the slots of an exclusive job."""
    lives: dict[str, list[Life]] = defaultdict(list)
    for life in evidence.lives.values():
        lives[life.slot[0]].append(life)
    for name, among in lives.items():
        if name in evidence.toys and evidence.toys[name].exclusive:
            yield from _overlaps("slots overlap", among, evidence, of_slots=True)


def _overlaps(
    rule: str, among: list[Life], evidence: Evidence, *, of_slots: bool = False
) -> Iterator[Violation]:
    running: list[Life] = []
    for life in sorted(among, key=lambda life: life.began):
        running = [other for other in running if other.last > life.began]
        for other in running:
            if (other.slot != life.slot) == of_slots and not evidence.outlived(other):
                yield Violation(rule, life.slot, f"{other} lived beside {life}.")
        running.append(life)


def nothing_begins_after_a_success(evidence: Evidence) -> Iterator[Violation]:
    """No attempt begins after a success of its slot."""
    done: dict[Slot, tuple[int, float]] = {}
    for (slot, number), attempt in evidence.attempts.items():
        life = evidence.lives.get((slot, number))
        if attempt.state == "succeeded" and life:
            done[slot] = number, life.last
    for (slot, number), life in evidence.lives.items():
        winner, at = done.get(slot, (number, life.began))
        if number > winner or life.began > at:
            yield Violation("ends with success", slot, f"{life} began although attempt {winner} succeeded.")


def what_was_answered_is_on_record(evidence: Evidence) -> Iterator[Violation]:
    """A run in an answer exists, belongs to this slot, and has the answered state if that was final."""
    recorded = evidence.by_slot()
    for answer in evidence.answers:
        slot = answer.job, answer.run_date
        attempt = evidence.attempts.get((slot, answer.attempt))
        given_answer = f"{answer.outcome}: run {answer.run}, attempt {answer.attempt}"
        if answer.attempt == 0:  # skipped or queued at that time: the run has continued since then
            attempt = next(iter(recorded.get(slot, [])), None)
        if attempt is None or attempt.run != answer.run:
            yield Violation("was answered", slot, f"The answer was {given_answer}; that is not on record.")
        elif answer.outcome in ("succeeded", "already_succeeded") and attempt.state != "succeeded":
            yield Violation(
                "was answered", slot, f"The answer was {given_answer}; on record it is {attempt.state}."
            )


def unavailable_is_answered_503(evidence: Evidence) -> Iterator[Violation]:
    """Whatever dies, the answer is 503: the caller can try again."""
    for slot, text in evidence.broken:
        yield Violation("answers", slot, text)


RULES = (
    every_slot_succeeded_once,
    a_success_is_what_happened,
    every_life_is_explained,
    no_attempt_begins_twice,
    no_attempts_of_a_slot_overlap,
    no_slots_of_an_exclusive_job_overlap,
    nothing_begins_after_a_success,
    what_was_answered_is_on_record,
    unavailable_is_answered_503,
)


def reasons(evidence: Evidence) -> Counter[str]:
    """How many attempts ended in each way."""
    return Counter(attempt.reason or attempt.state for attempt in evidence.attempts.values())
