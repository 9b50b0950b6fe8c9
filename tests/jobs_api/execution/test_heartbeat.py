"""One thread per process keeps its runs alive, stores what they say, and tells them what was asked."""

import time
from contextlib import ExitStack, suppress

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from jobs_api import current_run, runs
from jobs_api.execution import heartbeat
from jobs_api.execution.perform import perform
from jobs_api.models import JobRun
from tests.conftest import NOON

from .attempts import begun, elsewhere, eventually, output_of
from .beats import PAST, lease_of, running, stop_of, watching_all

pytestmark = pytest.mark.django_db(transaction=True)

# -- renewing ---------------------------------------------------------------------------------


def test_a_lease_is_renewed_as_long_as_its_run_lives(declare, heart):
    beat = running(declare())
    with heart.watching(beat):
        eventually(lambda: lease_of(beat) > PAST)
        first = lease_of(beat)
        eventually(lambda: lease_of(beat) > first)
    assert first > timezone.now()
    assert stop_of(beat) is None


def test_all_leases_are_renewed_by_one_statement(declare, heart, monkeypatch):
    job = declare(overlap="allow")
    beats = [running(job, NOON.replace(hour=hour)) for hour in range(5)]
    asked, renew = [], runs.renew

    def note(leases):
        asked.append(list(leases))
        return renew(asked[-1])

    monkeypatch.setattr(runs, "renew", note)
    for beat in beats:
        beat.renewed -= 1  # due at once
    with ExitStack() as living:
        with heart.lock:  # it takes its first turn when it has all of them
            living.enter_context(watching_all(heart, beats))
        eventually(lambda: all(lease_of(beat) > PAST for beat in beats))
    assert len(asked[0]) == 5


def test_renewing_costs_one_statement_however_many_leases(declare, django_assert_num_queries):
    job = declare(overlap="allow")
    beats = [running(job, NOON.replace(hour=hour)) for hour in range(5)]
    with django_assert_num_queries(1):
        assert runs.renew(beat.lease for beat in beats) == 5


def test_at_the_timeout_renewal_stops_so_that_the_lease_ends_the_run(declare, heart):
    job = declare(overlap="allow")
    over, alive = running(job, NOON, timeout=0), running(job, NOON.replace(hour=1))
    with heart.watching(over), heart.watching(alive):
        eventually(lambda: lease_of(alive) > PAST)
        assert lease_of(over) == PAST
        assert heart.holds(*alive.key)
        assert not heart.holds(*over.key)


def test_a_run_that_has_ended_is_not_held_any_more(declare, heart):
    beat = running(declare())
    with heart.watching(beat):
        assert [run_id for run_id, _ in heart.attempts()] == [beat.lease.run_id]
        assert heart.holds(beat.lease.run_id, 1)
        assert not heart.holds(beat.lease.run_id, 2)
    assert [run_id for run_id, _ in heart.attempts()] == []


# -- what was asked of a run ------------------------------------------------------------------


def test_a_cancel_reaches_the_command(declare, heart):
    beat = running(declare())
    with heart.watching(beat):
        runs.cancel(JobRun.objects.get(), actor="somebody", at=timezone.now())
        eventually(lambda: stop_of(beat) == "cancelled")


@pytest.mark.parametrize(
    "change", [{"attempt": 2}, {"state": "failed", "held_job": None, "lease_expires_at": None}]
)
def test_a_lost_lease_reaches_the_command(declare, heart, change):
    beat = running(declare())
    with heart.watching(beat):
        JobRun.objects.update(**change)
        eventually(lambda: stop_of(beat) == "lost")


def test_a_run_that_was_pruned_is_lost(declare, heart):
    beat = running(declare())
    with heart.watching(beat):
        JobRun.objects.all().delete()
        eventually(lambda: stop_of(beat) == "lost")


def test_a_command_that_checks_ends_when_a_cancel_is_asked(declare, toy, settings, monkeypatch, heart):
    monkeypatch.setattr("jobs_api.execution.attempt.heartbeat", heart)

    def behave(command, **options):
        elsewhere(lambda: runs.cancel(JobRun.objects.get(), actor="somebody", at=timezone.now()))
        eventually(lambda: current_run().check())

    toy(behave)
    job = declare()
    assert perform(job, begun(job)).state == "cancelled"
    run = JobRun.objects.get()
    assert (run.state, run.reason, run.tries, run.note) == (
        "cancelled",
        "cancelled",
        0,
        "cancel requested by somebody",
    )


# -- what a run says meanwhile ----------------------------------------------------------------


def test_output_and_progress_can_be_read_elsewhere_while_the_command_runs(declare, toy, monkeypatch, heart):
    monkeypatch.setattr("jobs_api.execution.attempt.heartbeat", heart)
    seen = []

    def behave(command, **options):
        for number in (1, 2):
            print(f"line {number}")
            current_run().progress(number, 2)
            eventually(lambda: elsewhere(lambda: JobRun.objects.get().progress_done) == number)  # noqa: B023
            seen.append(elsewhere(lambda: output_of(JobRun.objects.get())))

    toy(behave)
    job = declare()
    perform(job, begun(job))
    assert seen == ["line 1\n", "line 1\nline 2\n"]


def test_nothing_is_stored_where_nothing_was_said(declare, heart, monkeypatch):
    stored = []
    monkeypatch.setattr(runs, "record_progress", lambda lease, **said: stored.append(said))
    beat = running(declare())
    with heart.watching(beat):
        beat.output.write(b"said")
        eventually(lambda: stored)
        looked = beat.looked
        eventually(lambda: beat.looked > looked + 0.1)
    assert len(stored) == 1


def test_what_is_new_is_stored_within_two_seconds_and_what_has_not_changed_costs_nothing(
    declare, django_assert_num_queries
):
    """Contract 7: readable from any process at most 2 s after it was written."""
    assert heartbeat.TICK + heartbeat.STORE_AFTER <= 1.5  # the rest is for the statement
    silent, loud = (running(declare(name)) for name in ("silent", "loud"))
    heart, now = heartbeat.Heartbeat(), time.monotonic()
    for beat in (silent, loud):
        beat.looked = beat.renewed = now  # however long it took to make them
    loud.output.write(b"said")
    for seconds in (0.1, 0.6, 1.0):  # one that ends meanwhile was not stored twice
        with django_assert_num_queries(0):
            heart._ask([silent, loud], now + seconds)
    with django_assert_num_queries(1):
        heart._ask([silent, loud], now + 1.15)
    assert output_of(JobRun.objects.get(job_name="loud")) == "said"
    with django_assert_num_queries(0):
        heart._ask([silent, loud], now + 4.9)


def test_only_what_has_changed_is_sent(declare, django_assert_num_queries):
    """A command that writes without end would otherwise send all that is kept, every second."""
    beat = running(declare())
    beat.output.write(b"a" * 600)  # of 1000 bytes, half is for the first part
    beat.store()
    for change in (lambda: beat.output.write(b"b" * 100), lambda: beat.run.progress(1, 2)):
        change()
        with django_assert_num_queries(1) as sent:
            beat.store()
        assert "output_head" not in sent[0]["sql"]
    assert "output" not in sent[0]["sql"]
    run = JobRun.objects.get()
    assert output_of(run) == "a" * 600 + "b" * 100
    assert (run.progress_done, run.progress_total) == (1, 2)


def test_many_runs_are_stored_in_turn_if_the_time_is_too_short_for_all(declare, monkeypatch):
    job, heart, now = declare(overlap="allow"), heartbeat.Heartbeat(), time.monotonic()
    beats = [running(job, NOON.replace(hour=hour)) for hour in range(4)]
    stored = []

    def one_per_turn(lease, **said):
        if stored and stored[-1][0] == turn:
            raise OperationalError("the time is over")
        stored.append((turn, lease.run_id))

    monkeypatch.setattr(runs, "record_progress", one_per_turn)
    for turn in range(6):
        for beat in beats:
            beat.output.write(b"more")
        with suppress(OperationalError):
            heart._ask(beats, now + turn * 1.1)
    assert {run_id for _, run_id in stored} == {beat.lease.run_id for beat in beats}


# -- the database comes and goes ----------------------------------------------------------------


def test_a_database_that_does_not_take_a_heartbeat_is_tried_again(declare, heart, monkeypatch):
    renew, refused = runs.renew, []

    def refuse_twice(leases):
        if len(refused) < 2:
            refused.append(1)
            raise OperationalError("database is locked")
        return renew(leases)

    monkeypatch.setattr(runs, "renew", refuse_twice)
    beat = running(declare())
    with heart.watching(beat):
        eventually(lambda: lease_of(beat) > PAST)
    assert len(refused) == 2
    assert stop_of(beat) is None


@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
def test_a_heartbeat_whose_connection_was_terminated_makes_another(declare, heart):
    beat = running(declare())
    with heart.watching(beat):
        for _ in range(3):
            eventually(lambda: lease_of(beat) > PAST)
            connection.cursor().execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            JobRun.objects.update(lease_expires_at=PAST)
    assert stop_of(beat) is None


def test_a_database_that_is_away_is_told_once_and_not_every_second(declare, heart, monkeypatch, caplog):
    """What a log says over and over fills it, or the pipe behind it."""
    tries = []

    def away(leases):
        tries.append(1)
        raise OperationalError("the database is away")

    with heart.watching(running(declare())):
        with monkeypatch.context() as outage:
            outage.setattr(runs, "renew", away)
            eventually(lambda: len(tries) >= 5)
        assert caplog.text.count("The heartbeat failed") == 1

        eventually(lambda: not heart.failing)
        monkeypatch.setattr(runs, "renew", away)
        eventually(lambda: caplog.text.count("The heartbeat failed") == 2)
