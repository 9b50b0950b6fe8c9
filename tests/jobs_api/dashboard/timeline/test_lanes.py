"""A lane: one job with its marks, what is to come, and texts that cover nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs_api import Job
from jobs_api.dashboard.plots.timeline import texts
from jobs_api.dashboard.plots.timeline.clock import Clock
from jobs_api.dashboard.plots.timeline.lanes import Drawing, Lane
from jobs_api.dashboard.plots.timeline.scale import LETTER, Scale, Span
from jobs_api.dashboard.plots.timeline.texts import Text
from jobs_api.dashboard.plots.timeline.verdicts import has_trouble
from jobs_api.history.cells import Band, Cell, JobRow
from jobs_api.models import JobPause
from jobs_api.runs.job_state import Standing

START = datetime(2026, 11, 25, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
AT = START + 10 * HOUR
JOB = Job("nightly", schedule="0 * * * *", timezone="UTC", timeout=3600)
YEARLY = Job("yearly", schedule="0 0 1 1 *", timezone="UTC")


def cell(state: str, slot: float, hours: float | None = None, **more: Any) -> Cell:
    """Of a slot so many hours after the beginning of a window of 20 hours; it is now after ten."""
    due = START + HOUR * slot
    began = {"began": due} if state in ("running", "overdue") else {}
    if hours is not None:
        began = {"began": due, "ended": due + HOUR * hours}
    return Cell(due, state, **{"run": 7, **began, **more})


def standing(job: Job = JOB, **fields: Any) -> Standing:
    pause = fields.pop("pause", None)
    known = {"since": START - 99 * HOUR, "newest_run_date": AT, **fields}
    return Standing(job, pauses=[pause] if pause else [], pause=pause, **known)


def lane(*cells: Cell, job: Job = JOB, links: bool = True, **more: Any) -> Lane:
    dense, start = more.pop("dense", False), more.pop("start", START)
    row = JobRow(list(cells), dense, Band(start, start + 20 * HOUR) if dense else None)
    scale = Scale(start, start + 20 * HOUR)
    known = more.pop("standing", standing(job))
    return Drawing(scale, AT, Clock(UTC, AT), links).lane(job, row, known, more.pop("usual", None))


def said(found: Lane) -> list[str]:
    return [text.text for text in found.texts]


def test_slots_to_come_are_hollow_ticks_or_boxes_of_their_usual_length():
    coming = [cell("to_come", 11, run=None), cell("to_come", 19.5, run=None)]
    assert lane(*coming).ticks == "M550 8v8M975 8v8"
    boxes = lane(*coming, usual=7200)
    assert (boxes.ticks, boxes.boxes) == ("", "M550 6h100v12h-100zM975 6h25v12h-25z")


def test_where_there_are_too_many_runs_those_that_went_well_are_one_shape():
    found = lane(cell("succeeded", 1, 0), cell("failed", 2, 0), cell("succeeded", 3, 2), links=False)
    assert found.quiet == "M50 8v8"
    assert [mark.state for mark in found.marks] == ["failed", "succeeded"]


def test_a_dense_job_is_a_band_with_its_trouble_on_it():
    found = lane(cell("failed", 2, 0), dense=True)
    assert found.band is not None
    assert list(found.band.parts) == [("well", "0%", "50%"), ("to-come", "50%", "50%")]
    assert [mark.state for mark in found.marks] == ["failed"]
    assert said(found) == []


def test_a_band_begins_when_its_job_was_known():
    found = lane(dense=True, standing=standing(since=START + 5 * HOUR))
    assert found.band is not None
    assert next(iter(found.band.parts)) == ("well", "25%", "25%")
    unknown = lane(dense=True, standing=standing(since=None))
    assert unknown.band is not None
    assert [look for look, _, _ in unknown.band.parts] == ["to-come"]


def test_a_dense_job_shows_that_its_newest_slot_was_missed():
    found = lane(dense=True, standing=standing(newest_run_date=START))
    assert [mark.state for mark in found.marks] == ["missed"]
    assert found.state == "missed"


@pytest.mark.parametrize(
    ("cells", "about", "state"),
    [
        ([cell("succeeded", 9, 0)], {}, ""),
        ([cell("failed", 9, 0)], {"failed_at": AT}, "failing"),
        ([cell("failed", 8, 0), cell("succeeded", 9, 0)], {}, ""),
        ([cell("missed", 8, run=None), cell("succeeded", 9, 0)], {}, "missed"),
        ([cell("missed", -15, run=None), cell("succeeded", 9, 0)], {}, ""),
        ([cell("succeeded", 6, 0)], {"newest_run_date": START + 6 * HOUR}, "missed"),
        ([cell("running", 9)], {}, "running"),
        ([cell("overdue", 5)], {"newest_run_date": START}, "overdue"),
        ([cell("late", 10, run=None)], {}, "late"),
        ([cell("lost", 9)], {}, "failing"),
    ],
)
def test_the_icon_is_what_needs_a_look_now(cells, about, state):
    assert lane(*cells, standing=standing(**about)).state == state


def test_the_icon_of_a_window_of_the_past_is_the_worst_of_it():
    old = START - 40 * HOUR
    cells = [cell("late", -39), cell("failed", -38, 0), cell("succeeded", -37, 0)]
    assert lane(*cells, start=old, standing=standing(newest_run_date=START)).state == "failed"


def test_only_trouble_is_what_did_not_go_as_it_should():
    def trouble(*cells: Cell, known: Standing | None = None) -> bool:
        return has_trouble(JobRow(list(cells)), known or standing(), AT, is_now=True)

    assert not trouble(cell("succeeded", 1, 0), cell("skipped", 2), cell("paused", 3), cell("running", 9))
    assert all(
        trouble(cell(state, 1)) for state in ("failed", "lost", "missed", "late", "ran_late", "overdue")
    )
    assert trouble(known=standing(newest_run_date=START))


def test_a_pause_says_until_when():
    pause = JobPause(job_name="nightly", started_at=START, until=START + 37 * HOUR)
    assert said(lane(standing=standing(pause=pause))) == ["paused until Fri 09:00"]
    pause.until = START + 30 * 24 * HOUR
    assert said(lane(standing=standing(pause=pause))) == ["paused until Fri 25 Dec 20:00"]
    pause.until = None
    assert said(lane(standing=standing(pause=pause))) == ["paused"]


def test_the_next_slot_is_told_where_the_window_has_none():
    assert said(lane(job=YEARLY)) == ["next Fri 1 Jan 00:00"]
    assert said(lane(cell("to_come", 12, run=None), job=YEARLY)) == []
    assert said(lane(job=Job("by_hand"))) == ["on demand"]
    assert said(lane(job=YEARLY, start=START - 40 * HOUR)) == []


def test_what_is_past_its_timeout_says_how_long():
    found = lane(cell("overdue", 5))
    assert said(found)[:1] == ["4 h past its timeout"]
    assert found.texts[0].x > 500
    wide = lane(cell("overdue", 0), job=Job("long", schedule="0 0 1 1 *", timezone="UTC", timeout=18000))
    assert said(wide)[:2] == ["timeout 5 h", "5 h past its timeout"]
    hanging = lane(cell("overdue", 9.5))
    assert said(hanging)[:1] == ["slots were skipped behind it"]


def test_all_of_a_lane_is_in_its_summary():
    found = lane(cell("succeeded", 1, 0), cell("succeeded", 2, 0), cell("missed", 3), job=YEARLY)
    assert found.summary == "Succeeded 2, Missed 1, next Fri 1 Jan 00:00"
    assert lane(dense=True).summary == "drawn as one band"
    assert lane(start=START - 40 * HOUR).summary == "nothing in this window"


def test_a_row_that_has_changed_has_another_revision():
    assert lane(cell("running", 9)).rev != lane(cell("failed", 9, 0.5)).rev
    assert lane(cell("running", 9)).rev == lane(cell("running", 9)).rev


# -- where texts are put --------------------------------------------------------------------------


def put(taken: list[Span], x: float = 500) -> Text | None:
    return texts.put("sixteen letters!", Span(x, 0), taken)


WIDTH = 16 * LETTER / 640 * 1000


def test_a_text_stands_right_of_what_it_is_about():
    found = put([])
    assert found is not None
    assert (found.anchor, found.x) == ("start", 512.5)
    assert found.place.width == pytest.approx(WIDTH)


def test_a_text_goes_on_to_the_first_gap_that_is_wide_enough():
    found = put([Span(510, 20), Span(560, 100)])
    assert found is not None
    assert (found.anchor, found.x) == ("start", 672.5)


def test_a_text_goes_to_the_left_where_there_is_no_room_at_the_right():
    found = put([Span(x, 8) for x in range(500, 1000, 50)])
    assert found is not None
    assert (found.anchor, found.x) == ("end", 487.5)
    at_the_end = put([], 900)
    assert at_the_end is not None
    assert at_the_end.anchor == "end"


def test_a_text_that_has_no_room_is_left_out():
    assert put([Span(x, 8) for x in range(0, 1000, 50)]) is None


def test_a_text_in_a_bar_needs_a_long_one():
    assert texts.inside("timeout 3 h", Span(0, 60)) is None
    narrow = texts.inside("timeout 3 h", Span(0, 80))
    wide = texts.inside("timeout 3 h", Span(0, 160))
    assert narrow is not None
    assert wide is not None
    assert (narrow.only_wide, wide.only_wide) == (True, False)
