"""The geometry of the plots: it needs no database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import translation

from jobs_api.dashboard.plots import scale
from jobs_api.dashboard.plots.durations import HEIGHT, durations, ranges
from jobs_api.dashboard.plots.heatmap import LEFT, STEP, TOP, heatmap
from jobs_api.dashboard.plots.lateness import lateness
from jobs_api.history.days import Day
from jobs_api.history.durations import Point
from jobs_api.history.lateness import SourceLateness
from jobs_api.history.tally import fine
from jobs_api.schedule.zones import zone

MONDAY = date(2025, 11, 24)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
UTC_ZONE = zone("UTC")


def days(number=368, **some):
    """All well, but for those that are given by their dates."""
    each = [Day(MONDAY + timedelta(days=place), "well", 24, 24) for place in range(number)]
    for day in each:
        for name, value in some.get(f"d{day.day:%m%d}", {}).items():
            setattr(day, name, value)
    return each


# -- year -------------------------------------------------------------------------------------


def test_a_week_is_a_column_and_monday_is_its_first_row():
    squares = heatmap(days()).squares
    assert (squares[0].x, squares[0].y) == (LEFT, TOP)
    assert (squares[6].x, squares[6].y) == (LEFT, TOP + 6 * STEP)
    assert (squares[7].x, squares[7].y) == (LEFT + STEP, TOP)
    assert [square.today for square in squares].count(True) == 1


def test_days_on_which_the_clocks_change_are_labelled_with_their_slots():
    year = heatmap(days(d0329={"hours": 23, "slots": 23}, d1025={"hours": 25, "slots": 25}))
    assert [label.text for label in year.changes] == ["29 Mar: 23 h, 23 slots", "25 Oct: 25 h, 25 slots"]
    assert sum(square.changes for square in year.squares) == 2
    assert all(0 < label.x < year.width for label in year.changes)


def test_a_label_at_the_edge_stays_inside():
    (label,) = heatmap(days(70, d1130={"hours": 23.5, "slots": 1})).changes
    assert label.text == "30 Nov: 23.5 h, 1 slot"
    assert label.x - len(label.text) * 5.6 / 2 >= 0
    assert label.square_x < label.x


def test_of_a_day_that_was_not_known_nothing_is_labelled():
    assert heatmap(days(d0329={"hours": 23, "worst": "unknown"})).changes == []


@pytest.mark.parametrize(
    ("day", "says"),
    [
        ({}, "24 slots, all well"),
        ({"worst": "failed", "failed": 2, "late": 1}, "24 slots, 2 failed, 1 late"),
        ({"worst": "missed", "missed": 3}, "24 slots, 3 missed"),
        ({"worst": "paused"}, "24 slots, paused"),
        ({"worst": "none", "slots": 0}, "no slot was due"),
        ({"worst": "unknown", "slots": 0}, "not known then"),
        ({"hours": 25, "slots": 25}, "25 slots, all well, clocks change, 25 h"),
    ],
)
def test_a_day_says_what_it_was_like(day, says):
    square = heatmap(days(d1126=day)).squares[2]
    assert (square.date, square.what) == ("Wed 26 Nov 2025", says)


def test_months_and_weekdays_are_in_the_language_of_the_page():
    with translation.override("de"):
        year = heatmap(days())
    assert [label.text for label in year.weekdays] == ["Mo", "Mi", "Fr", "So"]
    assert {"Dez", "Mär", "Okt"} <= {label.text.strip(".")[:3] for label in year.months}
    assert len({label.x for label in year.months}) == len(year.months) >= 12


def test_the_table_has_the_same_days_the_newest_week_first():
    year = heatmap(days())
    assert (len(year.weeks), year.weeks[0].first) == (53, date(2026, 11, 23))
    assert year.weeks[0].squares[3:] == [None] * 4 + [] or year.weeks[0].squares.count(None) == 3
    assert "368 days" in year.summary


# -- durations --------------------------------------------------------------------------------


def histogram(*seconds):
    made = fine()
    for each in seconds:
        made.note(each)
    return made


def plot(points, found=(), span=timedelta(days=4)):
    return durations(points, ranges(found, "UTC", NOON - span), NOON - span, NOON, UTC_ZONE)


def test_a_run_is_a_point_and_one_that_failed_has_another_shape():
    points = [
        Point(1, NOON - timedelta(days=4), 30, "succeeded"),
        Point(2, NOON - timedelta(days=2), 60, "lost"),
    ]
    drawn = plot([*points, Point(3, NOON, 90, "ran_late"), Point(4, NOON, 1, "cancelled")])
    assert [(dot.x, dot.kind) for dot in drawn.dots] == [
        (0, "ok"),
        (50, "fail"),
        (100, "late"),
        (100, "idle"),
    ]
    assert drawn.dots[0].y == pytest.approx(HEIGHT * 2 / 3, abs=0.1)
    assert [tick.label for tick in drawn.rows] == ["0 s", "30 s", "1 m", "1 m 30 s"]


def test_one_run_that_took_very_long_does_not_flatten_the_others():
    usual = [Day(NOON.date(), "well", durations=histogram(*[30] * 20))]
    drawn = plot([Point(1, NOON, 30, "succeeded"), Point(2, NOON, 36_000, "succeeded")], usual)
    assert (drawn.above, drawn.dots[1].y) == (1, 0)
    assert drawn.dots[0].y < HEIGHT * 0.9


def test_the_band_reaches_both_edges_and_its_labels_do_not_touch():
    found = [
        Day(NOON.date() - timedelta(days=number), "well", durations=histogram(*range(30, 50)))
        for number in (2, 1, 0)
    ]
    drawn = plot([], found)
    assert drawn.band.startswith("M0.0 ")
    assert "L1000.0 " in drawn.band
    places = [label.at for label in drawn.labels]
    assert [label.label[:3] for label in drawn.labels] == ["p95", "p50", "p5 "]
    assert all(later - earlier >= 15 for earlier, later in pairwise(places))
    assert 0 <= places[0] <= places[-1] <= HEIGHT


def test_a_day_with_few_runs_takes_those_of_the_days_before():
    def counts(each, span=timedelta(days=4)):
        found = [
            Day(NOON.date() - timedelta(days=days), "well", durations=histogram(*range(1, runs + 1)))
            for days, runs in zip(range(len(each) - 1, -1, -1), each, strict=True)
        ]
        return [one.usual.count for one in ranges(found, "UTC", NOON - span)]

    assert counts([1, 2]) == [1, 3]
    assert counts([30, 5, 24, 24]) == [30, 35, 24, 24]
    assert counts([0, 0]) == []
    assert counts([1] * 90)[-1] == 20
    assert counts([10] + [0] * 40 + [1]) == [1]
    assert len(counts([24] * 371, timedelta(days=366))) == 53


def test_nothing_is_drawn_of_no_run():
    drawn = plot([])
    assert (drawn.dots, drawn.band, drawn.labels) == ([], "", [])


@pytest.mark.parametrize(
    ("most", "last"), [(0, 0.001), (0.0004, 0.001), (2.5, 3), (72, 90), (4000, 5400), (10**6, 1_036_800)]
)
def test_an_axis_ends_above_what_it_shows_with_few_lines(most, last):
    ticks = scale.linear(most)
    assert ticks[-1] >= most
    assert 2 <= len(ticks) <= 4
    assert ticks[-1] == last


def test_days_below_the_axis_are_midnights_of_the_viewer_also_when_the_clocks_change():
    berlin = zone("Europe/Berlin")
    start = datetime(2026, 10, 23, 12, tzinfo=UTC)
    ticks = scale.days(start, start + timedelta(days=4), berlin)
    assert [tick.label for tick in ticks] == ["24 Oct", "25 Oct", "26 Oct", "27 Oct"]
    assert len({round(later.at - earlier.at) for earlier, later in pairwise(ticks)}) == 2
    year = scale.days(start, start + timedelta(days=366), berlin)
    assert 3 <= len(year) <= 6


# -- lateness ---------------------------------------------------------------------------------


def test_lateness_has_one_axis_for_all_sources_and_the_grace():
    drawn = lateness([SourceLateness("a", 0, 1, 10, 5), SourceLateness("b", 60, 600, 3000, 1)], 1800)
    first, second = drawn.bars
    assert first.x == 0
    assert first.x < first.middle < first.x + first.width < second.x < second.middle
    assert second.middle < drawn.grace < 100
    labels = [tick.label for tick in drawn.ticks if tick.label]
    assert labels[0] == "100 ms"
    assert len(labels) <= 5


def test_a_source_that_is_always_the_same_is_still_seen():
    (bar,) = lateness([SourceLateness("a", 3600, 3600, 3600, 1)], None).bars
    assert 0 < bar.width < 2
    assert bar.x + bar.width <= 100
    assert lateness([], None).bars == []
