"""Which time the timeline shows, and how its address says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from django.utils import timezone

from jobs_api.dashboard.plots.timeline import asked
from jobs_api.dashboard.plots.timeline.titles import title
from jobs_api.dashboard.plots.timeline.window import LONGEST, SHORTEST, Window
from jobs_api.dashboard.query import changed

BERLIN, KOLKATA, SYDNEY = map(ZoneInfo, ("Europe/Berlin", "Asia/Kolkata", "Australia/Sydney"))
MORNING = datetime(2026, 11, 26, 7, 42, 10, tzinfo=UTC)


def window(query: str = "", at: datetime = MORNING, zone: ZoneInfo = BERLIN) -> Window:
    return asked.of(QueryDict(query), at, zone)


def told(shown: Window) -> str:
    with timezone.override(shown.zone):
        return title(shown)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("range=6h", "Thu 26 Nov 04:00 to 10:00"),
        ("range=night", "Wed 25 Nov 20:00 to Thu 26 Nov 08:00"),
        ("", "Wed 25 Nov 20:00 to Fri 27 Nov 09:00"),
        ("range=week", "Fri 20 Nov 00:00 to Sat 28 Nov 00:00"),
        ("range=year", "Wed 25 Nov 20:00 to Fri 27 Nov 09:00"),
        ("range=night&from=2026-10-24T18:00Z", "Sat 24 Oct 20:00 to Sun 25 Oct 08:00"),
        ("from=2025-12-30T11:00Z&to=2026-01-01T11:00Z", "Tue 30 Dec 2025 12:00 to Thu 1 Jan 12:00"),
    ],
)
def test_a_range_is_what_its_name_says(query, words):
    assert told(window(query)) == words


def test_before_eight_in_the_evening_the_night_is_the_last_one_and_then_the_next():
    evening = datetime(2026, 11, 26, 19, 0, tzinfo=UTC)
    assert told(window("range=night", evening - timedelta(seconds=1))).startswith("Wed 25 Nov 20:00")
    assert told(window("range=night", evening)).startswith("Thu 26 Nov 20:00")


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        ("2026-03-29", BERLIN, 11),
        ("2026-10-25", BERLIN, 13),
        ("2026-10-26", BERLIN, 12),
        ("2026-10-04", SYDNEY, 11),
        ("2026-10-25", KOLKATA, 12),
    ],
)
def test_a_night_in_which_the_clocks_change_has_another_length(day, zone, hours):
    noon = datetime.fromisoformat(day).replace(hour=12, tzinfo=zone)
    night = window("range=night", noon, zone)
    assert night.end - night.start == timedelta(hours=hours)
    assert night.start.astimezone(zone).hour == 20
    assert night.end.astimezone(zone).hour == 8


@pytest.mark.parametrize("kind", ["6h", "night", "day", "week"])
@pytest.mark.parametrize("zone", [BERLIN, KOLKATA], ids=str)
@pytest.mark.parametrize("at", [MORNING, datetime(2026, 10, 25, 9, 15, tzinfo=UTC)], ids=["", "clocks"])
def test_earlier_and_later_lead_back_to_the_window_that_moves_on(kind, zone, at):
    live = window(f"range={kind}", at, zone)
    assert live.live
    earlier = window(changed(QueryDict(), live.earlier().address)[1:], at, zone)
    assert not earlier.live
    assert earlier.start < live.start
    assert earlier.later() == live


def test_the_address_of_a_window_means_the_same_in_another_zone():
    address = changed(QueryDict(), window("from=2026-11-25T20:00&to=2026-11-26T08:00").address)[1:]
    elsewhere = window(address, zone=KOLKATA)
    assert elsewhere.start == datetime(2026, 11, 25, 19, 0, tzinfo=UTC)
    assert told(elsewhere) == "Thu 26 Nov 00:30 to 12:30"


def test_a_space_in_a_time_is_the_plus_that_an_address_lost():
    assert window("from=2026-11-25T20:00+01:00").start == datetime(2026, 11, 25, 19, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("from=yesterday", "“from” is “yesterday”"),
        ("from=2026-11-25T20:00&to=soon", "“to” is “soon”"),
        ("from=2026-11-25T20:00&to=2026-11-25T19:00", "“to” has to be later"),
        ("to=2026-11-25T19:00", "“to” needs a “from”"),
        ("from=2026-01-01T00:00&to=2026-12-31T00:00", "At most 8 days"),
        ("from=0001-01-01T00:00&to=9999-12-31T23:59", "“from” is “0001-01-01T00:00”"),
        ("from=9999-12-31T23:59-12:00", "“from” is “9999"),
        ("from=%00%00&to=" + "9" * 9000, "“to” is “999"),
    ],
)
def test_what_is_not_valid_is_told_and_something_is_shown(query, fault):
    shown = window(query)
    assert fault in shown.fault
    assert SHORTEST <= shown.end - shown.start <= LONGEST


def test_zoom_keeps_now_in_its_place_and_stops_at_8_days_and_a_quarter_of_an_hour():
    shown = window()
    for _ in range(4):
        shown = shown.zoomed(0.5)
    assert shown.start < MORNING < shown.end
    for _ in range(9):
        shown = shown.zoomed(0.5)
    assert shown.end - shown.start == SHORTEST
    assert not shown.can_shrink
    for _ in range(15):
        shown = shown.zoomed(2)
    assert shown.end - shown.start == LONGEST
    assert not shown.can_grow


def test_zoom_of_another_time_keeps_its_middle():
    shown = window("range=night&from=2026-11-20T19:00Z").zoomed(0.5)
    assert told(shown) == "Fri 20 Nov 23:00 to Sat 21 Nov 05:00"
