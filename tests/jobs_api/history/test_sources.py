"""Sources by the hour, and calls that were refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jobs_api.history.refusals import refused_calls
from jobs_api.history.source_hours import source_days
from jobs_api.history.tally import fine
from jobs_api.models import RefusedCall, SourceHour, TriggerSource
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
