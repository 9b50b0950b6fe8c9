"""The geometry of the overview's plots."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from jobs_api.dashboard.plots.bars import bars
from jobs_api.dashboard.plots.bullet import MEDIAN, WIDTH, bullet
from jobs_api.dashboard.plots.ribbon import ribbon
from jobs_api.dashboard.plots.strip import strip
from jobs_api.history.cell import CELLS, Cell
from jobs_api.history.durations import Usual
from jobs_api.history.nights import Bin, Night

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def cells(*states: str) -> list[Cell]:
    return [Cell(NOON + timedelta(hours=number), state) for number, state in enumerate(states)]


def test_a_strip_ends_at_the_right_and_draws_what_succeeded_as_one_line():
    drawn = strip(cells("succeeded", "succeeded", "failed", "succeeded", "missed"), places=6)
    assert drawn.width == 36
    assert drawn.well == "M7 18H18M25 18H30"
    assert [(mark.x, mark.state) for mark in drawn.marks] == [(18, "failed"), (30, "missed")]
    assert drawn.label == "3 succeeded, 1 failed, 1 missed"


def test_a_strip_shows_the_newest_slots_where_there_are_too_many():
    drawn = strip(cells("failed", "succeeded", "succeeded"), places=2)
    assert (drawn.marks, drawn.well) == ((), "M1 18H12")


def test_a_slot_from_before_the_job_was_known_is_an_empty_place():
    drawn = strip(cells("unknown", "succeeded"), places=2)
    assert (drawn.marks, drawn.well, drawn.label) == ((), "M7 18H12", "1 succeeded")


def test_each_state_has_its_own_shape():
    from jobs_api.dashboard.rendering import FOLDER, engine

    text = engine().get_template(FOLDER + "parts/shapes.html").render({})
    shapes = {state: text.split(f'id="s-{state}"')[1].split("</symbol>")[0] for state in CELLS}
    assert len(set(shapes.values())) == len(CELLS)
    assert all("style=" not in shape for shape in shapes.values())


USUAL = Usual(30.0, 40.0, 60.0, 100)


@pytest.mark.parametrize(
    ("seconds", "state", "kind"),
    [
        (40, "succeeded", "well"),
        (41, "failed", "failed"),
        (41, "running", "running"),
        (130, "running", "long"),
    ],
)
def test_a_duration_is_marked_by_what_became_of_it(seconds, state, kind):
    drawn = bullet(seconds, USUAL, state)
    assert drawn is not None
    assert drawn.kind == kind


def test_the_median_stands_at_one_place_and_marks_stay_inside():
    drawn = bullet(40, USUAL, "succeeded")
    assert drawn is not None
    assert drawn.mark == drawn.tick == MEDIAN
    assert drawn.band is not None
    assert drawn.band < MEDIAN < drawn.band + drawn.band_width
    far, near = bullet(1e9, USUAL, "succeeded"), bullet(0, USUAL, "succeeded")
    assert far is not None
    assert near is not None
    assert 0 < near.mark < far.mark < WIDTH
    assert bullet(40, None, "succeeded") is None
    assert bullet(None, USUAL, "") is None


def test_hours_without_a_call_at_the_end_are_red_points_only_where_there_should_be_some():
    hours = [4, 0, 8, 0, 0]
    assert bars(hours, silent=True).silent.count("M") == 2
    assert bars(hours, silent=False).silent == ""
    assert bars(hours, silent=True).calls == "M0 8h2v8h-2zM6 0h2v16h-2z"
    assert bars([0, 0], silent=True).silent.count("M") == 2


def night(*bins: Bin) -> Night:
    start = datetime(2026, 11, 25, 19, tzinfo=UTC)
    each = [Bin(start + timedelta(minutes=15) * number) for number in range(96)]
    for number, one in enumerate(bins):
        each[number] = Bin(each[number].start, 15, one.succeeded, one.marks, one.to_come)
    return Night(start=start, end=start + timedelta(hours=12), bins=each)


def test_the_ribbon_stacks_trouble_on_the_bar_the_worst_on_top():
    drawn = ribbon(
        night(Bin(NOON, 15, 4), Bin(NOON, 15, 2, Counter(failed=1, ran_late=2, missed=1, paused=3))),
        NOON,
        BERLIN,
    )
    assert [mark.state for mark in drawn.marks] == ["ran_late", "missed", "failed"]
    heights = [mark.y for mark in drawn.marks]
    assert heights == sorted(heights, reverse=True)
    assert len({mark.x for mark in drawn.marks}) == 1
    assert [row.text for row in drawn.trouble] == ["2 succeeded, 1 failed, 1 missed, 2 ran late, 3 paused"]


def test_where_there_is_too_much_the_worst_is_drawn():
    much = Counter(queued=1, running=1, ran_late=1, late=1, overdue=1, missed=1, lost=1, failed=1)
    drawn = ribbon(night(Bin(NOON, 15, 9, much)), NOON, BERLIN)
    assert [mark.state for mark in drawn.marks] == ["missed", "lost", "failed"]
    assert min(mark.y for mark in drawn.marks) >= 0


def test_the_ribbon_is_hollow_after_now_and_names_the_hours_of_the_zone():
    drawn = ribbon(night(Bin(NOON, 15, 1), Bin(NOON, 15, 0, Counter(), 2)), NOON, BERLIN)
    assert drawn.to_come.count("M") == 1
    assert drawn.now is not None
    assert drawn.night == drawn.width / 2 < drawn.now
    assert [hour.text for hour in drawn.hours] == [
        "20:00",
        "00:00",
        "04:00",
        "08:00",
        "12:00",
        "16:00",
        "20:00",
    ]


def test_a_night_without_slots_is_an_empty_ribbon():
    drawn = ribbon(night(), NOON, BERLIN)
    assert (drawn.well, drawn.to_come, list(drawn.marks)) == ("", "", [])
