"""The roll-up: days are counted when they have ended, again when they have changed, and stay when runs go."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test.utils import CaptureQueriesContext

from jobs_api import database, registry
from jobs_api.history import cells, days, durations, keeping, progress, rolling, stale
from jobs_api.management.commands import jobs_prune
from jobs_api.models import AlertTurn, HistoryMark, JobDay, JobDeclaration, JobHistory, JobPause, JobRun
from jobs_api.monitoring import turns
from jobs_api.runs import pruning
from jobs_api.runs.job_state import declared
from tests.conftest import NOON, stored_run
from tests.jobs_api.history.conftest import HOUR, stand

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
TODAY = NOON.date()
YESTERDAY = TODAY - DAY
WRITES = ("INSERT", "UPDATE", "DELETE")


def roll(at=NOON, **options):
    """Turn after turn, until nothing is left; returns how many pieces were counted."""
    pieces = 0
    for turn in range(200):
        done = rolling.roll_up(now=at + turn * 5 * timedelta(seconds=1), **options)
        pieces += done.pieces
        if not done.more:
            return pieces
    raise AssertionError("There is always more to count.")


def year(job, at=NOON):
    return {day.day: day for day in days.year(job, at=at, standing=stand(at)[job.name], now=at)}


def row(job, day=YESTERDAY):
    return JobDay.objects.get(job_name=job.name, day=day)


def fill(job, first, last, each=HOUR, **fields):
    """A run of every slot between."""
    slot = first
    while slot < last:
        stored_run(job, slot, **fields)
        slot += each


def midnight(day):
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


# -- what is counted --------------------------------------------------------------------------


def test_the_days_that_have_ended_are_counted_and_today_is_not(known):
    job = known(since=NOON - 5 * DAY)
    fill(job, midnight(TODAY - 3 * DAY), NOON)
    JobRun.objects.filter(run_date=midnight(YESTERDAY)).update(state="failed", reason="error")
    roll()
    assert sorted(JobDay.objects.values_list("day", "worst")) == [
        (TODAY - 5 * DAY, "missed"), (TODAY - 4 * DAY, "missed"), (TODAY - 3 * DAY, "well"),
        (TODAY - 2 * DAY, "well"), (YESTERDAY, "failed"),
    ]  # fmt: skip
    assert row(job).counts == {"succeeded": 23, "failed": 1}
    assert row(job).runs == 24


def test_what_is_rolled_up_is_what_the_rows_say(known):
    job = known(since=NOON - 40 * DAY, timezone="America/New_York")
    JobPause.objects.create(job_name=job.name, started_at=NOON - 9 * DAY, ended_at=NOON - 7 * DAY)
    fill(job, NOON - 30 * DAY, NOON - 10 * DAY, 7 * HOUR, started_at=None, state="failed", reason="error")
    fill(job, NOON - 10 * DAY + HOUR, NOON, 11 * HOUR)
    before = year(job)
    roll()
    after = year(job)
    assert JobDay.objects.filter(counted_at__isnull=False).count() > 30
    assert after == before


def test_a_day_is_counted_only_when_the_grace_of_its_last_slot_is_over(known):
    job = known("late", schedule="30 23 * * *", since=NOON - 3 * DAY, grace=3600)
    end = midnight(TODAY)
    roll(end + 64 * MINUTE)
    assert not JobDay.objects.filter(day=YESTERDAY).exists()
    roll(end + 66 * MINUTE)
    assert row(job).worst == "missed"


def test_days_are_those_of_the_zone_of_the_job(known):
    job = known("tokyo", schedule="30 0 * * *", timezone="Asia/Tokyo", since=NOON - 3 * DAY)
    stored_run(job, datetime(2026, 11, 18, 15, 30, tzinfo=UTC))
    roll(NOON - 19 * HOUR)
    assert row(job, date(2026, 11, 18)).worst == "missed"
    roll(NOON)
    assert row(job, date(2026, 11, 19)).worst == "well"


def test_a_job_on_demand_is_counted_by_its_runs(known):
    job = known("rebuild", schedule=None, since=NOON - 9 * DAY)
    stored_run(job, NOON - DAY, state="failed", reason="error")
    roll()
    assert row(job).worst == "failed"
    assert row(job, TODAY - 2 * DAY).worst == "none"


def test_a_job_with_more_runs_than_its_schedule_says_is_counted_day_by_day(known, monkeypatch):
    monkeypatch.setattr(progress, "SLOTS", 40)
    monkeypatch.setattr(keeping, "SLOTS", 40)
    job = known("rebuild", schedule=None, since=NOON - 3 * DAY)
    fill(job, midnight(TODAY - 2 * DAY), midnight(TODAY), 5 * MINUTE)
    roll()
    assert [row(job, TODAY - back * DAY).runs for back in (1, 2, 3)] == [288, 288, 0]


# -- when ------------------------------------------------------------------------------------


def test_nothing_is_written_when_nothing_is_to_be_counted(known):
    known()
    roll()
    with CaptureQueriesContext(keeping.transaction.get_connection()) as sent:
        done = rolling.roll_up(now=NOON + HOUR)
    assert (done.pieces, done.more) == (0, False)
    assert len(sent) <= 3
    assert not [each["sql"] for each in sent if each["sql"].startswith(WRITES)]
    assert done.next_at == midnight(TODAY + DAY) + progress.SETTLED + 30 * MINUTE


def test_the_newest_days_come_first_and_a_turn_ends_after_its_time(known):
    for number in range(3):
        known(f"job_{number}", schedule="*/5 * * * *")
    done = rolling.roll_up(now=NOON, seconds=0)
    assert (done.pieces, done.more) == (1, True)
    first = set(JobDay.objects.values_list("day", flat=True))
    assert max(first) == YESTERDAY
    assert len(first) < 30
    rolling.roll_up(now=NOON + MINUTE, seconds=0)
    rolling.roll_up(now=NOON + 2 * MINUTE, seconds=0)
    assert set(JobDay.objects.values_list("job_name", flat=True)) == {"job_0", "job_1", "job_2"}
    assert min(JobDay.objects.values_list("day", flat=True)) == min(first)


def test_a_year_is_complete_in_the_end_and_what_is_older_is_forgotten(known):
    job = known(since=NOON - 500 * DAY)
    stored_run(job, NOON - 399 * DAY)
    roll()
    assert JobDay.objects.order_by("day").first().day == TODAY - 400 * DAY
    assert JobHistory.objects.get().first_day == TODAY - 400 * DAY
    roll(NOON + 9 * DAY)
    assert JobDay.objects.order_by("day").first().day == TODAY - 393 * DAY
    assert JobHistory.objects.get().last_day == TODAY + 8 * DAY


def test_where_there_is_nothing_to_count_that_is_found_in_one_short_turn(known, declare):
    for number in range(30):
        known(f"new_{number}", schedule="* * * * *", since=NOON)
    declare("unknown", schedule="* * * * *")
    done = rolling.roll_up(now=NOON, seconds=0)
    assert (done.more, JobDay.objects.count(), JobHistory.objects.count()) == (False, 0, 31)


def test_after_a_long_absence_no_day_is_left_out(known):
    known(since=NOON - 5 * DAY)
    roll()
    roll(NOON + 90 * DAY)
    assert JobDay.objects.count() == 5 + 90


def test_one_process_at_a_time_counts(known):
    known()
    turns.take(rolling.NAME, NOON, every=rolling.EVERY, given_up=rolling.GIVEN_UP)
    done = rolling.roll_up(now=NOON + timedelta(seconds=10))
    assert (done.pieces, done.more, JobDay.objects.count()) == (0, True, 0)
    assert rolling.roll_up(now=NOON + rolling.GIVEN_UP).pieces  # that one was killed


def test_a_process_that_was_overtaken_writes_nothing(known, monkeypatch):
    known()
    read = keeping.rows.within

    def overtaken(*args, **options):
        AlertTurn.objects.update(at=NOON + MINUTE)
        return read(*args, **options)

    monkeypatch.setattr(keeping.rows, "within", overtaken)
    done = rolling.roll_up(now=NOON)
    assert (done.pieces, done.more, JobDay.objects.count()) == (0, True, 0)


def test_a_process_that_dies_half_way_leaves_whole_days_and_the_next_one_goes_on(known, monkeypatch):
    job = known(since=NOON - 5 * DAY)
    monkeypatch.setattr(keeping, "_write_histories", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        rolling.roll_up(now=NOON)
    turn = AlertTurn.objects.get(name=rolling.NAME)
    assert (turn.error, turn.failing_since) == ("ZeroDivisionError", NOON)
    assert not JobDay.objects.exists()
    monkeypatch.undo()
    roll(NOON + rolling.GIVEN_UP)
    assert row(job).worst == "missed"
    assert AlertTurn.objects.get(name=rolling.NAME).failing_since is None


# -- changes ---------------------------------------------------------------------------------


def test_a_rerun_of_an_old_slot_changes_its_day_and_only_that(known):
    job = known(since=NOON - 20 * DAY)
    slot = midnight(TODAY - 15 * DAY)
    run = stored_run(job, slot, state="failed", reason="error")
    roll()
    assert row(job, slot.date()).counts["failed"] == 1
    JobRun.objects.filter(pk=run.pk).update(state="succeeded")
    assert stale.mark({(job.name, slot), (job.name, NOON), ("gone", slot)}, NOON) == 1
    assert roll(NOON + HOUR) == 1
    assert row(job, slot.date()).counts == {"succeeded": 1, "missed": 23}
    assert not JobDay.objects.filter(stale__gt=0).exists()


def test_a_change_while_its_day_is_being_counted_is_counted_afterwards(known, monkeypatch):
    job = known(since=NOON - 2 * DAY)
    run = stored_run(job, midnight(YESTERDAY), state="failed", reason="error")
    read = keeping.rows.within

    def changed_meanwhile(*args, **options):
        found = read(*args, **options)
        if JobRun.objects.filter(pk=run.pk, state="failed").update(state="succeeded", reason=""):
            stale.mark({(job.name, run.run_date)}, NOON)
        return found

    monkeypatch.setattr(keeping.rows, "within", changed_meanwhile)
    roll()
    assert row(job).counts == {"succeeded": 1, "missed": 23}


def test_a_change_that_nobody_marked_is_found_when_the_next_day_has_ended(known):
    job = known(since=NOON - 20 * DAY)
    fill(job, NOON - 5 * DAY, NOON)
    trouble = stored_run(job, midnight(TODAY - 4 * DAY) + MINUTE, state="failed", reason="error")
    roll()
    assert row(job, TODAY - 4 * DAY).worst == "failed"
    JobRun.objects.filter(pk=trouble.pk).update(state="succeeded")
    JobRun.objects.filter(run_date=midnight(YESTERDAY)).update(state="failed", reason="error")
    assert (roll(NOON + HOUR), row(job).worst) == (0, "well")
    roll(NOON + DAY)
    assert (row(job).worst, row(job, TODAY - 4 * DAY).worst) == ("failed", "well")


def test_runs_that_were_deleted_stay_in_the_days_and_in_the_year(known):
    job = known(since=NOON - 20 * DAY)
    fill(job, midnight(TODAY - 3 * DAY), midnight(TODAY))
    roll()
    whole = year(job)
    JobRun.objects.filter(run_date__lt=midnight(YESTERDAY) + HOUR).delete()
    stale.mark({(job.name, midnight(YESTERDAY - DAY)), (job.name, midnight(YESTERDAY))}, NOON)
    roll(NOON + HOUR)
    assert year(job) == whole
    JobRun.objects.all().delete()
    HistoryMark.objects.create(name="pruned", at=midnight(TODAY))
    roll(NOON + DAY)
    assert year(job)[YESTERDAY] == whole[YESTERDAY]


def test_a_job_whose_schedule_changed_keeps_its_days_as_they_were(known):
    job = known(since=NOON - 3 * DAY)
    roll()
    assert row(job).counts == {"missed": 24}
    changed = dataclasses.replace(job, schedule="*/30 * * * *", timezone="Europe/Berlin")
    registry.fill([changed])
    name, schedule, zone = declared(changed)
    JobDeclaration.objects.create(job_name=name, schedule=schedule, timezone=zone, since=NOON)
    stored_run(job, midnight(YESTERDAY))
    stale.mark({(job.name, midnight(YESTERDAY))}, NOON)
    roll(NOON + HOUR)
    assert row(job).counts == {"succeeded": 1, "missed": 23}
    assert (row(job).schedule, row(job).timezone) == ("0 * * * *", "UTC")


def test_days_of_a_job_that_is_not_declared_any_more_stay_as_they_are(known, declare):
    job = known(since=NOON - 3 * DAY)
    roll()
    JobDay.objects.filter(day=YESTERDAY).update(stale=3)
    registry.fill([])
    declare("another", schedule=None)
    roll(NOON + HOUR)
    assert (row(job).worst, row(job).stale) == ("missed", 0)


# -- what is read ------------------------------------------------------------------------------


def test_the_usual_duration_is_that_of_the_last_30_days_in_one_statement(known, django_assert_num_queries):
    job = known(since=NOON - 90 * DAY)
    for number in range(100):
        slot = midnight(TODAY) - (number + 1) * HOUR
        stored_run(job, slot, finished_at=slot + timedelta(seconds=number + 1))
    fill(job, midnight(TODAY - 60 * DAY), midnight(TODAY - 50 * DAY), finished_at=NOON)
    known("empty", since=NOON - DAY)
    roll()
    with django_assert_num_queries(1):
        found = durations.usual([job.name, "empty", "unheard-of"])
    assert set(found) == {job.name}
    span = found[job.name]
    assert (span.p5, span.p50, span.p95, span.count) == (
        pytest.approx(5, rel=0.08), pytest.approx(50, rel=0.05), pytest.approx(95, rel=0.05), 100
    )  # fmt: skip


def test_a_year_that_is_rolled_up_reads_no_runs_but_those_of_today(known, django_assert_num_queries):
    job = known(since=NOON - 40 * DAY)
    fill(job, NOON - 3 * DAY, NOON)
    roll()
    standing = stand()[job.name]
    with django_assert_num_queries(2) as sent:
        days.year(job, at=NOON, standing=standing, now=NOON)
    assert "2026-11-20 00:00:00" in sent.captured_queries[-1]["sql"]


def test_a_slot_that_is_only_late_makes_no_day_fail(known):
    job = known("late", schedule="30 23 * * *", since=NOON - DAY, grace=7200)
    roll(midnight(TODAY) + HOUR)
    found = year(job, midnight(TODAY) + HOUR)
    assert (found[YESTERDAY].worst, found[YESTERDAY].failed, found[YESTERDAY].late) == ("late", 0, 1)


def test_a_run_that_ends_in_this_process_marks_its_day(known, monkeypatch):
    from jobs_api.history import background

    job = known(since=NOON - 9 * DAY)
    background.changed(job=job.name, run_date=NOON - 3 * DAY)
    monkeypatch.setattr(background.clock, "estimate", lambda: NOON)
    monkeypatch.setattr("jobs_api.history.rolling.roll_up", lambda **_: rolling.Rolled(0, False, None, NOON))
    assert background.roller.needed()
    background.roller.look()
    assert list(JobDay.objects.values_list("day", "stale", "counted_at")) == [(TODAY - 3 * DAY, 1, None)]


# -- pruning ---------------------------------------------------------------------------------


def test_days_are_counted_before_their_runs_are_deleted(known, settings):
    settings.JOBS_API = {**settings.JOBS_API, "RETENTION_DAYS": 30}
    job = known(since=database.now() - 90 * DAY)
    slot = (database.now() - 40 * DAY).replace(minute=0, second=0, microsecond=0)
    stored_run(job, slot, state="failed", reason="error")
    call_command("jobs_prune", stdout=StringIO())
    assert not JobRun.objects.exists()
    assert row(job, slot.date()).counts["failed"] == 1
    assert HistoryMark.objects.get().at > slot
    found = cells.between([job], slot, slot + 3 * HOUR, at=database.now(), standings=stand(database.now()))
    assert {cell.state for cell in found[job.name].cells} == {"unknown"}  # not missed


def test_nothing_is_deleted_while_days_are_not_counted(known, monkeypatch):
    job = known(since=NOON - 900 * DAY)
    stored_run(job, NOON - 600 * DAY)
    monkeypatch.setattr(rolling, "roll_up", lambda: rolling.Rolled(1, True, None, NOON))
    monkeypatch.setattr(jobs_prune, "ROLL_UP_SECONDS", 0)
    with pytest.raises(CommandError, match="not counted yet"):
        call_command("jobs_prune")
    assert JobRun.objects.exists()


def test_old_days_are_deleted_also_of_a_job_that_is_gone():
    JobDay.objects.create(job_name="gone", day=TODAY - 403 * DAY, counted_at=NOON)
    kept = JobDay.objects.create(job_name="gone", day=TODAY - 402 * DAY, counted_at=NOON)
    pruning.prune_days(NOON)
    assert JobDay.objects.get() == kept
