"""What is drawn of a slot: true lengths, clipped at the edges, and a shape for each state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs_api.dashboard.plots.timeline.clock import Clock
from jobs_api.dashboard.plots.timeline.marks import SHORTEST, Mark, Pen, Piece
from jobs_api.dashboard.plots.timeline.scale import Scale
from jobs_api.history.cells import CELLS, Cell

START = datetime(2026, 11, 25, 20, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
AT = START + 8 * HOUR


def mark(
    state: str, slot: float, began: float | None = None, ended: float | None = None, **more: Any
) -> Mark:
    """Hours after the beginning of a window of ten hours, in which it is now after eight."""
    found = drawn(state, slot, began, ended, **more)
    assert found is not None
    return found


def drawn(
    state: str, slot: float, began: float | None = None, ended: float | None = None, **more: Any
) -> Mark | None:
    times = {
        name: START + HOUR * hours
        for name, hours in (("began", began), ("ended", ended))
        if hours is not None
    }
    usual = more.pop("usual", None)
    cell = Cell(START + HOUR * slot, state, **{"run": 7, **times, **more})
    return Pen(Scale(START, START + 10 * HOUR), AT, Clock(UTC, AT), 2 * HOUR, usual).mark(cell)


def bar(found: Mark) -> Piece:
    (piece,) = (piece for piece in found.pieces if piece.width and not piece.thin)
    return piece


def test_a_bar_is_as_long_as_its_run():
    assert bar(mark("succeeded", 1, 1, 3.5)) == ("succeeded", 100, 250, False)


def test_a_short_run_is_a_tick_where_it_began():
    found = mark("succeeded", 1, 1.02, 1.021)
    assert found.pieces == [("succeeded", 102, 0, False)]


@pytest.mark.parametrize(
    ("began", "ended", "place"),
    [
        (-3, 2, (0, 200)),
        (7, 14, (700, 300)),
        (-3, 14, (0, 1000)),
    ],
    ids=["began before the window", "ends after it", "longer than the window"],
)
def test_a_run_is_clipped_at_the_edges_of_the_window(began, ended, place):
    piece = bar(mark("failed", began, began, ended))
    assert (piece.x, piece.width) == place


def test_what_lies_outside_is_not_drawn():
    assert drawn("succeeded", -3, -3, -2) is None
    assert drawn("missed", -1) is None
    assert drawn("succeeded", 11, 11, 12) is None


def test_a_slot_that_was_run_after_the_window_is_marked_where_it_was_due():
    assert mark("succeeded", 9, 30, 31).pieces == [("succeeded", 900, 0, False)]


@pytest.mark.parametrize("state", sorted(set(CELLS) - {"to_come", "unknown"}))
def test_each_state_has_a_shape_of_its_own(state):
    assert [piece.look for piece in mark(state, 1).pieces] == [state]


def test_what_is_to_come_or_not_known_is_no_mark():
    assert drawn("to_come", 9) is None
    assert drawn("unknown", 1) is None


def test_a_whisker_joins_a_late_bar_to_its_slot():
    whisker, cap, piece = mark("ran_late", 2, 3, 4, late=HOUR).pieces
    assert whisker == ("ran_late", 200, 100, True)
    assert cap == ("cap", 200, 0, False)
    assert piece == ("ran_late", 300, 100, False)


def test_a_late_tick_with_a_whisker_has_no_stem_and_one_without_has():
    assert [piece.look for piece in mark("ran_late", 2, 3, 3).pieces] == ["ran_late", "cap", "late-tick"]
    assert [piece.look for piece in mark("ran_late", 3, 3.01, 3.01).pieces] == ["ran_late"]


def test_the_whisker_of_a_slot_before_the_window_has_no_cap():
    assert [piece.look for piece in mark("ran_late", -1, 3, 4, late=4 * HOUR).pieces] == [
        "ran_late",
        "ran_late",
    ]


def test_a_running_one_goes_to_now_and_as_far_as_it_usually_takes():
    assert mark("running", 7, 7, usual=5400).pieces == [
        ("running", 700, 100, False),
        ("expected", 800, 50, False),
    ]
    assert [piece.look for piece in mark("running", 7, 7, usual=60).pieces] == ["running"]
    assert [piece.look for piece in mark("running", 7, 7).pieces] == ["running"]


def test_an_overdue_one_changes_its_colour_at_its_timeout():
    assert mark("overdue", 5, 5).pieces == [("running", 500, 200, False), ("overdue", 700, 100, False)]


def test_one_that_was_overdue_before_the_window_has_one_colour():
    assert mark("overdue", -9, -9).pieces == [("overdue", 0, 800, False)]


def test_one_that_hangs_within_its_timeout_is_a_bar_of_its_state():
    assert mark("overdue", 7, 7).pieces == [("overdue", 700, 100, False)]


def test_a_failed_bar_has_its_head():
    assert [piece.look for piece in mark("failed", 1, 1, 2).pieces] == ["failed", "failed-head"]
    assert [piece.look for piece in mark("failed", 1, 1, 1).pieces] == ["failed"]


@pytest.mark.parametrize(
    ("found", "title"),
    [
        (mark("succeeded", 1, 1, 1.5), "Wed 25 Nov 21:00 · Succeeded · 30 m"),
        (mark("missed", 5, run=None), "01:00 · Missed"),
        (mark("failed", 5, 5, 5.1, error="<b>no</b>"), "01:00 · Failed · 6 m · <b>no</b>"),
        (mark("lost", 5, 5, 5.1, reason="lost"), "01:00 · Lost · 6 m · lost"),
        (mark("ran_late", 5, 6, 6.5, late=HOUR), "01:00 · Ran late · 30 m · began 1 h late"),
        (mark("running", 7, 7), "03:00 · Running · 1 h"),
    ],
)
def test_the_title_says_slot_state_and_length(found, title):
    assert found.title == title


def test_a_mark_takes_a_little_more_place_than_its_pieces():
    place = mark("succeeded", 1, 1, 2).place
    assert place.x == pytest.approx(100 - SHORTEST)
    assert place.end == pytest.approx(200 + SHORTEST)
