"""AWS's cron expressions: a dozen shapes fire at the times of the lines that they come from."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from jobs_api import Job
from jobs_api.exporters import all_exporters
from jobs_api.exporters.common.aws_cron import NAMES, aws_cron
from jobs_api.schedule.cron import wall_times
from tests.jobs_api.exporters.toys import TOYS, plan_for

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
JANUARY = datetime(2028, 1, 1, tzinfo=UTC)

SHAPES = {
    "0 3 * * *": "cron(0 3 * * ? *)",
    "*/5 * * * *": "cron(0/5 * * * ? *)",
    "5/10 * * * *": "cron(5,15,25,35,45,55 * * * ? *)",
    "10-40/15 9-17 * * *": "cron(10,25,40 9-17 * * ? *)",
    "0 */6 * * *": "cron(0 0/6 * * ? *)",
    "30 2,14 1,15 * *": "cron(30 2,14 1,15 * ? *)",
    "0 0 */2 * *": "cron(0 0 1/2 * ? *)",
    "0 0 L * *": "cron(0 0 L * ? *)",
    "0 9 * * 1-5": "cron(0 9 ? * MON-FRI *)",
    "0 9 * * MON-FRI": "cron(0 9 ? * MON-FRI *)",
    "0 9 * * 0": "cron(0 9 ? * SUN *)",
    "0 9 * * 7": "cron(0 9 ? * SUN *)",
    "0 9 * * 5-7": "cron(0 9 ? * SUN,FRI,SAT *)",
    "0 9 * * SAT,SUN": "cron(0 9 ? * SUN,SAT *)",
    "0 9 * * */2": "cron(0 9 ? * SUN,TUE,THU,SAT *)",
    "0 0 1 */3 *": "cron(0 0 1 1/3 ? *)",
    "0 0 1 JAN,JUL *": "cron(0 0 1 1,7 ? *)",
    "0 0 28-31 11-12 *": "cron(0 0 28-31 11,12 ? *)",
}


@pytest.mark.parametrize(("line", "expression"), SHAPES.items(), ids=SHAPES)
def test_it_is_written_as_the_vendor_describes(line, expression):
    assert aws_cron(line) == expression


@pytest.mark.parametrize("line", SHAPES)
def test_it_fires_exactly_at_the_times_of_the_line(line):
    # All days where the day matters, else all minutes of a few days.
    daily = line.split()[2:] != ["*", "*", "*"]
    start, end = (JANUARY, JANUARY + timedelta(days=366)) if daily else (MONDAY, MONDAY + timedelta(days=2))
    assert fires(aws_cron(line), start, end) == due(line, start, end)


def test_the_last_day_in_a_list_fires_at_least_at_the_times_of_the_line():
    expression, end = aws_cron("0 0 L,15 * *"), JANUARY + timedelta(days=366)
    assert expression == "cron(0 0 15,28,29,30,31 * ? *)"
    assert set(fires(expression, JANUARY, end)) > set(due("0 0 L,15 * *", JANUARY, end))


CHATHAM = [Job(f"e{n}", schedule=line, timezone="Pacific/Chatham") for n, line in enumerate(SHAPES)]


@pytest.mark.parametrize("platform", ["eventbridge", "eventbridge-scheduler"])
def test_every_line_of_a_plan_can_be_written(platform):
    plan = plan_for(all_exporters()[platform], *TOYS.values(), *CHATHAM)
    for line in {line for entry in plan.entries for line in entry.lines}:
        found, end = fires(aws_cron(line), MONDAY, MONDAY + timedelta(days=40)), MONDAY + timedelta(days=40)
        assert set(found) >= set(due(line, MONDAY, end)), line


# -- AWS's reading, as its user guide describes it ---------------------------------------------


def due(line, start, end):
    times = []
    for at in wall_times(line, start):
        if at >= end:
            return times
        times.append(at)
    return times


def fires(expression, start, end):
    fields = re.fullmatch(r"cron\((.+)\)", expression)[1].split()
    minute, hour, day, month, weekday, year = fields
    assert len(fields) == 6
    assert year == "*"
    assert (day == "?") != (weekday == "?")
    minutes, hours = values(minute, 0, 59), values(hour, 0, 23)
    times, at = [], start
    while at < end:
        if at.month in values(month, 1, 12) and on_day(at, day) and on_weekday(at, weekday):
            times += [at.replace(hour=h, minute=m) for h in sorted(hours) for m in sorted(minutes)]
        at += timedelta(days=1)
    return times


def on_day(at, field):
    if field == "L":
        return (at + timedelta(days=1)).day == 1
    return field == "?" or at.day in values(field, 1, 31)


def on_weekday(at, field):
    number = at.isoweekday() % 7 + 1  # 1 is Sunday
    for place, name in enumerate(NAMES, 1):
        field = field.replace(name, str(place))
    return field == "?" or number in values(field, 1, 7)


def values(field, first, last):
    """Of `, - * /`, where a step always starts at a number."""
    found = set()
    for term in field.split(","):
        if term == "*":
            found |= set(range(first, last + 1))
        elif "/" in term:
            low, step = map(int, term.split("/"))
            found |= set(range(low, last + 1, step))
        else:
            low, _, high = term.partition("-")
            found |= set(range(int(low), int(high or low) + 1))
    assert all(first <= value <= last for value in found)
    return found
