"""Triggers that start nothing are counted in memory and written once, off the request."""

import threading
from collections import Counter
from datetime import date

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from jobs_api import counts
from jobs_api.models import TriggerCount

from .attempts import clock_that_sleeps_by, eventually

DAY = date(2026, 11, 20)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty(monkeypatch):
    """Counts of its own, and no thread unless a test asks for it."""
    monkeypatch.setattr(counts, "_counts", Counter())
    monkeypatch.setattr(counts, "FLUSH_EVERY", 3600)


def count(job_name="nightly", *, times=1, source="curl", outcome="already_succeeded", day=DAY):
    for _ in range(times):
        counts.count(job_name, day=day, source=source, outcome=outcome)


def stored():
    rows = TriggerCount.objects.order_by("job_name", "source", "outcome", "day")
    return [(row.job_name, row.source, row.outcome, row.day, row.count) for row in rows]


@pytest.fixture
def broken():
    """``with broken(2):`` lets the database take two statements and no more."""

    def after(statements):
        left = [statements]

        def refuse(execute, *args):
            if not left[0]:
                raise OperationalError("gone")
            left[0] -= 1
            return execute(*args)

        return connection.execute_wrapper(refuse)

    return after


def test_counting_costs_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        count(times=100)


def test_counts_are_kept_by_job_day_source_and_outcome():
    count(times=3)
    count("hourly")
    count(source="qstash")
    count(outcome="paused")
    count(day=date(2026, 11, 21))
    counts.flush()
    assert stored() == [
        ("hourly", "curl", "already_succeeded", DAY, 1),
        ("nightly", "curl", "already_succeeded", DAY, 3),
        ("nightly", "curl", "already_succeeded", date(2026, 11, 21), 1),
        ("nightly", "curl", "paused", DAY, 1),
        ("nightly", "qstash", "already_succeeded", DAY, 1),
    ]


def test_a_later_flush_adds_to_an_earlier_one():
    count(times=2)
    counts.flush()
    count(times=3)
    counts.flush()
    counts.flush()
    assert [row[-1] for row in stored()] == [5]


def test_two_processes_add_up():
    count(times=2)
    TriggerCount.objects.create(
        job_name="nightly", day=DAY, source="curl", outcome="already_succeeded", count=40
    )
    counts.flush()
    assert [row[-1] for row in stored()] == [42]


def test_a_flush_of_nothing_writes_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        counts.flush()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statements", range(7))
def test_a_flush_that_fails_loses_no_count_and_counts_none_twice(broken, statements):
    count("a", times=2)
    count("b", times=3)
    count("c", times=4)
    if statements < 6:
        with broken(statements), pytest.raises(OperationalError):
            counts.flush()
    count("b")
    counts.flush()
    assert [(row[0], row[-1]) for row in stored()] == [("a", 2), ("b", 4), ("c", 4)]


def test_a_source_longer_than_its_column_is_cut():
    count(source="x" * 300)
    counts.flush()
    assert [row[1] for row in stored()] == ["x" * 100]


@pytest.fixture
def minute(monkeypatch):
    """Threads wait until this event is set instead of a minute."""
    event, slept = threading.Event(), []

    def sleep(seconds):
        slept.append(seconds)
        event.wait(10)

    monkeypatch.setattr(counts, "FLUSH_EVERY", 60)
    monkeypatch.setattr(counts, "_thread", None)
    monkeypatch.setattr(counts, "time", clock_that_sleeps_by(sleep))
    event.slept = slept
    return event


@pytest.mark.django_db(transaction=True)
def test_a_thread_writes_them_after_a_minute_and_ends(minute):
    count(times=2)
    thread = counts._thread
    count()
    assert counts._thread is thread
    minute.set()
    thread.join(10)
    assert [row[-1] for row in stored()] == [3]
    assert minute.slept == [60]
    assert counts._thread is None


@pytest.mark.django_db(transaction=True)
def test_what_a_thread_could_not_write_is_written_a_minute_later(minute, monkeypatch):
    add, refused = counts._add, []

    def refuse_once(key, number):
        if not refused:
            refused.append(key)
            raise OperationalError("gone")
        add(key, number)

    monkeypatch.setattr(counts, "_add", refuse_once)
    count(times=2)
    minute.set()
    eventually(lambda: [row[-1] for row in stored()] == [2])
    assert minute.slept == [60, 60]


@pytest.mark.django_db(transaction=True)
def test_a_duplicate_is_counted_with_its_source(api, declare, toy):
    toy(lambda command, **options: None)
    declare()
    for _ in range(3):
        api("POST", "/api/jobs/nightly/run?source=crontab")
    counts.flush()
    day = timezone.now().date()
    assert [row for row in stored() if row[3] == day] == [("nightly", "crontab", "already_succeeded", day, 2)]


def test_callers_that_make_up_sources_take_no_endless_memory(monkeypatch):
    monkeypatch.setattr(counts, "KEYS", 3)
    for number in range(10):
        counts.count("nightly", day=date(2026, 11, 20), source=f"s{number}", outcome="paused")
    assert len(counts._counts) == 4
    assert counts._counts["nightly", date(2026, 11, 20), "other", "paused"] == 7
