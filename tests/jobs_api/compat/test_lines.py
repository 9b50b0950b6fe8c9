"""A schedule of django-cron becomes cron lines that have the same times."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from jobs_api.compat.django_cron import BadCronJobError, Schedule
from jobs_api.compat.django_cron.lines import MOST_LINES, parts
from jobs_api.schedule import slots

MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)  # a Friday

LINES = {
    "each time": (Schedule(run_every_mins=0), ["* * * * *"]),
    "one minute": (Schedule(run_every_mins=1), ["* * * * *"]),
    "five minutes": (Schedule(run_every_mins=5), ["*/5 * * * *"]),
    "half a minute": (Schedule(run_every_mins=0.5), ["* * * * *"]),
    "an hour": (Schedule(60), ["0 * * * *"]),
    "two hours": (Schedule(run_every_mins=120), ["0 */2 * * *"]),
    "a day": (Schedule(run_every_mins=24 * 60), ["0 0 * * *"]),
    "a week": (Schedule(run_every_mins=7 * 24 * 60), ["0 0 * * MON"]),
    "ninety minutes": (
        Schedule(run_every_mins=90),
        ["0 */3 * * *", "30 1,4,7,10,13,16,19,22 * * *"],
    ),
    "times": (Schedule(run_at_times=["11:30", "14:00"]), ["30 11 * * *", "0 14 * * *"]),
    "times of one hour": (Schedule(run_at_times=["17:02", "17:03", "17:04"]), ["2,3,4 17 * * *"]),
    "times of one minute": (Schedule(run_at_times=("6:30", "18:30")), ["30 6,18 * * *"]),
    "the same time twice": (Schedule(run_at_times=["1:15", "01:15"]), ["15 1 * * *"]),
    "both": (Schedule(run_every_mins=120, run_at_times=["6:30"]), ["0 */2 * * *", "30 6 * * *"]),
    "both at once": (Schedule(run_every_mins=120, run_at_times=["6:00"]), ["0 */2 * * *"]),
    "days of the week": (
        Schedule(run_at_times=["0:00"], run_weekly_on_days=[0, 6]),
        ["0 0 * * MON,SUN"],
    ),
    "days of the week, as 0.6 named them": (
        Schedule(run_every_mins=60, run_on_days=[5, 6]),
        ["0 * * * SAT,SUN"],
    ),
    "days of the month": (
        Schedule(run_at_times=["2:30"], run_monthly_on_days=[10, 1]),
        ["30 2 1,10 * *"],
    ),
    "every day": (Schedule(run_at_times=["2:30"], run_on_days=range(7)), ["30 2 * * *"]),
    "no time": (Schedule(run_monthly_on_days=[1]), []),
}  # fmt: skip


@pytest.mark.parametrize("what", LINES)
def test_the_lines_of(what):
    schedule, lines = LINES[what]
    assert [part.line for part in parts(schedule)] == lines


@pytest.mark.parametrize("every", [n for n in range(1, 1441) if 1440 % n == 0])
def test_an_interval_that_divides_a_day_has_exactly_its_slots(every):
    found = parts(Schedule(run_every_mins=every))
    if found[0].line is None:
        assert len(found) == 1
        return
    assert len(found) <= MOST_LINES
    end = MIDNIGHT + timedelta(days=1)
    due = [
        slot
        for part in found
        for slot in slots.slots_between(slots.Schedule.parse(part.line, "UTC"), MIDNIGHT, end)
    ]
    assert sorted(due) == [MIDNIGHT + timedelta(minutes=n) for n in range(0, 1440, every)]


@pytest.mark.parametrize("every", [7, 50, 100, 32, 1000, 2880, 20160])
def test_another_interval_is_counted_so_that_the_gap_is_always_the_same(every):
    (part,) = parts(Schedule(run_every_mins=every))
    now, seen = MIDNIGHT, set()
    step = timedelta(minutes=1 if every < 1440 else 60)
    while now < MIDNIGHT + timedelta(minutes=max(4 * every, 1440)):
        slot = part.newest("UTC", now)
        assert slot is not None
        assert now - timedelta(minutes=every) < slot <= now
        seen.add(slot)
        now += step
    ordered = sorted(seen)
    gaps = {after - before for before, after in itertools.pairwise(ordered)}
    assert gaps == {timedelta(minutes=every)}


def test_an_interval_of_days_begins_at_local_midnight_also_when_the_clock_changes():
    (part,) = parts(Schedule(run_every_mins=2880))
    found = {
        part.newest("Europe/Berlin", datetime(2026, month, 15, 12, tzinfo=UTC)).strftime("%H:%M %Z")
        for month in (1, 7)
    }
    assert found == {"00:00 CET", "00:00 CEST"}


def test_a_day_must_be_of_the_month_and_of_the_week_as_django_cron_had_it():
    schedule = Schedule(run_at_times=["2:30"], run_monthly_on_days=[1, 13], run_on_days=[4])
    (part,) = parts(schedule)
    assert part.line is None
    hour = datetime(2026, 11, 1, tzinfo=UTC)
    seen = {part.newest("UTC", hour + timedelta(hours=n)) for n in range(24 * 30)} - {None}
    assert seen == {datetime(2026, 11, 13, 2, 30, tzinfo=UTC)}  # the only Friday of the two


def test_a_counted_interval_keeps_to_its_days():
    (part,) = parts(Schedule(run_every_mins=7, run_on_days=[4]))
    assert part.newest("UTC", MIDNIGHT + timedelta(hours=12)) is not None
    assert part.newest("UTC", MIDNIGHT + timedelta(hours=36)) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"run_every_mins": "60"},
        {"run_every_mins": -5},
        {"run_every_mins": True},
        {"run_at_times": "6:30"},
        {"run_at_times": ["25:00"]},
        {"run_at_times": ["6.30"]},
        {"run_at_times": [630]},
        {"run_at_times": ["6:30"], "run_on_days": [7]},
        {"run_at_times": ["6:30"], "run_on_days": ["MON"]},
        {"run_at_times": ["6:30"], "run_monthly_on_days": [0]},
        {"run_at_times": ["6:30"], "run_monthly_on_days": []},
        {"run_at_times": ["6:30"], "run_monthly_on_days": 1},
    ],
)
def test_a_wrong_value_is_named_with_its_remedy(fields):
    with pytest.raises(BadCronJobError) as caught:
        parts(Schedule(**fields))
    assert any(name in caught.value.problem for name in fields)
    assert caught.value.hint
