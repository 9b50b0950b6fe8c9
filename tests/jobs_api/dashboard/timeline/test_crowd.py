"""How many runs ran at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jobs_api.dashboard.plots.timeline import crowd
from jobs_api.dashboard.plots.timeline.crowd import Crowd
from jobs_api.dashboard.plots.timeline.scale import Scale
from jobs_api.history.cells import Cell

START = datetime(2026, 11, 25, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def counted(*spans: tuple[float, float], minutes: float = 200, now: float = 100) -> Crowd:
    """Of runs from one minute to another."""
    runs = [(START + MINUTE * begin, START + MINUTE * end) for begin, end in spans]
    return crowd.crowd(runs, Scale(START, START + MINUTE * minutes), START + MINUTE * now)


def heights(path: str) -> list[float]:
    return [float(part.split("v-")[1].split("h")[0]) for part in path.split("M") if part]


def test_runs_that_overlap_are_counted():
    found = counted((1, 30), (10, 20), (15.2, 15.3), (40, 50))
    assert (found.peak, found.peak_at) == (3, START + 15 * MINUTE)


def test_one_that_ends_when_another_begins_does_not_overlap_it():
    assert counted((0, 10), (10, 20)).peak == 1


def test_two_short_runs_in_one_column_need_not_overlap():
    assert counted((1.1, 1.2), (1.5, 1.6)).peak == 1


def test_runs_are_counted_as_far_as_the_window_goes():
    found = counted((-50, 300), (-9, -5), (250, 260))
    assert found.peak == 1
    assert len(heights(found.past) + heights(found.to_come)) == 200


def test_nothing_ran():
    assert counted() == Crowd(0, None, 0, "", "", "", crowd.HEIGHT, [])


def test_what_is_higher_than_usual_is_tinted_and_neighbours_are_one():
    spans = [(0.0, 200.0), (0.0, 200.0), (50, 52), (120, 121)]
    found = counted(*spans)
    assert (found.peak, found.usual) == (3, 2)
    assert found.tints == [(250, 10), (600, 5)]
    assert len(heights(found.over)) == 3


def test_two_at_once_are_no_crowd_even_if_it_is_usually_one():
    assert counted((0, 200), (50, 51)).tints == []


def test_past_and_future_are_drawn_apart():
    found = counted((90, 110))
    assert (len(heights(found.past)), len(heights(found.to_come))) == (10, 10)


@pytest.mark.parametrize("hours", [0.25, 6, 37, 192])
def test_columns_are_few_and_stand_for_whole_minutes(hours):
    found = counted((0, hours * 60), minutes=hours * 60)
    assert 10 <= len(heights(found.past) + heights(found.to_come)) <= crowd.MOST


def test_of_slots_the_past_is_what_was_and_the_future_what_is_usual():
    at = START + 100 * MINUTE
    cells = [
        Cell(START, "succeeded", 1, began=START, ended=START + MINUTE),
        Cell(START, "running", 2, began=START + 95 * MINUTE),
        Cell(START, "running", 3, began=START),
        Cell(START, "missed"),
        Cell(START + 110 * MINUTE, "to_come"),
    ]
    assert list(crowd.intervals(cells, 600, at)) == [
        (START, START + MINUTE),
        (START + 95 * MINUTE, START + 105 * MINUTE),
        (START, at),
        (START + 110 * MINUTE, START + 120 * MINUTE),
    ]
