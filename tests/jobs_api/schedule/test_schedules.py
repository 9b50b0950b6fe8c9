"""Which schedules and zones are taken, and what people are told about the others."""

import re
from contextlib import suppress
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs_api.schedule.slots import BadSchedule, Schedule


def refusal(expression: object, timezone: object = "UTC") -> BadSchedule:
    with pytest.raises(BadSchedule) as caught:
        Schedule.parse(expression, timezone)
    return caught.value


@pytest.mark.parametrize(
    "line",
    [
        "* * * * *",
        "*/5 * * * *",
        "*/59 */23 */31 */12 */7",
        "0 9-17/2 * * MON-FRI",
        "0,15,30,45 * * * *",
        "5/20 * * * *",
        "0 0 L * *",
        "0 0 LW * *",
        "0 0 * * 5L",
        "0 0 * * MON#5",
        "0 0 1 jan sun",
        "0 0 29 2 *",
        "0 0 * 2 MON#5",
        "0 0 31 2 1",  # a day of week as well: either is enough
        "0 0 31 1,2 *",
    ],
)
def test_lines_that_cron_runs_are_taken_as_they_are(line):
    assert Schedule.parse(line, "Europe/Berlin").expression == line


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("@hourly", "0 * * * *"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@weekly", "0 0 * * 0"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
        ("@Daily", "0 0 * * *"),
        ("  @daily ", "0 0 * * *"),
        (" 0  3\t* * * ", "0 3 * * *"),
    ],
)
def test_words_are_expanded_and_white_space_is_evened_out(word, line):
    assert Schedule.parse(word, "UTC") == Schedule.parse(line, "UTC") == Schedule(line, "UTC")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "five fields"),
        ("   ", "five fields"),
        ("0 3 * *", "4 fields"),
        ("0 0 3 * * *", "6 fields, not five.* no seconds"),
        ("@reboot", "@daily"),
        ("@every 5m", "@hourly"),
        ("daily", "1 fields"),
        ("60 * * * *", '"60" as minute.*0 to 59'),
        ("* 24 * * *", '"24" as hour.*0 to 23'),
        ("* * 0 * *", '"0" as day-of-month.*1 to 31'),
        ("* * * 13 *", '"13" as month.*JAN'),
        ("* * * * 8", '"8" as day-of-week.*MON#2'),
        ("* * * * MON#6", '"MON#6" as day-of-week'),
        ("-5 * * * *", '"-5" as minute'),
        ("1,,2 * * * *", '"1,,2" as minute'),
        ("9-5 * * * *", '"9-5" as minute'),
        ("*/0 * * * *", r'"\*/0" as minute'),
        ("? * * * *", '"[?]" as minute'),
        ("* * * FEBR *", '"FEBR" as month'),
        ("1.5 * * * *", '"1.5" as minute'),
        ("\uff19 * * * *", '"\uff19" as minute'),
        ("1" * 5000 + " * * * *", "as minute"),
        ("*/" + "1" * 5000 + " * * * *", "as minute"),
        ("0 0 31 2 *", "never matches a date"),
        ("0 0 30 FEB *", "never matches a date"),
        ("0 0 31 4,6,9,11 *", "never matches a date"),
        ("0 0 */31 * MON#5", "never matches a date"),  # the 1st is never a fifth Monday
    ],
)
def test_lines_that_cron_does_not_run_are_refused_with_the_remedy(line, told):
    error = refusal(line)
    assert error.field == "schedule"
    assert re.search(told, str(error))
    assert str(error) == f"{error.problem} {error.hint}"


@pytest.mark.parametrize(
    "line",
    [
        "*/90 * * * *",
        "*/60 * * * *",
        "0 */24 * * *",
        "0 0 */32 * *",
        "0 0 1 */13 *",
        "0 0 * * */8",
        "5/60 * * * *",
        "0,*/90 * * * *",
        "10-20/11 * * * *",
        "7-7/2 * * * *",  # the library takes this for 7/2
    ],
)
def test_a_step_beyond_its_range_is_refused(line):
    assert "has a step beyond the range of" in str(refusal(line))


@pytest.mark.parametrize("line", ["10-20/10 * * * *", "0 0 * * MON-FRI/2", "0 0 1 */12 *"])
def test_a_step_within_its_range_is_taken(line):
    assert Schedule.parse(line, "UTC").expression == line


@pytest.mark.parametrize("line", [5, b"0 3 * * *", ("0 3 * * *",), True])
def test_a_schedule_that_is_not_text_is_refused(line):
    assert refusal(line).field == "schedule"


@pytest.mark.parametrize(
    "zone",
    ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "EST5EDT", "Asia/Kathmandu"],
)
def test_iana_zones_are_taken(zone):
    schedule = Schedule.parse("@daily", zone)
    assert schedule.zone.key == zone
    assert schedule.zone is Schedule.parse(None, zone).zone


@pytest.mark.parametrize(
    "zone",
    [
        "",
        " ",
        "../x",
        "../../etc/passwd",
        "/etc/localtime",
        "Europe",
        "Europe/",
        "Europe//Berlin",
        "Mars/Olympus",
        "localtime",
        "posixrules",
        "Factory",
        "right/Europe/Berlin",
        "posix/Europe/Berlin",
        "zone.tab",
        "UTC\0",
        "x" * 5000,
        "\udcff",
        None,
        7,
    ],
)
def test_names_that_are_no_zones_are_refused(zone):
    error = refusal("@daily", zone)
    assert error.field == "timezone"
    assert "is not known" in str(error)
    assert "/usr/" not in str(error)


@pytest.mark.parametrize(
    ("zone", "meant"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("America/New York", "America/New_York"),
        ("Asia/Calcuta", "Asia/Calcutta"),
    ],
)
def test_a_zone_spelt_wrong_is_answered_with_the_right_name(zone, meant):
    assert f'Did you mean "{meant}"?' in str(refusal(None, zone))


def test_a_schedule_is_a_value():
    one, same = Schedule.parse("0 3 * * *", "UTC"), Schedule.parse(" 0 3 * * * ", "UTC")
    assert one == same
    assert len({one, same, Schedule.parse("0 3 * * *", "Europe/London"), Schedule.parse(None, "UTC")}) == 3
    assert one.zone == ZoneInfo("UTC")
    with pytest.raises(AttributeError):
        one.timezone = "Europe/Berlin"


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.text("0123456789*/,-#LWJANMO@ ?\n", max_size=30))
def test_whatever_text_is_declared_is_a_schedule_or_a_refusal(text):
    with suppress(BadSchedule):
        assert len(Schedule.parse(text, "UTC").expression.split()) == 5


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.text(max_size=30))
def test_whatever_zone_is_declared_is_a_zone_or_a_refusal(text):
    with suppress(BadSchedule):
        assert Schedule.parse(None, text).zone.key == text
