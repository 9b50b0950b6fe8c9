"""Sources by the hour, and calls that were refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jobs_api.history.refusals import refused_calls
from jobs_api.history.source_hours import source_days
from jobs_api.history.tally import fine
from jobs_api.models import RefusedCall, SourceHour, TriggerSource
from jobs_api.monitoring import forgetting, sources, trigger_counts
from jobs_api.monitoring import source_hours as source_hours_table
from jobs_api.runs.types import Trigger
from tests.conftest import NOON
from tests.jobs_api.history.conftest import HOUR

pytestmark = pytest.mark.django_db


def source(name, *, last=NOON, **fields):
    return TriggerSource.objects.create(source=name, first_at=NOON - 90 * HOUR, last_at=last, **fields)


def hour(name, ago, calls, *lates, wins=0):
    lateness = fine()
    for late in lates:
        lateness.note(late)
    return SourceHour.objects.create(
        source=name, hour=NOON - ago * HOUR, calls=calls, wins=wins, lateness=lateness.stored()
    )


def test_a_source_shows_its_calls_of_each_hour_of_the_last_day(django_assert_num_queries):
    source("eventbridge")
    hour("eventbridge", 0, 3, 1, 1, 2, wins=1)
    hour("eventbridge", 23, 5, 4)
    hour("eventbridge", 24, 99)
    with django_assert_num_queries(2):
        (found,) = source_days(NOON + timedelta(minutes=30))
    assert found.hours == [5, *22 * [0], 3]
    assert (found.calls, found.won, found.state, found.silent_for) == (8, 1, "calling", None)
    assert found.p50 == pytest.approx(1, rel=0.05)
    assert found.p95 == pytest.approx(2, rel=0.05)


def test_a_source_is_slow_where_its_triggers_come_minutes_late_and_silent_where_they_stopped():
    source("github-actions")
    hour("github-actions", 1, 3, 5, 400, 600)
    source("cron-job.org", last=NOON - 3 * HOUR, gap=600)
    hour("cron-job.org", 3, 9, 600)
    found = {each.report.source: each for each in source_days(NOON)}
    assert {name: each.state for name, each in found.items()} == {
        "github-actions": "slow",
        "cron-job.org": "silent",
    }
    assert found["cron-job.org"].silent_for == 3 * HOUR


def test_refused_calls_are_shown_newest_first():
    for place in range(3):
        RefusedCall.objects.create(
            place=place, at=NOON + place * HOUR, address="203.0.113.9", status=401, reason="no token"
        )
    assert [each.at for each in refused_calls()] == [NOON + 2 * HOUR, NOON + HOUR, NOON]


# -- how it is written ------------------------------------------------------------------------


def call(at=NOON, *, late=None, outcome="already_succeeded", name="eventbridge"):
    slot = None if late is None else (at - timedelta(seconds=late), late)
    trigger_counts.answered(Trigger("http", name, "ci"), "nightly", outcome, at, slot)


@pytest.fixture
def clock_at(monkeypatch):
    """What time it is."""

    def go(at):
        monkeypatch.setattr(sources, "guess", lambda: at)

    go(NOON)
    return go


def hours():
    trigger_counts.flush()
    return {row.hour: (row.calls, row.wins) for row in SourceHour.objects.order_by("hour")}


def test_calls_are_added_to_their_hour_with_how_late_they_came(clock_at):
    call(NOON + timedelta(minutes=1), late=3, outcome="succeeded")
    call(NOON + timedelta(minutes=2))
    assert hours() == {NOON: (2, 1)}
    clock_at(NOON + 2 * HOUR)
    call(NOON + timedelta(minutes=59), late=700)
    call(NOON + HOUR + timedelta(minutes=1), name="curl")
    assert hours() == {NOON: (3, 1), NOON + HOUR: (1, 0)}
    (first,) = SourceHour.objects.filter(hour=NOON)
    assert sum(first.lateness["counts"].values()) == 2


def test_hours_are_kept_for_eight_days(clock_at):
    for days in (0, 7.9, 9):
        clock_at(NOON + timedelta(days=days))
        call(NOON + timedelta(days=days))
        hours()
    assert [row.hour.day for row in SourceHour.objects.order_by("hour")] == [28, 29]


def test_what_another_process_writes_meanwhile_is_kept(clock_at, monkeypatch):
    call()
    hours()
    histogram, meanwhile = source_hours_table.Histogram, [5]

    def overtaken(bounds):
        if meanwhile:
            SourceHour.objects.update(calls=meanwhile.pop())
        return histogram(bounds)

    monkeypatch.setattr(source_hours_table, "Histogram", overtaken)
    call()
    assert hours() == {NOON: (6, 0)}


def test_a_source_that_is_forgotten_has_no_hours_any_more(clock_at):
    call()
    call(name="curl")
    hours()
    forgetting.forget("eventbridge")
    assert [row.source for row in SourceHour.objects.all()] == ["curl"]


def test_callers_choose_their_names_and_make_no_more_rows_than_sources_have(clock_at):
    for number in range(300):
        call(name=f"name-{number}")
    hours()
    assert SourceHour.objects.count() == sources.EACH + 1
