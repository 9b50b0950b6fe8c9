"""Cron fields from sets and intervals, names, and values as source."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from celery.schedules import crontab

from jobs_api.importers import django_celery_beat, django_q2
from jobs_api.importers.common import day_fields, intervals
from jobs_api.importers.common.cron_fields import checked, field, mended, warnings
from jobs_api.importers.common.entry import CannotCarry
from jobs_api.importers.common.importer import Source
from jobs_api.importers.common.literals import literal
from jobs_api.importers.common.names import Names, slug
from jobs_api.schedule.slots import Schedule, slots_between

START = datetime(2026, 3, 5, 4, 23, tzinfo=UTC)
DAY = (datetime(2026, 3, 6, tzinfo=UTC), datetime(2026, 3, 20, tzinfo=UTC))


@pytest.mark.parametrize(
    ("position", "values", "text"),
    [
        (0, range(60), "*"),
        (0, range(0, 60, 5), "*/5"),
        (0, range(2, 60, 15), "2-59/15"),
        (0, [0, 30], "0,30"),
        (1, [8, 9, 10, 11], "8-11"),
        (1, [0, 1, 2, 22, 23], "0-2,22,23"),
        (1, [3], "3"),
        (2, range(1, 32, 2), "*/2"),
        (3, [1, 4, 7, 10], "*/3"),
        (4, [1, 2, 3, 4, 5], "MON-FRI"),
        (4, [0, 6], "SUN,SAT"),
        (4, range(7), "*"),
    ],
)
def test_a_set_of_values_becomes_a_short_field(position: int, values: Any, text: str) -> None:
    assert field(position, values) == text
    assert checked(" ".join(["*"] * position + [text] + ["*"] * (4 - position)))


@pytest.mark.parametrize("minutes", [2, 5, 12, 20, 30, 60, 120, 360, 720, 1440])
@pytest.mark.parametrize("start", [None, START, START.replace(hour=23, minute=59)])
def test_an_interval_that_divides_an_hour_or_a_day_fires_in_its_rhythm(
    minutes: int, start: datetime | None
) -> None:
    schedule = Schedule.parse(intervals.line(timedelta(minutes=minutes), start), "UTC")
    slots = list(slots_between(schedule, *DAY))
    gaps = {later - earlier for earlier, later in pairwise(slots)}
    assert gaps == {timedelta(minutes=minutes)}
    if start is not None:
        assert (slots[0] - start) % timedelta(minutes=minutes) == timedelta()


@pytest.mark.parametrize(
    "seconds", [0.5, 1, 30, 59, 61, 90, 7 * 60, 45 * 60, 90 * 60, 5 * 3600, 2 * 86400, 14 * 86400]
)
def test_any_other_interval_cannot_be_carried_over(seconds: float) -> None:
    with pytest.raises(CannotCarry):
        intervals.line(timedelta(seconds=seconds))


def test_both_kinds_of_days_are_joined_by_and() -> None:
    """Celery and APScheduler run if both match: the line has to run on the same days."""
    months, every = range(1, 13), range(7)
    for days in (range(1, 8), range(8, 15), range(29, 32), range(1, 32, 2), range(1, 32)):
        for weekdays in ([1], [0, 3], [1, 2, 3, 4, 5], every):
            line = day_fields.line([0], [6], days, months, weekdays)
            slots = slots_between(
                Schedule.parse(line, "UTC"),
                datetime(2026, 1, 1, tzinfo=UTC),
                datetime(2027, 1, 1, tzinfo=UTC),
            )
            all_days = (datetime(2026, 1, 1, 6, tzinfo=UTC) + timedelta(days=number) for number in range(365))
            wanted = [day for day in all_days if day.day in days and day.isoweekday() % 7 in weekdays]
            assert list(slots) == wanted, line
    with pytest.raises(CannotCarry, match="certain weekdays"):
        day_fields.line([0], [6], [13], months, [5])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("* 4 * * *", "60 times a day"),
        ("* 4,5 * * *", "120 times a day"),
        ("* * 1 * *", "each minute of these days"),
        ("*/23 * * * *", "uneven"),
        ("0 */5 * * *", "uneven"),
        ("0 0 1 * 1", "OR"),
    ],
)
def test_a_surprising_line_is_kept_with_a_warning(line: str, words: str) -> None:
    assert any(words in warning for warning in warnings(line))


@pytest.mark.parametrize("line", ["*/5 * * * *", "0 */6 * * *", "* 8-17 * * 1-5", "0 0 */2 * 1", "* * * * *"])
def test_an_ordinary_line_has_no_warning(line: str) -> None:
    assert list(warnings(line)) == []


def test_a_step_beyond_its_range_names_the_first_value() -> None:
    assert mended("*/60 */24 */40 */13 *") == "0 0 1 1 *"
    assert mended("*/59 * * * *") == "*/59 * * * *"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Send mails!", "Send_mails"),
        ("a.b.c", "a_b_c"),
        ("Zoë", "Zo"),
        ("☃", "job"),
        ("", "job"),
        ("--x--", "x"),
        ("x" * 200, "x" * 100),
        ("a\nb", "a_b"),
    ],
)
def test_a_name_becomes_a_slug(text: str, name: str) -> None:
    assert slug(text) == name


def test_names_are_unique_and_never_too_long() -> None:
    names = Names()
    made = [names.unique(text) for text in ["a", "a", "a_2", "a", "x" * 150, "x" * 150, "x" * 150]]
    assert made[:4] == ["a", "a_2", "a_2_2", "a_3"]
    assert len(set(made)) == len(made)
    assert max(map(len, made)) == 100


VALUES: list[Any] = [
    None, True, 1, -1.5, "it's", 'say "x"', "'\"", "\\", "\n\r\x00\x1b\u202e\u2028", "Zoë ☃", "{}", '"""',
    [1, [2, (3,)], ()], {"a": {"b": [None]}}, {1: 2},
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=ascii)
def test_a_value_is_written_so_that_it_is_the_same(value: Any) -> None:
    written = literal(value)
    assert eval(written, {"__builtins__": {}}) == value  # noqa: S307
    assert written.isprintable()


@pytest.mark.parametrize(
    "value",
    [object(), {1}, b"x", 1j, float("nan"), float("inf"), "\udcff", [[START]]],
    ids=[
        "an object",
        "a set",
        "bytes",
        "complex",
        "nan",
        "inf",
        "no text",
        "within",
    ],  # the same in each process
)
def test_what_has_no_literal_is_not_guessed(value: Any) -> None:
    with pytest.raises(CannotCarry):
        literal(value)


def test_a_value_that_holds_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(CannotCarry, match="too deeply"):
        literal(value)


BEAT_ROW = {
    **dict.fromkeys(
        ("expire_seconds", "expires", "start_time", "queue", "priority", "routing_key", "exchange")
    ),
    "name": "a",
    "task": "shop.tasks.tidy",
    "args": "[]",
    "kwargs": "{}",
    "enabled": True,
    "one_off": False,
    "description": "",
}
Q2_ROW = {
    "name": "a",
    "func": "shop.tasks.tidy",
    "schedule_type": "C",
    "cron": "0 3 * * *",
    "repeats": -1,
    **dict.fromkeys(
        ("pk", "minutes", "args", "kwargs", "hook", "next_run", "cluster", "intended_date_kwarg")
    ),
    "get_schedule_type_display": lambda: "Cron",
}


class Broken:
    """A row of django-celery-beat that its admin would not have taken."""

    timezone = "UTC"

    def __init__(self, minute: str) -> None:
        self.minute = minute

    @property
    def schedule(self) -> Any:
        return crontab(minute=self.minute)


@pytest.mark.parametrize("minute", ["99", "x", "", "*/0"])
def test_a_row_whose_schedule_cannot_be_read_does_not_end_the_import(minute: str) -> None:
    row = SimpleNamespace(**{**BEAT_ROW, "crontab": Broken(minute)})
    assert "Its schedule cannot be read: " in django_celery_beat._entry(row, None, Source()).reason


def test_arguments_that_are_nested_too_deeply_do_not_end_it() -> None:
    row = SimpleNamespace(**{**BEAT_ROW, "crontab": Broken("0"), "args": "[" * 50_000})
    assert "are not JSON" in django_celery_beat._entry(row, None, Source()).reason


@pytest.mark.parametrize("kwargs", ["*[1]", "1, days=2", "days=2, **{}", "days=__import__('os')"])
def test_no_argument_of_a_row_is_lost_that_cannot_be_read(kwargs: str) -> None:
    row = SimpleNamespace(**{**Q2_ROW, "kwargs": kwargs})
    assert "are not literals" in django_q2._entry(row, None).reason
    assert django_q2._entry(SimpleNamespace(**{**Q2_ROW, "kwargs": "days=2"}), None).fields is not None


def test_a_number_that_python_does_not_write_is_refused() -> None:
    with pytest.raises(CannotCarry, match="too long"):
        literal([10**5000])
