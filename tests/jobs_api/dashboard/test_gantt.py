"""Bars of attempts: of five milliseconds and of three days, one and many, and with clocks that differ."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from jobs_api.dashboard.plots.axis import axis
from jobs_api.dashboard.plots.gantt import Bar, Label, Note, Span, draw
from jobs_api.dashboard.plots.ticks import ticks

START = datetime(2026, 11, 26, 7, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def bar(begin: float, end: float, *, label: Label | None = None, note: Note | None = None) -> Bar:
    return Bar([Span("running", after(begin), after(end), label or Label(""))], note)


def number(text: str) -> float:
    return float(text.rstrip("%"))


def test_places_are_percent_of_the_time_from_the_first_to_the_last():
    plot = draw([bar(0, 50), bar(50, 100)], UTC)
    first, second = (row.boxes[0] for row in plot.rows)
    assert (first.x, number(first.width)) == ("0%", pytest.approx(49, abs=0.1))
    assert number(second.x) == pytest.approx(49, abs=0.1)
    assert [row.y for row in plot.rows] == [12, 58]


@pytest.mark.parametrize("seconds", [0, 0.000001, 0.005, 1, 59, 3600, 3 * 86_400, 40 * 365 * 86_400])
def test_bars_of_any_length_are_in_the_plot_and_can_be_seen(seconds):
    plot = draw([bar(0, seconds), bar(seconds, seconds), bar(seconds, -seconds)], BERLIN, after(seconds))
    for row in plot.rows:
        (box,) = row.boxes
        assert number(box.width) >= 0.4
        assert 0 <= number(box.x) <= number(box.x) + number(box.width) <= 100.001
    assert len(plot.marks) <= 12
    assert plot.marks or seconds > 86_400


def test_parts_that_overlap_as_clocks_differ_stand_one_after_the_other():
    spans = [Span("claimed", after(10), after(5)), Span("running", after(3), after(8))]
    (row,) = draw([Bar(spans), bar(0, 20)], UTC).rows[:1]
    first, second = row.boxes
    assert number(second.x) >= number(first.x) + number(first.width) - 0.001


def test_a_label_is_in_its_bar_if_there_is_room_in_short_if_there_is_little_and_else_behind():
    label = Label("error, 2 m 09 s", "2 m 09 s", "error")
    wide, medium, thin = (
        draw([bar(0, length, label=label), bar(0, 100)], UTC).rows[0] for length in (90, 14, 2)
    )
    assert (wide.boxes[0].label, wide.texts) == ("error, 2 m 09 s", [])
    assert (medium.boxes[0].label, [text.text for text in medium.texts]) == ("2 m 09 s", ["error"])
    assert (thin.boxes[0].label, [text.text for text in thin.texts]) == ("", ["error, 2 m 09 s"])


def test_texts_stand_before_a_bar_that_ends_at_the_edge_and_in_short_where_there_is_no_room():
    note = Note("back-off 2 m, then the next call", "back-off 2 m", "muted")
    before = draw([bar(80, 100, note=note), bar(0, 100)], UTC).rows[0]
    assert (before.anchor, before.texts[0].text) == ("end", note.whole)
    short = draw([bar(20, 75, note=note), bar(0, 100)], UTC).rows[0]
    assert (short.anchor, short.texts[0].text) == ("start", note.short)
    inside = draw([bar(5, 100, note=note), bar(0, 100)], UTC).rows[0]
    assert (inside.boxes[0].label, inside.texts) == (note.whole, [])
    named = draw([bar(5, 100, note=note, label=Label("lost")), bar(0, 100)], UTC).rows[0]
    assert (named.boxes[0].label, named.texts) == ("lost", [])


def test_a_long_gap_is_cut_short_and_its_length_told():
    """A run is often run again hours later, and its attempts took seconds."""
    plot = draw([bar(0, 60), bar(70, 130), bar(6 * 3600, 6 * 3600 + 60)], BERLIN, after(6 * 3600 + 60))
    first, second, third = (row.boxes[0] for row in plot.rows)
    assert number(first.width) == pytest.approx(number(third.width), abs=0.1)
    assert number(first.width) > 25
    (cut,) = plot.cuts
    assert cut.label == "5 h 57 m"
    assert number(second.x) + number(second.width) < number(cut.x) < number(third.x)
    assert plot.now is not None
    assert number(plot.now.x) == pytest.approx(number(third.x) + number(third.width), abs=0.1)
    assert next(mark.label for mark in plot.marks if number(mark.x) > number(cut.x)) == "14:30"


def test_gaps_that_are_not_long_are_true_to_scale_and_only_few_are_cut():
    assert draw([bar(0, 60), bar(90, 150)], UTC).cuts == []
    often = [bar(day * 86_400, day * 86_400 + 5) for day in range(12)]
    plot = draw(often, UTC)
    assert len(plot.cuts) == 4
    places = [number(row.boxes[0].x) for row in plot.rows]
    assert places == sorted(places)
    assert places[-1] <= 99


def test_what_is_in_a_gap_that_is_cut_stands_in_its_middle():
    times = axis([(after(0), after(10)), (after(9000), after(9010))])
    assert [times.at(after(seconds)) for seconds in (-5, 0)] == [0, 0]
    assert times.at(after(10)) < times.at(after(5000)) < times.at(after(9000))
    assert times.at(after(10**6)) == 100


def test_many_rows_are_close_together():
    few, many = draw([bar(0, 1)] * 6, UTC), draw([bar(0, 1)] * 20, UTC)
    assert (few.height, few.close) == (6 * 46, False)
    assert (many.height, many.close) == (20 * 26, True)


@pytest.mark.parametrize(
    ("seconds", "labels"),
    [
        (0.02, ["0 ms", "+2 ms", "+4 ms"]),
        (4, ["0 ms", "+500 ms", "+1.0 s"]),
        (30, ["08:30:00", "08:30:05", "08:30:10"]),
        (900, ["08:30", "08:32", "08:34"]),
        (6 * 3600, ["09:00", "10:00", "11:00"]),
        (20 * 3600, ["10:00", "12:00", "14:00"]),
        (3 * 86_400, ["12:00", "27 Nov", "12:00"]),
        (6 * 86_400, ["27 Nov", "28 Nov", "29 Nov"]),
    ],
)
def test_marks_are_at_round_times_of_the_viewers_zone(seconds, labels):
    found = ticks(START, after(seconds), BERLIN)
    assert [tick.label for tick in found][:3] == labels
    assert len(found) <= 11


def test_days_begin_at_midnight_also_after_the_clock_has_changed():
    start = datetime(2026, 10, 24, 10, tzinfo=UTC)
    found = ticks(start, start + timedelta(days=5), BERLIN)
    assert {tick.at.astimezone(BERLIN).hour for tick in found if "Oct" in tick.label} == {0}
