"""The list of a job's slots: its filters and pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import QueryDict

from jobs_api.dashboard.job_page import exporting, lines, reading, slots
from jobs_api.dashboard.job_page.asked import asked
from jobs_api.history import days
from jobs_api.models import JobPause
from jobs_api.registry.job import Job
from tests.conftest import NOON, stored_run
from tests.jobs_api.dashboard.job_page.conftest import DAY, HOUR, LATER, MINUTE, VIEWER, hourly, read

pytestmark = pytest.mark.django_db


def told(facts):
    """The state of each slot, and how many hours before noon it was."""
    return [(cell.state, (NOON - cell.slot) // HOUR) for cell in facts.listing.cells]


@pytest.fixture
def job(known):
    """It is known for nine hours; two failed, one was missed, one ran late, one passed in a pause."""
    job = known(since=NOON - 9 * HOUR)
    JobPause.objects.create(job_name=job.name, started_at=NOON - 7.5 * HOUR, ended_at=NOON - 6.5 * HOUR)
    for hours, fields in {
        0: {"state": "failed", "reason": "error", "error": "ValueError: no\nmore"},
        1: {},
        2: {"started_at": NOON - 2 * HOUR + 20 * MINUTE, "finished_at": NOON - HOUR},
        4: {"state": "failed", "reason": "lost"},
        5: {"state": "skipped"},
        6: {},
        8: {},
    }.items():
        stored_run(job, NOON - hours * HOUR, **fields)
    return job


ALL = [
    ("failed", 0),
    ("succeeded", 1),
    ("ran_late", 2),
    ("missed", 3),
    ("lost", 4),
    ("skipped", 5),
    ("succeeded", 6),
    ("paused", 7),
    ("succeeded", 8),
    ("missed", 9),
]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ALL),
        ("since=1d", ALL),
        ("since=90d&show=everything", ALL),
        ("show=failed", [("failed", 0), ("lost", 4)]),
        ("show=missed", [("missed", 3), ("missed", 9)]),
        ("show=late", [("ran_late", 2)]),
        ("day=2026-11-20", ALL),
        ("day=2026-11-20&show=missed", [("missed", 3), ("missed", 9)]),
        ("day=2026-11-19", []),
        ("before=2026-11-20T10:00:00%2B00:00", ALL[3:]),
        ("before=2026-11-20T09:00:00Z&show=missed", [("missed", 9)]),
        ("before=2026-11-20T12:00:00%2B00:00&show=failed", [("lost", 4)]),
        ("before=yesterday&day=31.12.2026&since=ever&show=%00", ALL),
        ("before=0001-01-01T00:00:00%2B14:00&day=9999-12-31", ALL),
    ],
)
def test_a_filter_shows_its_slots_the_newest_first(job, query, expected):
    assert told(read(job, query)) == expected


@pytest.mark.parametrize("show", ["", "failed", "missed", "late"])
def test_pages_follow_each_other_without_a_gap_or_a_repeat(job, show, monkeypatch):
    monkeypatch.setattr(slots, "SCAN", 3)
    monkeypatch.setattr(slots, "FAILED", 2)
    about = slots.About(job, *_standing_and_days(job), LATER, LATER)
    wish = asked(QueryDict(f"show={show}&since=7d"), job, LATER)
    seen = []
    for _ in range(30):
        page = slots.listing(about, wish, size=1)
        seen += [cell.slot for cell in page.cells]
        if page.older is None:
            break
        assert wish.before is None or page.older < wish.before
        wish = asked(
            QueryDict(f"show={show}&since=7d&before={page.older.isoformat().replace('+', '%2B')}"), job, LATER
        )
    else:
        pytest.fail("it never ends")
    monkeypatch.undo()
    assert seen == [cell.slot for cell in read(job, f"show={show}&since=7d").listing.cells]
    assert seen


def _standing_and_days(job):
    facts = read(job)
    return facts.report.standing, facts.days


def test_the_chips_count_what_the_list_shows(job):
    facts = read(job)
    counts = {chip.value: chip.number for chip in lines.chips(facts.days, asked(QueryDict(), job, LATER))}
    assert counts == {"": None, "failed": 2, "missed": 2, "late": 1}
    wish = asked(QueryDict("day=2026-11-19"), job, LATER)
    assert {chip.number for chip in lines.chips(facts.days, wish)} == {None, 0}


def test_a_line_says_what_there_is_to_say(job):
    shown = {line.cell.state: line for line in lines.lines(read(job), VIEWER)}
    assert (shown["failed"].note, shown["failed"].attempts) == ("ValueError: no", 1)
    assert shown["missed"].note == "no call within its grace of 30 m"
    assert shown["paused"].note == "passed while the job was paused"
    assert (shown["ran_late"].late, shown["ran_late"].is_late) == (1200, True)
    assert shown["succeeded"].seconds == 1


def test_what_an_operator_ordered_says_who_and_why(known):
    job = known(schedule=None)
    stored_run(job, NOON, trigger="rerun", actor="mara", comment="It is\nback", attempt=3)
    stored_run(job, NOON - HOUR, trigger="http", note="scheduled at 10:59")
    first, second = lines.lines(read(job), VIEWER)
    assert (first.note, first.attempts) == ("rerun by mara: It is back", 3)
    assert second.note == "scheduled at 10:59"


def test_a_page_ends_where_the_next_one_begins(known):
    job = known()
    hourly(job, 30)
    first = read(job)
    second = read(job, f"before={first.listing.older.isoformat().replace('+', '%2B')}")
    hours = [hours for _, hours in told(first) + told(second)]
    assert hours == list(range(slots.PAGE * 2))
    assert [state for state, _ in told(second)] == ["succeeded"] * 10 + ["missed"] * 10


def test_on_demand_there_are_runs_and_no_slots_without(known):
    job = known(schedule=None)
    stored_run(job, NOON - timedelta(minutes=7))
    assert [cell.state for cell in read(job).listing.cells] == ["succeeded"]
    assert read(job, "show=missed").listing.cells == []


def test_a_download_has_all_pages_and_no_formula(job, monkeypatch):
    monkeypatch.setattr(exporting, "PAGE", 4)
    stored_run(job, NOON - 9 * HOUR, state="failed", error="=1+1", source="@sum(A1)")
    about = slots.About(job, *_standing_and_days(job), LATER, LATER)
    text = "".join(exporting.lines(about, asked(QueryDict("since=7d"), job, LATER)))
    written = text.splitlines()
    assert written[0].startswith("slot,slot_local,state,")
    assert [line.split(",")[2] for line in written[1:]] == [state for state, _ in ALL[:-1]] + ["failed"]
    assert "'=1+1" in written[-1]
    assert "'@sum(A1)" in written[-1]
    monkeypatch.setattr(exporting, "MOST", 4)
    assert len("".join(exporting.lines(about, asked(QueryDict(), job, LATER))).splitlines()) == 5


def test_a_job_that_is_not_declared_any_more_is_known_by_its_runs(known):
    stored_run(Job("gone"), NOON)
    job = reading.known("gone")
    assert (job.name, job.schedule) == ("gone", None)
    facts = read(job)
    assert (facts.report, told(facts)) == (None, [("succeeded", 0)])
    assert facts.days[-1].worst == "well"
    assert reading.known("never") is None
    assert reading.known("ne\x00ver") is None


def test_a_year_of_slots_is_found_by_the_days_that_have_them(known, monkeypatch):
    monkeypatch.setattr(days, "WEEKS", 53)
    job = known()
    stored_run(job, NOON)
    stored_run(job, NOON - 200 * DAY, started_at=NOON - 200 * DAY + HOUR)
    facts = read(job, "show=late&since=1y")
    assert [(cell.state, cell.slot) for cell in facts.listing.cells] == [("ran_late", NOON - 200 * DAY)]
    assert facts.listing.older is None


def test_no_more_days_are_read_than_a_page_needs(known):
    job = known(since=NOON - 9 * DAY)
    facts = read(job)
    about = slots.About(job, facts.report.standing, facts.days, LATER, LATER)
    today = NOON.replace(hour=0)
    assert slots._days_with(about, ("missed",), NOON - 9 * DAY, LATER, 5) == (today, LATER, True)
    assert slots._days_with(about, ("missed",), NOON - 9 * DAY, today, 30) == (today - 2 * DAY, today, True)
    assert slots._days_with(about, ("failed",), NOON - 9 * DAY, LATER, 5)[2] is False
