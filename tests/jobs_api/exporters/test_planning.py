"""A plan: what one platform calls, what it cannot, and how late it may."""

from __future__ import annotations

import dataclasses

import pytest

from jobs_api.exporters.common.comments import head, marker
from jobs_api.exporters.common.every import STEPS, BadInterval, line_of, minutes_of, text_of
from jobs_api.registry.validation import check
from jobs_api.schedule.cron import Schedule
from tests.jobs_api.exporters.toy_exporters import toy_exporter
from tests.jobs_api.exporters.toys import BASE_URL, BERLIN, NEW_YORK, TOYS, plan_for, toy

UTC_ONLY, ZONES = toy_exporter(), toy_exporter(zones=True)


def test_the_toys_are_sound():
    assert [fault for job in TOYS.values() for fault in check(job, "toys", lambda executor: None)] == []


def test_jobs_come_in_the_order_of_their_names_and_run_due_last():
    plan = plan_for(UTC_ONLY)
    names = [entry.name for entry in plan.entries]
    assert names == [*sorted(set(TOYS) - {"on_demand"}), "run-due"]
    assert plan.on_demand == ("on_demand",)
    assert "Not here, because they have no schedule: on_demand." in head(UTC_ONLY, plan)


def test_a_platform_with_zones_is_given_the_zone_of_each_job():
    entries = {entry.name: entry for entry in plan_for(ZONES).entries}
    assert (entries["daily_in_new_york"].lines, entries["daily_in_new_york"].timezone) == (
        ("0 3 * * *",),
        NEW_YORK,
    )
    assert entries["weekdays_in_berlin"].lines == ("30 9 * * MON-FRI",)
    assert not entries["weekdays_in_berlin"].surplus


def test_a_platform_without_zones_is_given_utc():
    entries = {entry.name: entry for entry in plan_for(UTC_ONLY).entries}
    assert {entry.timezone for entry in entries.values()} == {"UTC"}
    assert entries["daily_in_new_york"].lines == ("0 8 * 1-3,11,12 *", "0 7 * 3-11 *")
    assert entries["daily_in_new_york"].surplus
    assert not entries["daily"].surplus


@pytest.mark.parametrize(
    ("dialect", "refused"),
    [
        ({"lines": 1}, {"month_and_week": "It takes one line for a job, and this one needs 2"}),
        ({"floor": 60}, {"every_five_minutes": "It calls every 60 minutes at most, and this job is due"}),
        ({"cron": False}, {"daily": "It takes no cron lines: run-due starts this job."}),
    ],
    ids=str,
)
def test_what_a_platform_cannot_express_is_refused_with_the_alternative(dialect, refused):
    plan = plan_for(toy_exporter(**dialect), *(TOYS[name] for name in refused), TOYS["on_demand"])
    assert [entry.name for entry in plan.entries] == ["run-due"]
    for refusal in plan.refused:
        assert refusal.reason.startswith(refused[refusal.job.name])
        assert "run-due" in refusal.reason


@pytest.mark.parametrize(
    ("job", "seconds"),
    [
        (toy("daily", "0 8 * * *", BERLIN, catch_up="none"), 3600),
        (toy("often", "*/5 * * * *", catch_up="none"), 150),
        (toy("own", "0 8 * * *", catch_up="none", grace=7200), 7200),
        # Its slot of the night in spring is called half an hour after the jump.
        (toy("short", "30 2 * * *", BERLIN, catch_up="none", grace=60), 59 * 60),
        (toy("strict", "0 8 * * *", catch_up="none", grace=0), 60),
        (toy("uneven", "0,10 3 * * *", catch_up="none"), 3600),
        (TOYS["daily"], None),
        (TOYS["daily_in_new_york"], None),
        (toy("weekly", "0 9 * * 1", "UTC"), None),
        # A call an hour before the slot would start that of the week before, if its own call was lost.
        (toy("weekly", "0 9 * * 1", NEW_YORK), 24 * 3600),
        (toy("weekly", "0 9 * * 1", NEW_YORK, catch_up_window=6 * 24 * 3600), 6 * 24 * 3600),
        (toy("monthly", "0 9 L * *"), 24 * 3600),
        (toy("often", "*/30 * * * *", "Australia/Lord_Howe", catch_up_window=60), None),
        (toy("daily", "0 9 * * *", NEW_YORK, catch_up_window=3600), 3600),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_what_a_surplus_call_may_start_is_limited(job, seconds):
    entry, _ = plan_for(UTC_ONLY, job).entries
    assert entry.max_late == seconds
    assert (f"max_late={seconds}" in entry.url) == (seconds is not None)


def test_an_entry_has_a_url_and_a_command():
    entry, run_due = plan_for(UTC_ONLY, TOYS["daily"]).entries
    assert entry.url == f"{BASE_URL}/jobs/daily/run?source=toy"
    assert entry.command == ("jobs_run", "daily", "--source=toy")
    assert run_due.url == f"{BASE_URL}/run-due?source=toy"
    assert run_due.command == ("jobs_run_due", "--source=toy")


def test_a_name_that_a_command_line_takes_for_an_option_is_refused_there():
    job = toy("-x", "0 3 * * *")
    assert [entry.name for entry in plan_for(UTC_ONLY, job).entries] == ["-x", "run-due"]
    plan = plan_for(UTC_ONLY, job, form="command")
    assert [entry.name for entry in plan.entries] == ["run-due"]
    assert "begins with -" in plan.refused[0].reason


def test_a_description_is_one_line():
    entry, _ = plan_for(UTC_ONLY, toy("daily", "0 3 * * *", description="Two\nlines \x1b[2K")).entries
    assert entry.description == r"Two lines \x1b[2K"


@pytest.mark.parametrize("value", [{"b", "a"}, frozenset({1}), dataclasses.make_dataclass("Odd", [])(), b"x"])
def test_a_marker_holds_any_value(value):
    entry, _ = plan_for(UTC_ONLY, toy("daily", "0 3 * * *", options={"value": value})).entries
    assert "\n" not in marker(entry)


def test_a_marker_names_the_zone_that_time_zone_gives(settings):
    """Another project, with another TIME_ZONE, must import the same job."""
    settings.TIME_ZONE = BERLIN
    entry, _ = plan_for(UTC_ONLY, toy("daily", "0 3 * * *", None)).entries
    assert f'"timezone": "{BERLIN}"' in marker(entry)


# -- how often run-due is called ----------------------------------------------------------------


@pytest.mark.parametrize("minutes", STEPS)
def test_each_step_is_a_line_that_fires_so_often(minutes):
    assert minutes_of(text_of(minutes)) == minutes
    Schedule.parse(line_of(minutes), "UTC")
    entry = plan_for(UTC_ONLY, TOYS["daily"], run_due=text_of(minutes)).entries[-1]
    assert entry.lines == (line_of(minutes),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("7m", "write 6m or 10m"),
        ("90m", "write 1h or 2h"),
        ("5h", "write 4h or 6h"),
        ("2d", "write 1d"),
        ("0m", "write 1m"),
        ("5", "is not a length of time"),
        ("5 m", "is not a length of time"),
        ("-5m", "is not a length of time"),
        ("", "is not a length of time"),
        ("\N{ARABIC-INDIC DIGIT FIVE}m", "is not a length of time"),
    ],
)
def test_a_length_that_no_line_says_is_refused_naming_near_ones(text, told):
    with pytest.raises(BadInterval, match=told):
        minutes_of(text)


def test_without_run_due_nothing_calls_it():
    assert [entry.name for entry in plan_for(UTC_ONLY, TOYS["daily"], run_due="none").entries] == ["daily"]
