"""The thread of the roll-up: off the trigger's way, at the end of a process, quiet when nothing is to do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError, connections

from jobs_api import in_tests
from jobs_api.history import background, rolling
from jobs_api.history.background import Roller
from jobs_api.models import JobDay
from jobs_api.signals import attempt_finished, run_cancelled, run_expired
from tests.conftest import NOON, stored_run

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def noon(monkeypatch):
    """It is noon, by every clock; no thread starts, and no connection is closed."""
    monkeypatch.setattr(background.clock, "estimate", lambda: NOON)
    monkeypatch.setattr(rolling.database, "now", lambda: NOON)
    monkeypatch.setattr(Roller, "start", lambda self: None)
    monkeypatch.setattr(type(connections), "close_all", lambda self: None)


def test_the_end_of_a_run_sends_no_statement(known, noon, django_assert_num_queries):
    job = known()
    with django_assert_num_queries(0):
        background.changed(job=job.name, run_date=NOON)
    assert background.roller.needed()


def test_a_look_marks_what_has_changed_and_counts_it_and_the_next_one_sends_nothing(
    known, noon, django_assert_num_queries
):
    job = known(since=NOON - 5 * DAY)
    background.changed(job=job.name, run_date=NOON - 3 * DAY)
    while background.roller.look():
        pass
    assert JobDay.objects.count() == 5
    with django_assert_num_queries(0):
        background.changed(job=job.name, run_date=NOON)
        assert not background.roller.look()


def test_a_process_that_ends_counts_first(known, noon):
    job = known(since=NOON - 2 * DAY)
    stored_run(job, NOON - DAY)
    background.changed(job=job.name, run_date=NOON)
    background.at_end()
    assert JobDay.objects.get(day=(NOON - DAY).date()).counts["succeeded"] == 1


def test_what_could_not_be_marked_is_marked_later(known, noon, monkeypatch):
    job = known(since=NOON - 2 * DAY)
    background.changed(job=job.name, run_date=NOON - DAY)

    def away(*_):
        raise OperationalError

    with monkeypatch.context() as broken:
        broken.setattr("jobs_api.history.stale.mark", away)
        with pytest.raises(OperationalError):
            background.roller.look()
        background.at_end()  # and this raises nothing
    while background.roller.look():
        pass
    assert not JobDay.objects.filter(stale__gt=0).exists()
    assert JobDay.objects.filter(counted_at__isnull=False).count() == 2


def test_an_error_is_tried_again_and_a_turn_that_is_not_over_goes_on(known, noon, monkeypatch):
    known()
    results = [OperationalError(), True, False]

    def look(self, **_):
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr(Roller, "look", look)
    background.called()
    with pytest.raises(OperationalError):
        background.roller.turn()
    for goes_on in (True, False):
        assert background.roller.needed()
        background.roller.turn()
        assert background.roller.needed() is goes_on
    assert not results


def test_it_hears_of_every_way_in_which_a_run_ends():
    for signal in (attempt_finished, run_cancelled, run_expired):
        assert background.changed in signal._ours


def test_the_tests_of_a_project_count_nothing(known, monkeypatch):
    monkeypatch.setattr(in_tests, "_let_out", 0)
    background.changed(job="nightly", run_date=NOON)
    background.called()
    assert not background.roller.needed()


def test_no_more_is_noted_than_there_is_room_for(known, noon):
    for number in range(background.NOTED + 5):
        background.roller.wake(("nightly", NOON + number * timedelta(seconds=1)))
    assert len(background.roller._take()) == background.NOTED
