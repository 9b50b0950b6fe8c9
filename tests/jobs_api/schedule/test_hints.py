"""What people are told to write instead of what they have brought from other schedulers and from habit."""

from __future__ import annotations

import re
from itertools import product
from zoneinfo import ZoneInfo, available_timezones

import pytest
from cronsim import CronSim

from jobs_api.schedule import line_hints, zone_hints
from jobs_api.schedule.slots import BadSchedule, Schedule
from jobs_api.schedule.zones import FIRST


def refused(expression: str | None, timezone: object = "UTC") -> BadSchedule:
    with pytest.raises(BadSchedule) as caught:
        Schedule.parse(expression, timezone)
    return caught.value


ZONES = {
    "GMT+2": ["Etc/GMT-2", "2 h ahead of UTC", "sign in such names is reversed", "Europe/Athens"],
    "GMT-5": ["Etc/GMT+5", "5 h behind UTC", "America/New_York"],
    "UTC+2": ["Etc/GMT-2", "Europe/Athens"],
    "utc + 2": ["Etc/GMT-2"],
    "UTC\N{MINUS SIGN}3": ["Etc/GMT+3", "America/Sao_Paulo"],
    "+02:00": ["Etc/GMT-2"],
    "-0700": ["Etc/GMT+7", "America/Denver"],
    "Z+1": ["Etc/GMT-1", "Europe/Berlin"],
    "UTC+5:30": ["parts of an hour", "Asia/Kolkata"],
    "GMT+20": ["14 h ahead"],
    "Etc/GMT+15": ["12 h behind"],
    "Z": ['Write "UTC".'],
    "utc": ['Write "UTC".'],
    "UTC-00:00": ['Write "UTC".'],
    "localtime": ["zone of this machine", "Europe/Berlin"],
    "/etc/localtime": ["zone of this machine"],
    "System": ["zone of this machine"],
    "PST": ["several places", "America/Los_Angeles", "Asia/Manila"],
    "IST": ["Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"],
    "cst": ["America/Chicago", "Asia/Shanghai"],
    "BST": ["Europe/London", "Asia/Dhaka"],
    "JST": ['Write the place, "Asia/Tokyo"'],
    "EST5": ["a rule, not a name", "America/New_York"],
    "CET-1CEST": ["a rule, not a name", "Europe/Berlin"],
    "EST5EDT,M3.2.0,M11.1.0": ["a rule, not a name", "America/New_York"],
    "<+03>-3": ["a rule, not a name"],
    "W. Europe Standard Time": ["of Windows"],
    "Eastern Daylight Time": ["of Windows"],
    "Berlin": ['Did you mean "Europe/Berlin"?'],
    "EUROPE/BERLIN": ['Did you mean "Europe/Berlin"?'],
    "Europe/Berln": ['Did you mean "Europe/Berlin"?'],
    "america/new york": ['Did you mean "America/New_York"?'],
    "posix/Europe/Berlin": ['Did you mean "Europe/Berlin"?'],
    "est5edt": ['Did you mean "EST5EDT"?'],
    "Europe": ["an area", "Europe/Berlin"],
    "asia/": ["an area", "Asia/"],
}


@pytest.mark.parametrize("name", ZONES)
def test_a_zone_that_is_none_is_answered_with_what_is_meant(name):
    hint = refused(None, name).hint
    assert all(part in hint for part in ZONES[name]), hint


@pytest.mark.parametrize("name", ["Germany", "Mars/Olympus", "XYZ", "AA", "ET", "None", "", None, 7])
def test_a_name_like_no_other_is_answered_without_a_guess(name):
    assert "Did you mean" not in refused(None, name).hint


@pytest.mark.parametrize("hours", range(-12, 15))
def test_the_zone_that_is_suggested_for_an_offset_has_that_offset(hours):
    if not hours:
        return
    hint = refused(None, f"UTC{hours:+d}").hint
    etc, *others = re.findall(r'"([A-Z]\w+/[^"]+)"', hint)
    assert FIRST.astimezone(ZoneInfo(etc)).utcoffset().total_seconds() == hours * 3600
    assert len(others) == 1


def test_every_zone_that_a_hint_may_name_exists():
    listed = [place for places in zone_hints.ABBREVIATIONS.values() for place in places.split()]
    named = {*listed, *zone_hints.PLACES.values(), *zone_hints.POSIX_ONLY.values()}
    assert named <= available_timezones()
    assert not available_timezones() & {*zone_hints.ABBREVIATIONS}


LINES = {
    "0 0 * * FRI-MON": 'write "FRI,SAT,SUN,MON"',
    "0 0 * * fri-sun": 'write "FRI,SAT,SUN"',
    "0 0 * * MON-SUN": 'the whole range: write "*"',
    "0 0 * * 7-1": 'write "0,1"',
    "0 0 * * 1-5,6-0": 'write "6,0"',
    "0 22-2 * * *": 'write "22-23,0-2"',
    "0 22-5/2 * * *": 'write "22,0,2,4"',
    "0 0 1 NOV-FEB *": 'write "NOV-DEC,JAN-FEB"',
    "CRON_TZ=Europe/Berlin 0 3 * * *": 'Write schedule="0 3 * * *", timezone="Europe/Berlin"',
    "TZ=UTC @daily": 'Write schedule="@daily", timezone="UTC"',
    "CRON_TZ= 0 3": 'Write timezone="',
    "0 3 * * * root /usr/bin/backup": 'Write only "0 3 * * *"; Job(command=...) names what runs',
    "0 3 * * * /srv/app/manage.py clearsessions": 'Write only "0 3 * * *"',
    "*/5 * * * * backup.sh": 'Write only "*/5 * * * *"',
    "@daily root backup": 'Write only "@daily"',
    "0 3 ? * MON": 'Write "*" instead of "?"',
    "0 3 15W * *": 'Only "LW" exists',
    "0 3 L-3 * *": 'Only "L" and "LW" exist',
    "0 3 * * FRIL": 'Write "5L"',
    "0 3 * * L": '"SAT" for Saturday',
    "0 L * * *": 'no meaning there: "MON#2" stands in the fifth field',
    "0 3 2#1 * *": "no meaning there",
    "0 3 * * MON#6": "a number from 1 to 5",
    "0 3 * * #2": "a number from 1 to 5",
    "0 0 3 * * *": 'no seconds and no years: write "0 3 * * *" or "0 0 3 * *"',
    "0 0 3 * * ?": 'write "0 3 * * *".',
    "0 3 ? * MON *": 'write "0 3 * * MON".',
    "0 0 12 ? * MON-FRI *": 'write "0 12 * * MON-FRI".',
    "*/10 * * * * *": 'no seconds: the shortest schedule is "* * * * *"',
    "0 3 * * * 2026": 'no field for the year: write "0 3 * * *"',
    "cron(0 3 * * ? *)": 'such as "0 3 * * *"',
    "rate(5 minutes)": 'such as "*/5 * * * *"',
    "H 3 * * *": 'There is no "H"',
    "0~30 3 * * *": "no random value",
    "daily": 'Write "@daily"',
    "0 3 * * MON, WED": 'write "0 3 * * MON,WED"',
    "0 3 * * Monday-Friday": 'Write "MON-FRI"',
    "0 3 1 January *": 'Write "JAN"',
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_another_scheduler_is_answered_with_ours(line):
    error = refused(line)
    assert LINES[line] in error.hint
    for suggested in re.findall(r'"([-*,/#\dA-Z]+(?: [-*,/#\dA-Z]+){4})"', error.hint):
        Schedule.parse(suggested, "UTC")


@pytest.mark.parametrize("line", ["0 0 * * SUN-MON", "0 0 * * SUN-SAT", "0 0 * * 5-7", "0 0 LW * 5L"])
def test_what_only_looks_like_it_is_taken(line):
    assert Schedule.parse(line, "UTC").expression == line


WHOLE = {0: range(60), 1: range(24), 2: range(1, 32), 3: range(1, 13), 4: range(7)}


@pytest.mark.parametrize("position", WHOLE)
def test_what_is_suggested_for_a_range_over_the_end_means_that_range(position):
    whole = [*WHOLE[position]]
    for first, last in product(whole[:: max(len(whole) // 8, 1)], repeat=2):
        if first <= last:
            continue
        hint = line_hints.for_field(position, f"{first}-{last}")
        field = re.search(r'write "([^"]+)"', hint)[1]
        line = " ".join("*" if place != position else field for place in range(5))
        ticker = CronSim(line, FIRST)
        meant = {value for value in whole if value >= first or value <= last}
        got = [ticker.minutes, ticker.hours, ticker.days, ticker.months, ticker.weekdays][position]
        assert {value % 7 if position == 4 else value for value in got} == meant, hint


@pytest.mark.parametrize(
    "field",
    ["9" * 5000, "1-" + "9" * 5000, "22-2/" + "9" * 99, "22-2/0", "\uff19-1", "-", "#", ",,", "W" * 99],
)
def test_nonsense_breaks_no_hint(field):
    assert [line_hints.for_field(position, field) or "" for position in range(5)]
    assert refused(f"{field} * * * *").field == "schedule"
    assert refused(None, field).field == "timezone"
