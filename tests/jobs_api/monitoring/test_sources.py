"""When did anybody last call? Pain 17: nothing ran for days, because the caller had gone, and nobody saw."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

import jobs_api
from jobs_api.auth import tokens
from jobs_api.models import State, TriggerSource
from jobs_api.monitoring import sources, trigger_counts
from jobs_api.monitoring.report import health_report
from jobs_api.monitoring.source_report import source_reports
from jobs_api.runs.types import RUN_DUE, Trigger
from jobs_api.triggers.dispatch import dispatch
from jobs_api.triggers.due import run_due
from jobs_api.triggers.request import Request
from tests.conftest import NOON, stored_run
from tests.jobs_api.api.endpoints import bearer, newest_run
from tests.jobs_api.management.calling import manage
from tests.jobs_api.together import together

pytestmark = pytest.mark.django_db

SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=number) for number in (1, 60, 3600, 86400))


def call(source="curl", actor="ci", *, at=NOON, outcome="already_succeeded", kind="http"):
    trigger_counts.answered(Trigger(kind, source, actor), "nightly", outcome, at)


def poll(source="curl", actor="ci", *, at=NOON):
    call(source, actor, at=at, outcome=RUN_DUE, kind=RUN_DUE)


def stored(source="curl", actor="ci"):
    trigger_counts.flush()
    return TriggerSource.objects.get(source=source, actor=actor)


def table():
    trigger_counts.flush()
    return {(row.source, row.actor): (row.calls, row.wins) for row in TriggerSource.objects.all()}


@pytest.fixture
def job(declare, toy):
    toy(lambda command, **options: None)
    return declare()


# -- what is noted ----------------------------------------------------------------------------


def test_a_call_costs_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        for _ in range(100):
            call()
            poll()


@pytest.mark.parametrize("kind", ["dashboard", "admin", "rerun"])
def test_who_starts_a_run_by_hand_is_no_source_that_could_fall_silent(kind):
    call(source="", actor="mara", kind=kind, outcome="succeeded")
    call()
    assert table() == {("curl", "ci"): (1, 0)}


def test_a_source_has_its_last_trigger_its_last_run_due_its_calls_and_its_wins():
    call(at=NOON, outcome="succeeded")
    call(at=NOON + HOUR)
    poll(at=NOON + 2 * HOUR)
    row = stored()
    assert (row.first_at, row.last_at) == (NOON, NOON + 2 * HOUR)
    assert (row.last_trigger_at, row.last_run_due_at) == (NOON + HOUR, NOON + 2 * HOUR)
    assert (row.calls, row.wins) == (3, 1)


@pytest.mark.django_db(transaction=True)
def test_each_entrance_is_noted_with_its_source_and_who_called(api, job):
    api("POST", "/api/jobs/nightly/run?source=http")
    call_command("jobs_run", "nightly", source="crontab")
    jobs_api.trigger("nightly", source="beat")
    jobs_api.run_due(source="python")
    call_command("jobs_run_due", source="cron")
    api("POST", "/api/run-due?source=poller", headers=bearer("trigger"))
    trigger_counts.flush()
    found = {row.source: row for row in TriggerSource.objects.all()}
    assert {name: (row.calls, row.wins) for name, row in found.items()} == {
        **dict.fromkeys(("crontab", "beat", "python", "cron", "poller"), (1, 0)),
        "http": (1, 1),
    }
    triggered = [name for name, row in found.items() if row.last_trigger_at]
    assert sorted(triggered) == ["beat", "crontab", "http"]
    assert (found["http"].actor, found["beat"].actor) == ("CRON_SECRET", "")
    assert found["crontab"].actor == found["cron"].actor != ""


@pytest.mark.django_db(transaction=True)
def test_an_empty_run_due_is_a_call_and_what_one_starts_is_its_win(declare, toy):
    toy(lambda command, **options: None)
    job = declare(catch_up_window=10**6)
    run_due(Trigger(RUN_DUE, "poller"), now=NOON)
    assert table() == {("poller", ""): (1, 0)}
    run_due(Trigger(RUN_DUE, "poller"), now=NOON + DAY)
    assert table() == {("poller", ""): (2, 1)}
    assert stored_run(job, NOON - 9 * DAY).pk  # its runs are its own


@pytest.mark.django_db(transaction=True)
def test_what_an_executor_starts_is_nobodys_call_and_a_monitor_is_no_caller(api, declare):
    run = stored_run(declare(), state=State.SUCCEEDED)
    dispatch(Request(declare(), run.run_date, Trigger("executor", "scheduler")))
    for path in ("/api/jobs", "/api/health/jobs", "/api/health/ready", f"/api/runs/{run.pk}", "/api/sources"):
        api("GET", path)
    api("POST", "/api/jobs/nightly/run", headers={"Authorization": "Bearer wrong"})
    api("POST", "/api/jobs/nightly/run?wait=soon")
    assert sources.tallies == {}


@pytest.mark.django_db(transaction=True)
def test_a_duplicate_writes_nothing_in_its_request(api, job):
    api("POST", "/api/jobs/nightly/run")
    trigger_counts.flush()
    before = list(TriggerSource.objects.values())
    api("POST", "/api/jobs/nightly/run")
    assert list(TriggerSource.objects.values()) == before
    (tally,) = sources.tallies.values()
    assert (tally.calls, tally.wins) == (1, 0)


# -- what is written --------------------------------------------------------------------------


def test_two_processes_add_up_and_a_time_never_goes_back():
    call(at=NOON + HOUR)
    stored()
    call(at=NOON)
    row = stored()
    assert (row.calls, row.first_at, row.last_at, row.last_trigger_at) == (2, NOON, NOON + HOUR, NOON + HOUR)


def test_what_another_process_writes_between_reading_and_writing_is_kept(monkeypatch):
    call()
    assert stored().calls == 1
    merged = sources._merged

    def slowly(row, *rest):
        TriggerSource.objects.filter(calls=1).update(calls=10)
        return merged(row, *rest)

    monkeypatch.setattr(sources, "_merged", slowly)
    call()
    assert stored().calls == 11


def test_a_time_ahead_of_the_clock_mutes_nothing():
    """A row that a clock has written that was years ahead."""
    ahead, now = timezone.now() + 900 * DAY, timezone.now()
    TriggerSource.objects.create(
        source="curl", actor="ci", first_at=NOON, last_at=ahead, last_trigger_at=ahead
    )
    call(at=now)
    assert (stored().last_at, stored().last_trigger_at) == (now, now)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statements", range(12))
def test_a_write_that_fails_loses_no_call_and_counts_none_twice(broken, statements):
    for source, number in (("a", 2), ("b", 3)):
        for _ in range(number):
            call(source, outcome="succeeded")
    with suppress(OperationalError), broken(statements):
        trigger_counts.flush()
    call("b", at=NOON + HOUR)
    assert table() == {("a", "ci"): (2, 2), ("b", "ci"): (4, 3)}
    assert (stored("b").first_at, stored("b").last_at) == (NOON, NOON + HOUR)


@pytest.mark.django_db(transaction=True)
def test_processes_that_write_at_once_lose_no_call():
    together(3, "tests.jobs_api.execution.flooding:flood")
    assert sum(calls for calls, _ in table().values()) == 3 * 3 * 20
    assert table()["shared 3", "ci"] == (3 * 3, 0)
    assert len(table()) <= 3 * sources.EACH + 1


def test_a_forked_process_does_not_write_the_calls_of_its_parent():
    call()
    child = os.fork()
    if child == 0:
        os._exit(7 if not sources.tallies else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


# -- callers choose their source --------------------------------------------------------------


def test_a_token_has_twenty_sources_and_the_others_are_one():
    for number in range(30):
        call(f"s{number}")
    call("mine", "other")
    found = table()
    assert len(found) == sources.EACH + 2
    assert found["(other)", "ci"] == (10, 0)
    assert found["mine", "other"] == (1, 0)


def test_a_token_that_invents_sources_takes_no_place_from_another():
    call("cron", "other")
    for go in range(5):
        for number in range(50):
            call(f"s{go} {number}", at=NOON + HOUR)
        trigger_counts.flush()
    assert table()["cron", "other"] == (1, 0)


def test_a_place_is_free_again_after_a_month_of_silence():
    now = timezone.now()
    for number in range(sources.EACH):
        call(f"s{number}", at=now - (31 if number == 7 else 1) * DAY)
    trigger_counts.flush()
    call("new", at=now)
    assert ("new", "ci") in table()
    assert ("s7", "ci") not in table()


def test_the_table_keeps_its_newest_rows(monkeypatch):
    monkeypatch.setattr(sources, "MOST", 5)
    for number in range(9):
        call("curl", f"token{number}", at=NOON + number * HOUR)
        trigger_counts.flush()
    assert {actor for _, actor in table()} == {f"token{number}" for number in range(4, 9)}


def test_made_up_sources_take_no_endless_memory(monkeypatch):
    monkeypatch.setattr(sources, "KEYS", 3)
    for number in range(10):
        call(f"s{number}", f"t{number}")
    assert len(sources.tallies) == 4


def test_made_up_sources_of_one_token_keep_no_call_of_another_from_being_noted():
    """Otherwise health would call the scheduler silent, or see no caller at all."""
    for number in range(2 * sources.KEYS):
        call(f"s{number}", "least")
    call("scheduler", "ci")
    poll("poller", "CRON_SECRET")
    assert len(sources.tallies) == sources.NOTED + 3
    found = table()
    assert found["scheduler", "ci"] == found["poller", "CRON_SECRET"] == (1, 0)
    assert sum(calls for (_, actor), (calls, _) in found.items() if actor == "least") == 2 * sources.KEYS
    assert len(found) == sources.EACH + 3


def test_spellings_that_look_alike_are_one_source():
    for spelling in ("curl", "CURL", "cu\u200brl", " curl "):
        call(spelling)
    assert table() == {("curl", "ci"): (4, 0)}


# -- who is silent ----------------------------------------------------------------------------


def calls_at(*times):
    for at in times:
        call(at=at)
        trigger_counts.flush()


def is_silent(at):
    (report,) = source_reports(at)
    return report.silent


EVERY = {
    "minute": ([NOON + number * MINUTE for number in (0, 1, 1440, 1441, 1442)], None),
    "hour": ([NOON + number * HOUR for number in range(30)], 2 * HOUR),
    "day": ([NOON + number * DAY for number in range(10)], 2 * DAY),
    "working day": ([NOON + number * DAY for number in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)], 5 * DAY),
    "day, with retries": (
        [NOON + number * DAY + more * MINUTE for number in range(9) for more in range(4)],
        2 * DAY,
    ),
}


@pytest.mark.parametrize(("times", "after"), EVERY.values(), ids=EVERY)
def test_a_source_is_silent_once_it_has_not_called_for_twice_its_usual_time(times, after):
    calls_at(*times)
    last = times[-1]
    if after is not None:
        assert not is_silent(last + after * 0.9)
        assert is_silent(last + after * 1.25)
    assert not is_silent(last + 31 * DAY), "after a month it is history"


def test_a_source_that_calls_more_often_than_before_is_missed_sooner():
    calls_at(*(NOON + number * DAY for number in range(4)))
    assert not is_silent(NOON + 4 * DAY)
    calls_at(*(NOON + 3 * DAY + number * 6 * HOUR for number in range(80)))
    last = NOON + 3 * DAY + 79 * 6 * HOUR
    assert is_silent(last + 16 * HOUR)


def test_a_person_who_tried_something_is_not_missed():
    calls_at(*(NOON + number * MINUTE for number in range(20)))
    assert not is_silent(NOON + 9 * HOUR)


# -- what readers see -------------------------------------------------------------------------


@pytest.fixture
def gone():
    """A source that has called each hour and is silent, and one that calls."""
    now = timezone.now()
    common = {"first_at": now - 90 * DAY, "gap": 3600}
    times = {"last_at": now - 5 * HOUR, "last_run_due_at": now - 5 * HOUR, "last_trigger_at": now - 9 * DAY}
    TriggerSource.objects.create(source="cron_job_org", actor="cron", calls=900, wins=60, **common, **times)
    TriggerSource.objects.create(source="curl", actor="ci", calls=1, last_at=now, **common)
    return now


@pytest.mark.usefixtures("gone")
def test_the_api_lists_the_sources(api, django_assert_num_queries):
    with django_assert_num_queries(2):
        newest, silent = api("GET", "/api/sources").json()["sources"]
    assert (newest["source"], newest["last_trigger_at"], newest["silent"]) == ("curl", None, False)
    assert (silent["source"], silent["actor"], silent["silent"]) == ("cron_job_org", "cron", True)
    assert (silent["calls"], silent["wins"], silent["usual_gap_seconds"]) == (900, 60, 3600)


def test_a_token_for_some_jobs_sees_only_its_own_calls(api, gone):
    """A source is about all jobs, and names other tokens and users."""
    mine = bearer("read", patterns=["cleanup_*"])
    assert api("GET", "/api/sources", headers=mine).json() == {"sources": []}
    said = api("GET", "/api/health/jobs", headers=mine).json()
    assert (said["sources"], said["silent_count"], said["last_call_at"]) == ([], 0, None)
    row = TriggerSource.objects.get(source="curl")
    row.actor = name_of(mine)
    row.save()
    (seen,) = api("GET", "/api/sources", headers=mine).json()["sources"]
    assert seen["source"] == "curl"
    assert api("GET", "/api/sources", headers=bearer("trigger")).status_code == 403


def name_of(headers):
    return tokens.verify(headers["Authorization"].removeprefix("Bearer ")).name


def test_health_tells_when_anybody_last_called_and_names_the_silent_first(api, gone):
    response = api("GET", "/api/health/jobs")
    said = response.json()
    assert (response.status_code, said["health"], said["silent_count"]) == (200, "ok", 1), said
    assert said["last_call_at"] == gone.isoformat()
    assert [each["source"] for each in said["sources"]] == ["cron_job_org", "curl"]


def test_the_answer_stays_small_whatever_sources_are_called(api):
    now = timezone.now()
    rows = [
        TriggerSource(source="\U0001f600" * 98 + str(number), actor="x" * 100, first_at=now, last_at=now)
        for number in range(100)
    ]
    TriggerSource.objects.bulk_create(rows)
    response = api("GET", "/api/health/jobs")
    assert len(response.content) < 8192
    assert len(api("GET", "/api/sources").json()["sources"]) == 100


@pytest.mark.parametrize("name", ["made up {}", "\U0001f600" * 90 + "{}"], ids=["short", "long"])
def test_a_token_that_makes_sources_up_hides_no_silent_source_of_another(api, gone, name):
    """They called twice each: they are silent, too, and newer than the one that matters."""
    when = {"first_at": gone - 9 * DAY, "last_at": gone - 4 * HOUR, "gap": 3600}
    TriggerSource.objects.bulk_create(
        TriggerSource(source=name.format(number), actor="evil", calls=2, **when) for number in range(40)
    )
    said = api("GET", "/api/health/jobs").json()
    assert said["silent_count"] == 41
    assert len(said["sources"]) < 41
    assert "cron_job_org" in [each["source"] for each in said["sources"]]


def test_the_list_of_sources_for_people_and_for_programs(gone):
    said = manage("jobs_list", "--sources")
    numbers = "calls wins usual_late worst_late late usual_gap"
    assert said.lines[0] == f"source by state last_call {numbers} last_trigger last_run_due first"
    assert said.lines[1].startswith("curl ci ok ")
    assert " 1 0 - - - 60 min - - " in said.lines[1]
    assert said.lines[2].startswith("cron_job_org cron silent ")
    newest, silent = manage("jobs_list", "--sources", "--json").json()
    assert (newest["silent"], silent["silent"], silent["usual_gap_seconds"]) == (False, True, 3600)


def test_before_anybody_called_the_list_says_so():
    assert manage("jobs_list", "--sources").out.startswith("Nobody has called yet")
    assert manage("jobs_list", "--sources", "--json").json() == []


def test_the_list_of_jobs_says_who_is_silent(gone, job):
    newest_run(job)
    said = manage("jobs_list").out
    assert "cron_job_org (cron) is silent for 5 h: it last called at " in said
    assert "and called at least every 60 min before." in said
    assert health_report().red is False


def test_a_source_controls_no_terminal():
    now = timezone.now()
    TriggerSource.objects.create(source="\x1b[31mred", actor="", first_at=now, last_at=now)
    assert "\x1b" not in manage("jobs_list", "--sources").out
