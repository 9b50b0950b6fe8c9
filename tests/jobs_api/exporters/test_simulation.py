"""Two years of fires: one run per slot, at its time, wherever an export is used.

Each schedule is exported in each zone to each kind of platform; `timelines` then plays the platform, minute
by minute. A fire runs the newest slot, unless that is done. `-s` prints lines, surplus and lateness.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings

from jobs_api.exporters.common.exporter import Dialect
from jobs_api.exporters.common.plan import Entry
from jobs_api.schedule.slots import Schedule, in_utc
from tests.jobs_api.exporters import timelines
from tests.jobs_api.exporters.timelines import Semantics
from tests.jobs_api.exporters.toy_exporters import toy_exporter
from tests.jobs_api.exporters.toys import plan_for, toy

ZONES = (
    "UTC", "America/New_York", "Europe/Berlin", "Europe/London", "America/Los_Angeles", "America/St_Johns",
    "America/Santiago", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Adelaide", "Australia/Lord_Howe",
    "Pacific/Chatham", "Pacific/Kiritimati", "Africa/Casablanca", "Africa/Cairo", "Antarctica/Troll",
)  # fmt: skip
SCHEDULES = (
    "0 3 * * *", "30 2 * * *", "5 1-12 * * *", "*/5 * * * *", "0 * * * *", "15 */2 * * *", "0 9 * * 1-5",
    "*/20 9-17 * * 1-5", "0 0 1 * *", "30 4 L * *", "0 22 28-31 3-11 *", "0 6 1,15 * 1", "0 3 */2 * 1",
    "15 20 LW * *", "0 12 * * MON#2", "0 20 * * 5L", "30 22 * 3,10 *",
)  # fmt: skip


@dataclass(frozen=True)
class Platform:
    """A kind of platform: what an export writes for it, and how it reads that."""

    dialect: Dialect
    reads: Semantics


PLATFORMS = {
    "UTC, names of days": Platform(Dialect(), Semantics("star")),
    "UTC, Sunday is 0": Platform(Dialect(sunday=0), Semantics("or", sunday=0)),
    "UTC, Sunday is 1, L": Platform(
        Dialect(sunday=1, last_day=True), Semantics("and", sunday=1, last_day=True)
    ),
    "UTC, two lines": Platform(Dialect(lines=2), Semantics("or")),
    "UTC, one line": Platform(Dialect(lines=1), Semantics("and")),
    "zones": Platform(Dialect(zones=True), Semantics("or")),
    "zones, Sunday is 1, L": Platform(
        Dialect(zones=True, sunday=1, last_day=True), Semantics("and", sunday=1, last_day=True)
    ),
}


@dataclass(frozen=True)
class Played:
    """What two years on a platform came to."""

    missed: frozenset[int]
    late: int
    """Minutes, at most."""
    surplus: int
    """Fires that found their slot done."""


def play(entry: Entry, rules: Semantics, slots: int) -> Played:
    """Let the lines of an entry fire."""
    fires = _fires(entry, rules)
    missed, late = set(), 0
    for slot in timelines.bits(slots & ~fires):
        after, following = timelines.first_from(fires, slot), timelines.first_from(slots, slot + 1)
        if after is None or (following is not None and after >= following):
            missed.add(slot)
        else:
            late = max(late, after - slot)
    started = slots.bit_count() - len(missed)
    return Played(frozenset(missed), late, fires.bit_count() - started)


def _fires(entry: Entry, rules: Semantics) -> int:
    fires = 0
    for line in entry.lines:
        if entry.timezone == "UTC":
            fires |= timelines.timeline(line, rules)
        else:
            fires |= timelines.wall_fires(line, entry.timezone, rules)
    return fires


def jumps(zone: str) -> dict[int, int]:
    """When the clock jumps ahead, and how far."""
    return {part.start: part.moved for part in timelines.segments(zone) if part.moved > 0}


@pytest.fixture(scope="module")
def entries() -> dict[tuple[str, str, str], Entry]:
    """By platform, zone and schedule; what a platform cannot have is missing."""
    jobs = {
        (zone, line): toy(f"job{number}-{place}", line, zone, catch_up="none")
        for place, zone in enumerate(ZONES)
        for number, line in enumerate(SCHEDULES)
    }
    keys = {job.name: key for key, job in jobs.items()}
    found = {}
    for name, platform in PLATFORMS.items():
        plan = plan_for(toy_exporter(**vars(platform.dialect)), *jobs.values(), run_due="none")
        found.update({(name, *keys[entry.name]): entry for entry in plan.entries})
    return found


@pytest.fixture(scope="module")
def all_slots() -> dict[tuple[str, str], int]:
    """By zone and schedule."""
    return {(zone, line): timelines.slots(line, zone) for zone in ZONES for line in SCHEDULES}


@pytest.fixture(scope="module")
def played(entries, all_slots) -> dict[tuple[str, str, str], Played]:
    """By platform, zone and schedule."""
    return {
        (name, zone, line): play(entry, PLATFORMS[name].reads, all_slots[zone, line])
        for (name, zone, line), entry in entries.items()
    }


def test_the_slots_are_those_of_the_product(all_slots):
    """Once for the schedules that have few."""
    start, end = (timelines._MIDNIGHT.replace(year=year) for year in (2026, 2028))
    for zone in ("Europe/Berlin", "Pacific/Chatham", "Africa/Casablanca"):
        for line in (line for line in SCHEDULES if "*" not in line.split()[1] + line.split()[0]):
            known = {
                int((slot - start).total_seconds()) // 60
                for slot in in_utc(Schedule.parse(line, zone), start, end)
            }
            assert set(timelines.bits(all_slots[zone, line])) == known, (zone, line)


def test_it_does_not_matter_how_a_platform_joins_the_days(entries):
    """By AND, by OR, or as Debian does: no line restricts both."""
    fields = [line.split() for entry in entries.values() for line in entry.lines]
    assert [line for line in fields if "*" not in (line[2], line[4])] == []


def test_pain_12_in_utc_each_slot_runs_once_in_time(played):
    """A slot that the clock jumped over is called after the jump, less late than the jump is long."""
    for (name, zone, line), result in played.items():
        if name.startswith("UTC"):
            if not PLATFORMS[name].dialect.lines:
                assert not result.missed, (name, zone, line)
            # Where lines are few, two slots in the night of a jump may have one call.
            assert result.missed <= jumps(zone).keys(), (name, zone, line)
            assert result.late < max(jumps(zone).values(), default=1), (name, zone, line)


def test_with_zones_only_what_the_clock_jumped_over_is_left_to_run_due(played):
    for (name, zone, line), result in played.items():
        if name.startswith("zones"):
            assert result.missed <= jumps(zone).keys(), (name, zone, line)
            assert result.late == 0 or result.missed or "*" not in line.split()[1]


def test_no_slot_is_called_later_than_a_job_that_catches_nothing_up_allows(played, entries):
    for key, result in played.items():
        assert result.late * 60 <= entries[key].max_late, key


def test_a_call_that_was_lost_is_not_made_up_for_after_the_window(entries, all_slots):
    """Each slot's call is lost once: the next one, perhaps of another offset, starts nothing too old."""
    jobs = [toy(f"job-{place}", line, zone) for place, (zone, line) in enumerate(all_slots)]
    keys = {job.name: key for job, key in zip(jobs, all_slots, strict=True)}
    plan = plan_for(toy_exporter(), *jobs, run_due="none")
    rare = [entry for entry in plan.entries if all_slots[keys[entry.name]].bit_count() < 600]
    assert len(rare) > 100
    for entry in rare:
        slots = list(timelines.bits(all_slots[keys[entry.name]]))
        fires = list(timelines.bits(_fires(entry, Semantics("star"))))
        for slot, following in pairwise(slots):
            for late in fires[bisect_left(fires, slot) + 1 : bisect_left(fires, following)]:
                started = entry.max_late is None or (late - slot) * 60 <= entry.max_late
                assert late - slot <= timelines.DAY or not started, (keys[entry.name], late - slot)


def test_a_daily_job_needs_no_limit():
    """Whatever comes is within a day of its slot, as run-due is."""
    entry, _ = plan_for(toy_exporter(), toy("daily", "0 3 * * *", "America/New_York")).entries
    assert entry.surplus
    assert entry.max_late is None


def test_an_export_says_whether_it_has_surplus_fires(played, entries, all_slots):
    """Where it says none, it fires at the slots alone, but for an hour that comes twice."""
    for (name, zone, line), result in played.items():
        entry = entries[name, zone, line]
        if not entry.surplus and name.startswith("UTC"):
            assert result.surplus == 0, (name, zone, line, entry.lines)


def test_a_daily_job_has_two_lines_and_about_sixty_surplus_fires_a_year(played, entries):
    for zone in ("America/New_York", "Europe/Berlin", "Pacific/Chatham"):
        assert len(entries["UTC, names of days", zone, "0 3 * * *"].lines) == 2
        assert 110 <= played["UTC, names of days", zone, "0 3 * * *"].surplus <= 130
        assert len(entries["UTC, one line", zone, "0 3 * * *"].lines) == 1
        assert played["UTC, one line", zone, "0 3 * * *"].surplus == 730


def test_only_platforms_of_few_lines_refuse_any(entries):
    refused = defaultdict(set)
    for name in PLATFORMS:
        for zone in ZONES:
            for line in SCHEDULES:
                if (name, zone, line) not in entries:
                    refused[name].add(line)
    assert set(refused) == {"UTC, one line", "UTC, two lines"}
    assert refused["UTC, two lines"] < refused["UTC, one line"] < set(SCHEDULES)


SHOWN = ("0 3 * * *", "30 2 * * *", "0 9 * * 1-5", "*/5 * * * *", "0 0 1 * *", "30 4 L * *", "0 6 1,15 * 1")
DAYS_NAMED, ONE_LINE = "UTC, names of days", "UTC, one line"


def test_the_documentation_has_the_numbers(played, entries):
    """docs/exporting.md: the worst zone of each schedule."""
    lines = ["| schedule | lines | surplus a year | with one line | late |", "|---|---|---|---|---|"]
    for line in SHOWN:
        keys = [(DAYS_NAMED, zone, line) for zone in ZONES]
        most = max(len(entries[key].lines) for key in keys)
        surplus, late = _worst(played, DAYS_NAMED, line), max(played[key].late for key in keys)
        ones = [zone for zone in ZONES if (ONE_LINE, zone, line) in entries]
        one = f"{_worst(played, ONE_LINE, line)} a year" if len(ones) == len(ZONES) else "not in all zones"
        one = one if ones else "refused"
        lines.append(f"| `{line}` | {most} | {surplus} | {one} | {f'{late} min' if late else '-'} |")
    page = (Path(settings.BASE_DIR) / "docs" / "exporting.md").read_text()
    assert "\n".join(lines) in page, "\n" + "\n".join(lines)


def _worst(played, platform, line):
    found = [result.surplus for key, result in played.items() if (key[0], key[2]) == (platform, line)]
    return max(found) // 2


def test_the_table(played, entries):
    """Printed with -s: by platform and schedule, over all zones, for each of the two years."""
    print(
        f"\n{'platform':22} {'schedule':20} {'lines':>5} {'surplus/year':>13} {'late/min':>8} {'refused':>7}"
    )
    for name in PLATFORMS:
        for line in SCHEDULES:
            keys = [(name, zone, line) for zone in ZONES if (name, zone, line) in entries]
            if keys:
                lines = max(len(entries[key].lines) for key in keys)
                surplus = max(played[key].surplus for key in keys) // 2
                late = max(played[key].late for key in keys)
                print(f"{name:22} {line:20} {lines:5} {surplus:13} {late:8} {len(ZONES) - len(keys):7}")
    assert max(len(entry.lines) for entry in entries.values()) <= 8
