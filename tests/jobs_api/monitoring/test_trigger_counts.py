"""Triggers that start nothing are counted in memory and written once, off the request."""

import os
import threading
from collections import Counter
from contextlib import suppress
from datetime import date

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

import jobs_api
from jobs_api.models import State, TriggerCount
from jobs_api.monitoring import job_totals, trigger_counts
from jobs_api.runs.types import Trigger
from jobs_api.triggers.dispatch import Request, dispatch
from tests.conftest import NOON, stored_run
from tests.jobs_api.execution.attempts import eventually
from tests.jobs_api.together import together

DAY = date(2026, 11, 20)
MINUTE = trigger_counts.FLUSH_EVERY
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty(monkeypatch):
    """Counts of its own, and no thread unless a test asks for it."""
    monkeypatch.setattr(trigger_counts, "_counts", Counter())
    monkeypatch.setattr(trigger_counts, "_sources", {})
    monkeypatch.setattr(trigger_counts, "FLUSH_EVERY", 3600)


def count(job_name="nightly", *, times=1, source="curl", outcome="already_succeeded", day=DAY):
    for _ in range(times):
        trigger_counts.count(job_name, day=day, source=source, outcome=outcome)


def stored():
    rows = TriggerCount.objects.order_by("job_name", "source", "outcome", "day")
    return [(row.job_name, row.source, row.outcome, row.day, row.count) for row in rows]


def test_counting_costs_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        count(times=100)


def test_counts_are_kept_by_job_day_source_and_outcome():
    count(times=3)
    count("hourly")
    count(source="qstash")
    count(outcome="paused")
    count(day=date(2026, 11, 21))
    trigger_counts.flush()
    assert stored() == [
        ("hourly", "curl", "already_succeeded", DAY, 1),
        ("nightly", "curl", "already_succeeded", DAY, 3),
        ("nightly", "curl", "already_succeeded", date(2026, 11, 21), 1),
        ("nightly", "curl", "paused", DAY, 1),
        ("nightly", "qstash", "already_succeeded", DAY, 1),
    ]


def test_a_later_flush_adds_to_an_earlier_one():
    count(times=2)
    trigger_counts.flush()
    count(times=3)
    trigger_counts.flush()
    trigger_counts.flush()
    assert [row[-1] for row in stored()] == [5]


def test_two_processes_add_up():
    count(times=2)
    TriggerCount.objects.create(
        job_name="nightly", day=DAY, source="curl", outcome="already_succeeded", count=40
    )
    trigger_counts.flush()
    assert [row[-1] for row in stored()] == [42]


def test_a_flush_of_nothing_writes_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        trigger_counts.flush()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statements", range(40))
def test_a_flush_that_fails_loses_no_count_and_counts_none_twice(broken, statements):
    count("a", times=2)
    count("b", times=3)
    count("c", times=4)
    with suppress(OperationalError), broken(statements):
        trigger_counts.flush()
    count("b")
    trigger_counts.flush()
    assert [(row[0], row[-1]) for row in stored()] == [("a", 2), ("b", 4), ("c", 4)]


def test_a_flush_of_three_new_counts_takes_fewer_statements_than_are_broken_above(broken):
    count("a")
    count("b")
    count("c")
    with broken(39):
        trigger_counts.flush()


def test_a_source_longer_than_its_column_is_cut():
    count(source="x" * 300)
    trigger_counts.flush()
    assert [row[1] for row in stored()] == ["x" * 100]


@pytest.fixture
def soon(monkeypatch):
    """The thread writes them soon, and not after a minute."""
    monkeypatch.setattr(trigger_counts, "FLUSH_EVERY", 0.2)
    yield
    eventually(lambda: trigger_counts.writer.thread is None)


def written():
    """How many triggers the table knows of."""
    return sum(row[-1] for row in stored())


def test_they_are_written_once_a_minute():
    assert MINUTE == 60


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("soon")
def test_a_thread_writes_them_and_ends():
    with trigger_counts.writer.lock:  # or the thread may have written and ended before we look
        count(times=2)
        assert [thread.name for thread in threading.enumerate()].count("jobs_api-counts") == 1
        count()
    eventually(lambda: written() == 3)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("soon")
def test_what_a_thread_could_not_write_it_writes_the_next_time(monkeypatch):
    add, refused = trigger_counts._add, []

    def refuse_once(key, number):
        if not refused:
            refused.append(key)
            raise OperationalError("gone")
        add(key, number)

    monkeypatch.setattr(trigger_counts, "_add", refuse_once)
    count(times=2)
    eventually(lambda: written() == 2)
    assert refused


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_does_not_write_what_its_parent_has_counted():
    count(times=2)
    child = os.fork()
    if child == 0:
        os._exit(7 if not trigger_counts._counts and trigger_counts.writer.thread is None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_where_no_thread_can_start_they_wait_for_one(monkeypatch):
    def full(self):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", full)
        count()
    assert trigger_counts.writer.thread is None
    count()
    assert trigger_counts.writer.thread.is_alive()


@pytest.mark.django_db(transaction=True)
def test_a_duplicate_is_counted_with_its_source(api, declare, toy):
    toy(lambda command, **options: None)
    declare()
    for _ in range(3):
        api("POST", "/api/jobs/nightly/run?source=crontab")
    trigger_counts.flush()
    day = timezone.now().date()
    assert [row for row in stored() if row[3] == day] == [("nightly", "crontab", "already_succeeded", day, 2)]


def test_callers_that_make_up_sources_take_no_endless_memory(monkeypatch):
    monkeypatch.setattr(trigger_counts, "KEYS", 3)
    for number in range(10):
        trigger_counts.count("nightly", day=date(2026, 11, 20), source=f"s{number}", outcome="paused")
    assert len(trigger_counts._counts) == 4
    assert trigger_counts._counts["nightly", date(2026, 11, 20), "(other)", "paused"] == 7


# -- invented sources -------------------------------------------------------------------------


def sources(job_name="nightly", day=DAY):
    rows = TriggerCount.objects.filter(job_name=job_name, day=day)
    return {row.source: row.count for row in rows}


def as_another_process():
    """What one process remembers, another does not."""
    trigger_counts._sources.clear()


def test_a_job_and_day_has_fifty_sources_and_the_others_are_one():
    for number in range(60):
        count(source=f"s{number}", times=2)
    trigger_counts.flush()
    found = sources()
    assert len(found) == 51
    assert (found["s49"], found["(other)"]) == (2, 20)


def test_fifty_is_what_all_processes_and_their_successors_have_together():
    for process in range(4):
        as_another_process()
        for number in range(20):
            count(source=f"p{process} s{number}")
        trigger_counts.flush()
    found = sources()
    assert len(found) == 51
    assert found["(other)"] == 30
    assert sum(found.values()) == 80


def test_a_source_that_has_its_place_keeps_it_while_others_are_invented():
    count(source="qstash")
    trigger_counts.flush()
    for _ in range(3):
        as_another_process()
        for number in range(200):
            count(source=f"s{number}")
        count(source="qstash")
        trigger_counts.flush()
        count(source="qstash")
        trigger_counts.flush()
    found = sources()
    assert len(found) == 51
    assert found["qstash"] + found["(other)"] == 1 + 6 + 3 * 151
    assert found["qstash"] >= 4


def test_each_job_and_each_day_has_fifty_of_its_own():
    other = date(2026, 11, 21)
    for number in range(60):
        count(source=f"s{number}")
        count("hourly", source=f"s{number}")
        count(source=f"s{number}", day=other)
    trigger_counts.flush()
    for found in (sources(), sources("hourly"), sources(day=other)):
        assert (len(found), found["(other)"]) == (51, 10)


def test_a_source_has_one_place_whatever_its_outcomes():
    outcomes = ("paused", "already_succeeded", "expired")
    for number in range(50):
        count(source=f"s{number}")
    trigger_counts.flush()
    for outcome in outcomes:
        count(source="s7", outcome=outcome)
        count(source="new", outcome=outcome)
    trigger_counts.flush()
    rows = TriggerCount.objects.filter(source="s7").order_by("outcome")
    assert [(row.outcome, row.count) for row in rows] == [
        ("already_succeeded", 2),
        ("expired", 1),
        ("paused", 1),
    ]
    assert TriggerCount.objects.filter(source="(other)").count() == 3
    assert not TriggerCount.objects.filter(source="new").exists()


def test_a_full_day_costs_no_more_statements_than_its_sources(django_assert_max_num_queries, monkeypatch):
    monkeypatch.setattr(job_totals.switch, "on", False)
    for number in range(60):
        count(source=f"s{number}")
    trigger_counts.flush()
    for number in range(500):
        count(source=f"more {number}")
    with django_assert_max_num_queries(1):
        trigger_counts.flush()


def test_memory_forgets_the_sources_of_other_days_and_quiet_jobs():
    count("hourly")
    trigger_counts.flush()
    count(day=date(2026, 11, 21))
    trigger_counts.flush()
    assert set(trigger_counts._sources) == {("nightly", date(2026, 11, 21))}


LOOK_ALIKES = {
    "case": ["curl", "CURL", "Curl"],
    "spaces": ["my cron", " my cron", "my  cron ", "my\tcron", "my\xa0cron"],
    "controls": ["curl", "cu\x1brl", "curl\x7f", "\x00curl"],
    "characters that nobody sees": ["curl", "cu\u200brl", "\u202ecurl", "curl\ufe0f", "\ufeffcurl"],
    "forms of a letter": ["zürich", "zu\u0308rich", "\uff3aÜRICH"],
}


@pytest.mark.parametrize("case", LOOK_ALIKES)
def test_spellings_that_look_alike_are_one_source(case):
    for source in LOOK_ALIKES[case]:
        count(source=source)
    trigger_counts.flush()
    assert sources() == {LOOK_ALIKES[case][0]: len(LOOK_ALIKES[case])}


@pytest.mark.django_db(transaction=True)
def test_processes_that_write_at_once_add_fifty_sources_and_lose_no_count():
    """Hosts share nothing but the table."""
    together(6, "tests.jobs_api.execution.flooding:flood")
    found = sources()
    assert len(found) == 51
    assert sum(found.values()) == 6 * 3 * 20
    assert not TriggerCount.objects.filter(outcome="(gate)").exists()


@pytest.mark.django_db(transaction=True)
def test_repeats_are_counted_whichever_way_they_came(api, declare, toy):
    toy(lambda command, **options: None)
    declare()
    api("POST", "/api/jobs/nightly/run?source=first")
    api("POST", "/api/jobs/nightly/run?source=http")
    call_command("jobs_run", "nightly", source="crontab")
    jobs_api.trigger("nightly", source="beat")
    counted = {(key[2], key[3]): number for key, number in trigger_counts._counts.items()}
    assert counted == {(source, "already_succeeded"): 1 for source in ("http", "crontab", "beat")}


@pytest.mark.django_db(transaction=True)
def test_what_an_executor_starts_when_it_has_room_is_not_a_call(declare):
    run = stored_run(declare(), state=State.SUCCEEDED)
    for kind in ("executor", "run_due"):
        dispatch(Request(declare(), run.run_date, Trigger(kind, "scheduler")))
    assert sum(trigger_counts._counts.values()) == 1


# -- at the end of a process ------------------------------------------------------------------


@pytest.fixture
def ending(monkeypatch):
    """This process may write at its end, however long that takes."""
    monkeypatch.setattr(trigger_counts, "_begun_on", {})
    monkeypatch.setattr(trigger_counts, "LAST_SECONDS", 30.0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("ending")
def test_a_process_that_ends_writes_what_is_left():
    trigger_counts.answered(Trigger("http", "curl"), "nightly", "paused", NOON)
    trigger_counts._end()
    assert TriggerCount.objects.get().count == 1
    assert not trigger_counts.writer.needed()


@pytest.mark.usefixtures("ending")
def test_what_tests_of_a_host_have_counted_is_not_written_into_its_own_database(monkeypatch):
    """When its test runner is done, the settings name the real database again."""
    trigger_counts.answered(Trigger("http", "curl"), "nightly", "paused", NOON)
    monkeypatch.setattr(trigger_counts, "_database", lambda: "the real one")
    trigger_counts._end()
    assert not TriggerCount.objects.exists()


# -- what follows the writing -----------------------------------------------------------------


@pytest.fixture
def told(monkeypatch):
    """How often somebody was told that calls were written; the first who is told breaks."""
    calls = []

    def breaks():
        raise RuntimeError("a bug")

    monkeypatch.setattr(trigger_counts, "_after", [])
    for receiver in (breaks, lambda: calls.append(written()), breaks):
        trigger_counts.after_writing(receiver)
    return calls


@pytest.mark.django_db(transaction=True)
def test_who_wants_to_know_is_told_when_calls_were_written(told):
    count(times=2)
    trigger_counts.writer.take_turn()
    assert told == [2]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("ending")
def test_also_at_the_end_of_a_process(told):
    trigger_counts.answered(Trigger("http", "curl"), "nightly", "paused", NOON)
    trigger_counts._end()
    assert told == [1]


@pytest.mark.django_db(transaction=True)
def test_nobody_is_told_of_what_could_not_be_written(told, broken):
    count()
    with broken(0):
        trigger_counts.writer.take_turn()
        trigger_counts.flush_last()
    assert told == []
