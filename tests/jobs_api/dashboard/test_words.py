"""Schedules in words."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from jobs_api import Job
from jobs_api.dashboard import cron_words, words

BERLIN = ZoneInfo("Europe/Berlin")


def told(schedule: str | None, *, zone: str = "Europe/Berlin", language: str = "en") -> str:
    with translation.override(language):
        return words.schedule(Job("x", schedule=schedule, timezone=zone), BERLIN)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (None, "On demand"),
        ("* * * * *", "Every minute"),
        ("*/30 * * * *", "Every 30 minutes"),
        ("0 * * * *", "Every hour"),
        ("@hourly", "Every hour"),
        ("20 * * * *", "Every hour, at minute 20"),
        ("40,10 * * * *", "At minute 10 and 40"),
        ("0 */6 * * *", "Every 6 hours"),
        ("30 4 * * *", "Daily at 04:30"),
        ("0 12,0 * * *", "Daily at 00:00 and 12:00"),
        ("0 7 * * 0-6", "Daily at 07:00"),
        ("0 10 * * 4", "Thursdays at 10:00"),
        ("0 10 * * SUN,mon", "Mondays and Sundays at 10:00"),
        ("0 0 * * 7", "Sundays at 00:00"),
        ("0 9 * * 1-5", "Monday to Friday at 09:00"),
        ("30 2 15,1 * *", "On day 1 and 15 of the month at 02:30"),
        ("0 0 1 1 *", "At 00:00, on day 1 of the month, only in January"),
    ],
)
def test_a_schedule_is_told_as_people_say_it(line, text):
    assert told(line) == text


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("0 3 * * *", "Daily at 03:00 New York"),
        ("0 */6 * * *", "Every 6 hours, New York time"),
        ("20 * * * *", "Every hour, at minute 20"),
    ],
)
def test_a_zone_is_named_where_it_is_not_the_viewers_and_matters(line, text):
    assert told(line, zone="America/New_York") == text


def test_a_line_with_two_kinds_of_days_runs_on_both_and_the_words_say_so():
    assert told("0 12 1 * 1") == (
        "At 12:00, on day 1 of the month; and also: At 12:00, only on Monday"
    )  # the library alone says: on day 1, if it is a Monday


@pytest.mark.parametrize("line", ["0 0 L * *", "0 0 * * MON#2", "0 0 LW * *"])
def test_what_the_library_reads_in_another_way_stands_as_it_is_written(line):
    assert told(line) == line


def test_other_lines_are_told_in_the_language_of_the_page():
    assert told("*/7 * * * *", language="de") == "Alle 7 Minuten"
    assert told("*/7 * * * *", language="pt-br") == "A cada 7 minutos"
    assert told("*/7 * * * *", language="eo") == "Every 7 minutes"  # it knows no Esperanto


def test_names_of_days_and_months_are_in_the_language_of_the_page():
    with translation.override("de"):
        assert cron_words.described("*/7 3-5 * 1 1-5", "de").endswith("Montag bis Freitag, nur im Januar")
