"""The tables that are printed at the end."""

from __future__ import annotations

from collections import Counter

from tools.chaos.checker import Evidence, Violation, reasons
from tools.chaos.sources import Log

SUPPRESSED = ("already_running", "already_succeeded", "overlap_skipped")
MOST = 30


def report(faults: Counter[str], evidence: Evidence, log: Log, violations: list[Violation]) -> str:
    """All tables, one after the other."""
    return "\n\n".join(
        (
            _section("faults injected", faults),
            _slots(evidence),
            _section("attempts by end", reasons(evidence)),
            _section("triggers by answer", log.outcomes),
            _duplicates(log),
            _violations(violations, evidence),
        )
    )


def _section(title: str, counts: Counter[str]) -> str:
    lines = [f"  {name:<28}{count:>7,}" for name, count in sorted(counts.items())]
    return "\n".join([f"{title} ({sum(counts.values()):,})", *lines])


def _slots(evidence: Evidence) -> str:
    recorded = evidence.by_slot()
    lines = [f"  {'job':<22}{'executor':<14}{'overlap':<9}{'slots':>6}{'succeeded':>11}{'attempts':>10}"]
    for toy in evidence.toys.values():
        slots = {slot for slot in recorded.keys() | evidence.required if slot[0] == toy.name}
        attempts = [attempt for slot in slots for attempt in recorded.get(slot, [])]
        done = sum(attempt.state == "succeeded" for attempt in attempts)
        overlap = "skip" if toy.exclusive else "allow"
        lines.append(
            f"  {toy.name:<22}{toy.executor:<14}{overlap:<9}{len(slots):>6}{done:>11}{len(attempts):>10}"
        )
    return "\n".join([f"slots checked ({len(recorded.keys() | evidence.required):,})", *lines])


def _duplicates(log: Log) -> str:
    outcomes = Counter[str]()
    for name, count in log.outcomes.items():
        outcomes[name.removeprefix("run-due: ")] += count
    return f"duplicates suppressed ({sum(outcomes[name] for name in SUPPRESSED):,})"


def _violations(violations: list[Violation], evidence: Evidence) -> str:
    counts = Counter(violation.rule for violation in violations)
    lines = [_section("violations", counts)]
    for violation in violations[:MOST]:
        lines.append(f"  {violation.rule}: {' '.join(violation.slot)}: {violation.text}")
    if len(violations) > MOST:
        lines.append(f"  ... and {len(violations) - MOST:,} more")
    for slot in sorted({violation.slot for violation in violations[:3]}):
        lines.append(_story(slot, evidence))
    return "\n".join(lines)


def _story(slot: tuple[str, str], evidence: Evidence) -> str:
    """Everything that is known about one slot."""
    lines = [f"  the story of {' '.join(slot)}"]
    lines += [f"    on record: {attempt}" for attempt in evidence.by_slot().get(slot, [])]
    for (of, _), life in evidence.lives.items():
        if of == slot:
            end = life.end
            lines.append(
                f"    lived: {life} in process {life.events[0].pid}, ended: {end.event if end else 'no'}"
            )
    return "\n".join(lines)
