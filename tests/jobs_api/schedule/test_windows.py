"""What `around` remembers, what goes in and out of all functions, and the far ends of time."""

import ast
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from pathlib import Path

import pytest

from jobs_api.schedule import cron, slots
from jobs_api.schedule.slots import (
    Schedule,
    Window,
    around,
    current_slot,
    is_slot,
    next_slot,
    previous_slot,
    slots_between,
)

from .reference import at

NIGHTLY = Schedule.parse("30 2 * * *", "Europe/Berlin")
ON_DEMAND = Schedule.parse(None, "Europe/Berlin")
CHANGE = at("2026-10-25T01:00Z")


def fresh(schedule: Schedule, instant: datetime) -> Window:
    return Window(previous_slot(schedule, instant), next_slot(schedule, instant))


def texts(window: Window) -> list[str]:
    return [slot.isoformat() for slot in (window.previous, window.following)]


@pytest.mark.parametrize("line", ["30 2 * * *", "*/20 * * * *", "0 2,3 * * *"])
def test_around_answers_the_same_whatever_it_was_asked_before(line):
    schedule = Schedule.parse(line, "Europe/Berlin")
    minutes = [CHANGE + timedelta(minutes=7 * n) for n in range(-40, 40)]
    for order in (
        minutes,
        minutes[::-1],
        minutes[::7] + minutes[::5],
        [m for m in minutes for _ in range(2)],
    ):
        for minute in order:
            assert texts(around(schedule, minute)) == texts(fresh(schedule, minute))


def test_around_is_exact_at_both_ends_of_what_it_remembers():
    window = around(NIGHTLY, at("2026-06-15T12:00Z"))
    assert around(NIGHTLY, window.previous) is window
    assert around(NIGHTLY, window.following - timedelta.resolution) is window
    assert around(NIGHTLY, window.following).previous == window.following
    assert around(NIGHTLY, window.previous - timedelta.resolution).following == window.previous


def test_what_one_schedule_remembers_does_not_leak_into_another():
    now = at("2026-06-15T12:00Z")
    others = [
        Schedule.parse(line, zone) for line in ("30 2 * * *", "30 3 * * *") for zone in ("UTC", "Asia/Tokyo")
    ]
    for schedule in [*others, *others]:
        assert texts(around(schedule, now)) == texts(fresh(schedule, now))


def test_the_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(slots, "WINDOWS_KEPT", 10)
    now = at("2026-06-15T12:00Z")
    for minute in range(60):
        around(Schedule(f"{minute} * * * *", "UTC"), now)
        assert len(slots._windows) <= 10


def test_threads_that_share_a_schedule_get_the_windows_they_asked_for():
    errors = []

    def ask(shift: int) -> None:
        for minutes in range(0, 3000, 11):
            now = CHANGE + timedelta(minutes=minutes + shift)
            window = around(NIGHTLY, now)
            if not window.previous.timestamp() <= now.timestamp() < window.following.timestamp():
                errors.append((now, window))

    threads = [threading.Thread(target=ask, args=(997 * n,)) for n in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert errors == []


@pytest.mark.parametrize(
    "zone", [UTC, timezone(timedelta(hours=-7)), NIGHTLY.zone, Schedule("", "Asia/Tokyo").zone]
)
def test_an_instant_may_come_in_any_zone(zone):
    for minutes in range(-200, 201, 5):
        now = CHANGE + timedelta(minutes=minutes)
        assert texts(around(NIGHTLY, now.astimezone(zone))) == texts(fresh(NIGHTLY, now))
        assert is_slot(NIGHTLY, now.astimezone(zone)) == is_slot(NIGHTLY, now)


@pytest.mark.parametrize("schedule", [NIGHTLY, ON_DEMAND])
@pytest.mark.parametrize("function", [previous_slot, next_slot, around, current_slot, is_slot])
def test_a_naive_instant_is_refused(function, schedule):
    with pytest.raises(ValueError, match="is naive"):
        function(schedule, datetime(2026, 11, 20, 3))  # noqa: DTZ001


def test_naive_ends_of_a_span_are_refused_at_once_not_when_the_slots_are_asked_for():
    naive = datetime(2026, 11, 20, 3)  # noqa: DTZ001
    for start, end in ((naive, CHANGE), (CHANGE, naive)):
        with pytest.raises(ValueError, match="is naive"):
            slots_between(NIGHTLY, start, end)


def test_slots_between_takes_its_start_and_leaves_out_its_end():
    start, end = at("2026-06-15T00:30Z"), at("2026-06-17T00:30Z")
    found = list(slots_between(NIGHTLY, start, end))
    assert [slot.isoformat() for slot in found] == ["2026-06-15T02:30:00+02:00", "2026-06-16T02:30:00+02:00"]
    assert list(slots_between(NIGHTLY, end, start)) == []


def test_slots_between_is_lazy():
    forever = slots_between(
        Schedule.parse("* * * * *", "UTC"), at("2026-01-01T00:00Z"), at("9990-01-01T00:00Z")
    )
    assert len(list(islice(forever, 5))) == 5


ENDS = [
    datetime.min.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
    datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
    datetime.max.replace(tzinfo=timezone(-timedelta(hours=14))),
    at("1969-12-31T23:59:59Z"),
    at("1970-01-01T00:00Z"),
    at("9997-12-31T23:59:59Z"),
    at("9998-01-01T00:00Z"),
]


@pytest.mark.parametrize("instant", ENDS)
@pytest.mark.parametrize("line", ["30 2 * * *", "* * * * *", "0 0 29 2 *", None])
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/New_York"])
def test_the_far_ends_of_time_are_answered_without_an_error(instant, line, zone):
    schedule = Schedule.parse(line, zone)
    assert texts_or_none(around(schedule, instant)) == texts_or_none(fresh(schedule, instant))
    current_slot(schedule, instant)
    is_slot(schedule, instant)
    list(islice(slots_between(schedule, instant, ENDS[1]), 2))


def texts_or_none(window: Window) -> list[str | None]:
    return [slot and slot.isoformat() for slot in (window.previous, window.following)]


def test_no_slot_lies_before_1970_or_after_9997():
    assert fresh(NIGHTLY, at("1950-01-01T00:00Z")) == Window(
        None, next_slot(NIGHTLY, at("1970-01-01T00:00Z"))
    )
    assert fresh(NIGHTLY, ENDS[2]) == fresh(NIGHTLY, ENDS[0]) == fresh(NIGHTLY, at("1950-01-01T00:00Z"))
    assert next_slot(NIGHTLY, at("9997-12-31T12:00Z")) is None
    assert previous_slot(NIGHTLY, ENDS[1]).year == 9997


@pytest.mark.parametrize("module", [slots, cron])
def test_slots_know_neither_django_nor_a_clock(module):
    tree = ast.parse(Path(module.__file__).read_text())
    nodes = list(ast.walk(tree))
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    roots = {name.partition(".")[0] for name in imported}
    assert roots <= sys.stdlib_module_names | {"cronsim", "jobs_api"}
    assert "time" not in imported
    assert {node.attr for node in nodes if isinstance(node, ast.Attribute)}.isdisjoint(
        {"now", "today", "utcnow"}
    )
