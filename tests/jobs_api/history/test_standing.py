"""What shows that the roll-up is stuck: health and jobs_list name it, and stay green."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError

from jobs_api.history import keeping, rolling
from jobs_api.history.standing import standing
from jobs_api.models import TriggerSource
from jobs_api.monitoring.source_report import source_reports
from tests.conftest import NOON
from tests.jobs_api.management.calling import manage

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def called(last, first=NOON - 9 * DAY):
    TriggerSource.objects.update_or_create(source="curl", defaults={"first_at": first, "last_at": last})
    return source_reports(last)


def roll(at=NOON):
    while rolling.roll_up(now=at).more:
        at += timedelta(seconds=5)


def test_days_that_wait_though_somebody_calls_are_told_and_nobody_calling_is_no_fault(known):
    known()
    roll()
    assert not standing([]).stalled
    assert not standing(called(NOON + 13 * HOUR)).stalled
    due = (NOON + DAY).replace(hour=0, minute=35)
    assert not standing(called(due + HOUR)).stalled
    assert standing(called(due + HOUR + timedelta(seconds=1))).waits_since == due
    roll(due + 2 * HOUR)
    assert not standing(called(due + 3 * HOUR)).stalled


def test_where_nothing_was_ever_counted_it_waits_since_somebody_has_called(known):
    known()
    assert not standing(called(NOON, first=NOON - HOUR)).stalled
    TriggerSource.objects.all().delete()
    assert standing(called(NOON)).waits_since == NOON - 9 * DAY


def test_a_turn_that_fails_is_named_by_health_and_jobs_list_which_stay_green(known, api, monkeypatch):
    known(schedule=None)
    assert api("GET", "/api/health/jobs").json()["history"] == {
        "stalled": False,
        "since": None,
        "error": None,
    }
    assert "counted" not in manage("jobs_list").out
    monkeypatch.setattr(keeping, "_write_histories", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        rolling.roll_up(now=NOON)
    answer = api("GET", "/api/health/jobs")
    assert answer.status_code == 200
    told = answer.json()["history"]
    assert (told["stalled"], told["error"]) == (True, "ZeroDivisionError")
    assert told["since"].startswith("2026-11-20T12:00:00")
    assert "Days have not been counted since 2026-11-20" in manage("jobs_list").out


@pytest.mark.parametrize("number", [5, 50])
def test_it_takes_two_statements(known, django_assert_num_queries, number):
    for each in range(number):
        known(f"job_{each}", since=NOON - DAY)
    roll()
    sources = called(NOON)
    with django_assert_num_queries(2):
        standing(sources)


@pytest.mark.parametrize("turns_before", [False, True], ids=["never before", "after a turn"])
def test_that_it_cannot_read_what_is_left_is_noted_until_it_can(known, monkeypatch, turns_before):
    known()
    if turns_before:
        roll(NOON - HOUR)
    with monkeypatch.context() as patch:
        patch.setattr(rolling.stale, "oldest", be_away)
        for at in (NOON, NOON + timedelta(minutes=1)):
            with pytest.raises(OperationalError):
                rolling.roll_up(now=at)
    found = standing([])
    assert (found.failing_since, found.error) == (NOON, "OperationalError")
    roll(NOON + timedelta(minutes=2))
    assert not standing([]).stalled


def be_away(at):
    raise OperationalError("canceling statement due to lock timeout at 10.1.2.3")
