"""What counts as an incident of each kind, when it is over, and what is told of that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jobs_api.models import Incident, JobHost, JobRun, State, Token, TriggerSource
from jobs_api.monitoring import trigger_counts
from jobs_api.runs import job_state, pausing
from jobs_api.runs.types import Trigger
from tests.conftest import NOON, stored_run

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def job(declare):
    """Due each hour, missed after ten minutes, known for long; its slot of 11:00 succeeded."""
    declared = declare("nightly", schedule="0 * * * *", grace=600, timeout=300)
    job_state.know(declared, at=NOON - 300 * DAY)
    stored_run(declared, NOON - HOUR)
    return declared


def run_at(job, minutes=0.0, state=State.FAILED, **fields):
    """A run of the slot so long after noon; a failed one is not retried."""
    failed = {"reason": "error", "tries": 3, "attempt": 3} if state == State.FAILED else {}
    return stored_run(job, NOON + minutes * MINUTE, state=state, **{**failed, **fields})


def becomes(run, state, **fields):
    JobRun.objects.filter(pk=run.pk).update(state=state, **fields)


RETRIED = {"tries": 1, "attempt": 1}


# -- failed -----------------------------------------------------------------------------------


def test_a_slot_that_nothing_retries_has_failed_and_a_later_success_ends_it(job, sent, look):
    run = run_at(job)
    opened = look(1)["failed"]
    assert (opened.subject, opened.job_name, opened.run, opened.run_date) == (
        "nightly",
        "nightly",
        run.pk,
        NOON,
    )
    assert opened.since == NOON + timedelta(seconds=1)
    assert "its tries are used up" in opened.detail
    assert look(2)["failed"] == opened
    run_at(job, 60, State.SUCCEEDED)
    assert look(61) == {}
    assert sent.told() == [("opened", "failed"), ("recovered", "failed")]
    ended = Incident.objects.get()
    stays = "The slot 2026-11-20 12:00 UTC stays failed."
    assert ended.over == f"The slot 2026-11-20 13:00 UTC succeeded. {stays}"
    assert ended.facts["recovered"]


def test_a_recovery_says_which_slot_stays_failed_and_what_runs_it_again(job, sent, look):
    """Who reads that payments succeed again goes back to sleep, and an hour of them is never paid."""
    run = run_at(job)
    look(1)
    run_at(job, 60, State.SUCCEEDED)
    look(61)
    found = sent.messages[-1][1]
    assert found.subject.endswith("after 60 min; the slot 2026-11-20 12:00 UTC stays failed")
    assert f"manage.py jobs_rerun {run.pk}" in found.text
    assert "manage.py jobs_list nightly" in found.text


def test_a_recovery_of_several_slots_says_so_and_one_by_a_retry_leaves_nothing_behind(job, sent, look):
    run_at(job)
    look(1)
    run = run_at(job, 60)
    look(61)
    run_at(job, 120, State.SUCCEEDED)
    look(121)
    first = Incident.objects.get()
    assert first.facts["left"] == "the slot 2026-11-20 13:00 UTC stays failed, and maybe 1 before it"
    run = run_at(job, 180)
    look(181)
    becomes(run, State.SUCCEEDED, reason="")
    look(183)
    assert Incident.objects.order_by("pk").last().facts["left"] == ""
    assert "jobs_rerun" not in sent.messages[-1][1].text


def test_a_slot_whose_holder_went_silent_does_not_stay_failed_as_it_is_retried(job, sent, look):
    run_at(job, state=State.RUNNING, attempt=1, lease_expires_at=NOON + MINUTE)
    assert "failed" in look(12)
    run_at(job, 60, State.SUCCEEDED)
    look(61)
    assert "stays failed" not in sent.messages[-1][1].text


@pytest.mark.parametrize(("catch_up", "left"), [("latest", True), ("none", True), ("all", False)])
def test_a_job_that_runs_again_says_which_slot_was_never_run(declare, sent, look, catch_up, left):
    job = declare("nightly", schedule="0 * * * *", grace=600, catch_up=catch_up)
    job_state.know(job, at=NOON - 300 * DAY)
    stored_run(job, NOON - HOUR)
    look(75)
    run_at(job, 120, State.SUCCEEDED)
    look(121)
    found = sent.messages[-1][1]
    assert ("the slot 2026-11-20 13:00 UTC was not run" in found.subject) is left
    assert ("manage.py jobs_run --run-date 2026-11-20T13:00:00+00:00 nightly" in found.text) is left


@pytest.fixture
def payments(declare):
    """Each hour of it counts; known for long; its slot of 11:00 succeeded."""
    declared = declare("payments", schedule="0 * * * *", catch_up="all", catch_up_window=7 * 86400)
    job_state.know(declared, at=NOON - 300 * DAY)
    stored_run(declared, NOON - HOUR)
    return declared


TOLD_AND_OVER = [("opened", "failed"), ("recovered", "failed")]


def test_a_slot_that_failed_for_good_behind_newer_ones_is_told_once(payments, sent, look):
    """A catch-up after an outage: the oldest slot is tried first, and given up while the others succeed."""
    run = run_at(payments, 60, finished_at=NOON + 301 * MINUTE)
    for minutes in (0, 120, 180, 240, 300):
        run_at(payments, minutes, State.SUCCEEDED)
    opened = look(302)["failed"]
    assert (opened.run, opened.since) == (run.pk, NOON + 301 * MINUTE)
    assert "its tries are used up; newer slots were started since" in opened.detail
    assert look(303) == {}
    assert look(304) == look(305) == {}
    assert [each for each in sent.told() if each[1] == "failed"] == TOLD_AND_OVER
    assert "the slot 2026-11-20 13:00 UTC stays failed" in sent.messages[-1][1].subject


def test_several_at_once_are_one_incident_and_one_that_is_retried_is_none(payments, sent, look):
    for minutes in (0, 60, 120):
        run_at(payments, minutes, finished_at=NOON + 301 * MINUTE)
    run_at(payments, 180, **RETRIED, finished_at=NOON + 301 * MINUTE, next_attempt_at=NOON + 310 * MINUTE)
    run_at(payments, 300, State.SUCCEEDED)
    opened = look(302)["failed"]
    assert opened.run_date == NOON + 2 * HOUR
    assert ", as have 2 others" in opened.detail
    look(303)
    assert [each for each in sent.told() if each[1] == "failed"] == TOLD_AND_OVER


def test_what_was_told_as_the_newest_slot_is_not_told_again_behind_newer_ones(payments, sent, look):
    run_at(payments, 0, finished_at=NOON + 59 * MINUTE)
    look(59.5)
    run_at(payments, 60, State.SUCCEEDED)
    for minutes in (60.5, 61, 61.5):
        assert look(minutes) == {}
    assert sent.told() == [("opened", "failed"), ("recovered", "failed")]


def test_an_old_database_tells_of_nothing_that_failed_long_ago(payments, sent, look):
    for minutes in range(-6000, 0, 600):
        run_at(payments, minutes, finished_at=NOON + minutes * MINUTE)
    run_at(payments, 0, State.SUCCEEDED)
    assert look(1) == {}
    assert sent.told() == []


def test_a_failure_that_is_retried_in_time_is_told_to_nobody(job, sent, look):
    run = run_at(job, **RETRIED, next_attempt_at=NOON + 2 * MINUTE)
    assert look(1) == {}
    assert look(5) == {}
    becomes(run, State.SUCCEEDED)
    assert look(6) == {}
    assert sent.told() == []


def test_a_retry_that_nobody_starts_is_told_when_the_grace_is_over(job, sent, look):
    run_at(job, **RETRIED, next_attempt_at=NOON + 2 * MINUTE)
    assert look(12) == {}
    assert "nothing calls run-due" in look(13)["failed"].detail


def test_a_holder_that_went_silent_and_that_nobody_reaps_is_told(job, sent, look):
    run_at(job, state=State.RUNNING, lease_expires_at=NOON + MINUTE)
    assert look(2) == {}
    assert look(12)["failed"].facts["reason"] == "lost"


def test_two_slots_in_a_row_have_failed_though_the_last_will_be_retried(job, sent, look):
    """A job whose back-off is longer than the time between its slots would never be told of."""
    run_at(job, **RETRIED, next_attempt_at=NOON + 90 * MINUTE)
    assert look(1) == {}
    run_at(job, 60, **RETRIED, next_attempt_at=NOON + 150 * MINUTE)
    assert "so had the slot before" in look(61)["failed"].detail


def test_attempts_that_never_begin_are_told_though_none_of_them_counts(job, sent, look):
    """An executor that takes nothing, such as Celery without its broker, is tried again at once."""
    never = {"reason": "submit_failed", "tries": 0, "attempt": 2, "started_at": None}
    run = run_at(job, **never, next_attempt_at=NOON + MINUTE)
    assert look(1) == {}
    JobRun.objects.filter(pk=run.pk).update(attempt=5, next_attempt_at=NOON + 11 * MINUTE)
    assert "could not begin" in look(11)["failed"].detail


def test_a_retry_that_runs_neither_ends_nor_repeats_it(job, sent, look):
    run = run_at(job)
    look(1)
    becomes(run, State.RUNNING, lease_expires_at=NOON + HOUR, held_job=job.name, started_at=NOON + MINUTE)
    assert "failed" in look(2)
    becomes(run, State.FAILED, lease_expires_at=None, held_job=None)
    assert "failed" in look(3)
    assert sent.told() == [("opened", "failed")]


def test_a_run_that_somebody_cancels_ends_it_and_the_message_says_so(job, sent, look):
    run = run_at(job)
    look(1)
    becomes(run, State.CANCELLED, reason="cancelled")
    assert look(2) == {}
    ended = Incident.objects.get()
    assert "was cancelled" in ended.over
    assert not ended.facts["recovered"]


def test_the_second_slot_is_told_and_the_third_is_not(job, sent, look):
    for hour in range(4):
        run_at(job, 60 * hour)
        assert look(60 * hour + 1)["failed"].times == hour + 1
    assert sent.told() == [("opened", "failed"), ("again", "failed")]
    assert Incident.objects.get().run_date == NOON + 3 * HOUR


# -- missed, late, overdue --------------------------------------------------------------------


def test_a_slot_without_a_run_is_missed_until_it_has_one(job, sent, look):
    assert "missed" not in look(9)
    opened = look(10)["missed"]
    assert (opened.since, opened.run_date, opened.run) == (NOON, NOON, None)
    run_at(job, 0, State.SUCCEEDED)
    assert look(12) == {}
    assert sent.told() == [("opened", "missed"), ("recovered", "missed")]


def test_a_slot_that_is_found_after_days_tells_since_when_nothing_ran(job, sent, look):
    """Pain 17: nothing ran for days and nobody saw. When somebody calls again, "for 10 min" would mislead."""
    opened = look(3 * 24 * 60 + 10)["missed"]
    assert (opened.since, opened.run_date) == (NOON, NOON + 3 * DAY)
    assert opened.detail == (
        "The slot 2026-11-23 12:00 UTC was due, and nothing has run it, "
        "nor any slot since 2026-11-20 12:00 UTC."
    )


def test_what_passed_in_a_pause_or_before_the_job_was_known_is_no_part_of_what_was_missed(
    declare, sent, look
):
    paused, new = (declare(name, schedule="0 * * * *", grace=600) for name in ("paused", "new"))
    job_state.know(paused, at=NOON - DAY)
    job_state.know(new, at=NOON + 90 * MINUTE)
    pausing.pause(paused, actor="ana", comment="", at=NOON - DAY)
    pausing.resume(paused, actor="ana", comment="", at=NOON + 150 * MINUTE)
    look(5 * 60 + 10)
    found = Incident.objects.filter(kind="missed").values_list("subject", "since")
    assert dict(found) == {"paused": NOON + 5 * HOUR, "new": NOON + 2 * HOUR}


def test_a_run_that_waits_in_an_engines_queue_is_missed(job, sent, look):
    run = run_at(job, 0, State.CLAIMED, claimed_at=NOON, started_at=None, lease_expires_at=NOON + HOUR)
    assert look(9) == {}
    opened = look(11)["missed"]
    assert (opened.run, opened.since) == (run.pk, NOON)
    assert "an engine's queue" in opened.detail


def test_further_slots_that_are_missed_are_counted_and_told_by_reminders_only(job, sent, look):
    look(11)
    assert look(71)["missed"].times == 2
    assert look(131)["missed"].since == NOON
    assert sent.told() == [("opened", "missed")]


def test_a_pause_neither_ends_nor_begins_it_and_silences_reminders(job, sent, look):
    look(11)
    pausing.pause(job, actor="ana", comment="", at=NOON + 20 * MINUTE)
    assert "missed" in look(21)
    assert "missed" in look(11 + 5 * 60)
    assert sent.told() == [("opened", "missed")]
    pausing.resume(job, actor="ana", comment="", at=NOON + 6 * HOUR - MINUTE)
    assert look(6 * 60 + 1) == {}
    ended = Incident.objects.get()
    assert not ended.facts["recovered"]
    assert "paused" in ended.over


def test_a_job_that_is_late_and_then_missed_is_told_once_of_each(job, sent, look, channels):
    channels(ops={"KINDS": ["late", "missed"]})
    assert look(5) == {}
    assert look(7)["late"].run_date == NOON
    assert set(look(11)) == {"missed"}
    assert sent.told() == [("opened", "late"), ("opened", "missed")]


def test_a_job_that_is_late_and_starts_recovers(job, sent, look, channels):
    channels(ops={"KINDS": ["late"]})
    look(7)
    run_at(job, 0, State.RUNNING, lease_expires_at=NOON + HOUR, started_at=NOON + 7 * MINUTE)
    assert look(8) == {}
    assert sent.told() == [("opened", "late"), ("recovered", "late")]


def test_a_channel_that_names_no_kinds_hears_nothing_of_late(job, sent, look):
    assert "late" in look(7)
    assert sent.told() == []


def test_an_attempt_past_its_timeout_is_overdue_also_in_a_pause(job, sent, look):
    run = run_at(job, 0, State.RUNNING, lease_expires_at=NOON + DAY)
    assert look(4) == {}
    pausing.pause(job, actor="ana", comment="", at=NOON + 5 * MINUTE)
    opened = look(6)["overdue"]
    assert (opened.run, opened.since) == (run.pk, NOON + 5 * MINUTE)
    becomes(run, State.SUCCEEDED, lease_expires_at=None, held_job=None, finished_at=NOON + 7 * MINUTE)
    assert look(8) == {}
    assert sent.told() == [("opened", "overdue"), ("recovered", "overdue")]


def test_slots_skipped_behind_a_run_are_overdue_and_not_missed(declare, sent, look):
    job = declare("minutely", schedule="* * * * *", grace=30, timeout=86400)
    job_state.know(job, at=NOON - DAY)
    run_at(job, 0, State.RUNNING, lease_expires_at=NOON + DAY)
    for minute in (1, 2, 3):
        run_at(job, minute, State.SKIPPED)
    assert set(look(3)) == {"overdue"}
    assert set(look(5)) == {"overdue"}


# -- slow -------------------------------------------------------------------------------------


def took(job, minutes, seconds):
    ends = NOON + minutes * MINUTE + timedelta(seconds=seconds)
    return run_at(job, minutes, State.SUCCEEDED, finished_at=ends)


@pytest.fixture
def slow_job(declare):
    """It ran ten times, and took a minute each time."""
    job = declare("slow", schedule="*/10 * * * *", timeout=3600)
    job_state.know(job, at=NOON - 300 * DAY)
    for number in range(10):
        took(job, -10 * (number + 1), 60)
    return job


@pytest.mark.parametrize(("seconds", "is_slow"), [(60, False), (119, False), (121, True), (500, True)])
def test_a_run_is_slow_beyond_twice_what_it_usually_takes(slow_job, sent, look, seconds, is_slow):
    look(-1)
    took(slow_job, 0, seconds)
    assert ("slow" in look(9)) is is_slow


def test_a_slow_job_recovers_when_a_later_run_is_quick(slow_job, sent, look):
    look(-1)
    took(slow_job, 0, 300)
    assert "usual is up to 60 s" in look(6)["slow"].detail
    assert "slow" in look(9)
    took(slow_job, 10, 20)
    assert look(11) == {}
    assert sent.told() == [("opened", "slow"), ("recovered", "slow")]


def test_a_run_that_still_runs_is_slow_already(slow_job, sent, look):
    run = run_at(slow_job, 0, State.RUNNING, lease_expires_at=NOON + DAY)
    assert look(1) == {}
    assert look(3)["slow"].run == run.pk
    becomes(run, State.SUCCEEDED, lease_expires_at=None, held_job=None, finished_at=NOON + 4 * MINUTE)
    assert "slow" in look(5)


def test_a_job_with_few_runs_is_never_slow(declare, sent, look):
    job = declare("young", schedule="*/10 * * * *")
    job_state.know(job, at=NOON - DAY)
    for number in range(7):
        took(job, -10 * (number + 1), 60)
    look(-1)
    took(job, 0, 500)
    assert look(9) == {}


def test_a_quick_job_that_takes_some_seconds_more_is_not_slow(declare, sent, look):
    job = declare("quick", schedule="*/10 * * * *")
    job_state.know(job, at=NOON - DAY)
    for number in range(10):
        took(job, -10 * (number + 1), 2)
    look(-1)
    took(job, 0, 31)
    assert look(9) == {}


# -- sources and tokens -----------------------------------------------------------------------


@pytest.fixture
def source():
    """A platform that calls every hour, and last did at noon; it triggers a job of its own, too."""
    times = {"first_at": NOON - 3 * DAY, "last_at": NOON, "gap": 3600.0}
    return TriggerSource.objects.create(source="vercel", actor="CRON_SECRET", calls=72, **times)


def test_a_source_is_silent_until_it_calls_again(source, sent, look):
    assert look(119) == {}
    opened = look(121)["source_silent"]
    assert (opened.subject, opened.since, opened.job_name) == ("vercel / CRON_SECRET", NOON, "")
    TriggerSource.objects.filter(pk=source.pk).update(last_at=NOON + 125 * MINUTE)
    assert look(126) == {}
    assert "called again" in Incident.objects.get().over
    assert sent.told() == [("opened", "source_silent"), ("recovered", "source_silent")]


def test_who_has_called_just_now_is_not_told_to_be_silent(source, sent, look):
    """After a night in which nothing called, the first call must not say that nothing calls."""
    trigger_counts.answered(Trigger("http", "vercel", "CRON_SECRET"), "nightly", "accepted", NOON)
    assert look(300) == {}
    trigger_counts.flush()
    assert look(301)["source_silent"]  # its row says that it called at noon


@pytest.mark.parametrize("after", ["forgotten", "a month"])
def test_a_source_that_nobody_expects_any_more_is_settled(source, sent, look, after):
    look(121)
    if after == "forgotten":
        source.delete()
    assert look(125 if after == "forgotten" else 31 * 24 * 60) == {}
    ended = Incident.objects.get()
    assert not ended.facts["recovered"]
    assert ("forgotten" if after == "forgotten" else "not expected") in ended.over


def test_a_job_that_its_source_does_not_trigger_any_more_is_told_apart(job, source, sent, look):
    calls = {"first": (NOON - 3 * DAY).timestamp(), "last": NOON.timestamp(), "gap": 3600.0, "calls": 72}
    run_due = {**calls, "last": (NOON + 5 * HOUR).timestamp()}
    TriggerSource.objects.filter(pk=source.pk).update(
        last_at=NOON + 5 * HOUR, jobs={"nightly": calls, "(run-due)": run_due}
    )
    run_at(job, 300, State.SUCCEEDED)
    opened = look(305)["source_silent"]
    assert (opened.subject, opened.job_name) == ("vercel / CRON_SECRET: nightly", "nightly")
    assert look(8 * 60)["source_silent"]  # silent altogether: neither over, nor told for each job
    told = Incident.objects.filter(kind="source_silent").order_by("subject")
    assert list(told.values_list("subject", flat=True)) == [
        "vercel / CRON_SECRET",
        "vercel / CRON_SECRET: nightly",
    ]


@pytest.fixture
def token():
    """In use, and it ends in ten days."""
    times = {"created_at": NOON - 80 * DAY, "last_used_at": NOON - HOUR, "expires_at": NOON + 10 * DAY}
    return Token.objects.create(name="ci", digest="d", scopes=["trigger"], patterns=["*"], **times)


@pytest.mark.parametrize(
    ("change", "over", "recovered"),
    [
        ({"revoked_at": NOON}, "revoked", True),
        ({"expires_at": NOON + 90 * DAY}, "expires at 2027-02-18", True),
        ({"expires_at": None}, "expires never", True),
        ({"last_used_at": NOON - 20 * DAY}, "Nothing uses", True),
        ({"expires_at": NOON - 8 * DAY}, "nobody has replaced", False),
    ],
)
def test_a_token_that_expires_is_told_until_somebody_sees_to_it(token, sent, look, change, over, recovered):
    opened = look(1)["token_expiring"]
    assert (opened.subject, opened.since) == ("ci", NOON - 4 * DAY)
    Token.objects.filter(pk=token.pk).update(**change)
    assert look(2) == {}
    ended = Incident.objects.get()
    assert over in ended.over
    assert ended.facts["recovered"] is recovered
    assert sent.told() == [("opened", "token_expiring"), ("recovered", "token_expiring")]


@pytest.mark.parametrize(
    "fields",
    [
        {"expires_at": NOON + 15 * DAY},
        {"last_used_at": None},
        {"last_used_at": NOON - 15 * DAY},
        {"revoked_at": NOON - DAY},
        {"expires_at": NOON - 8 * DAY},
    ],
)
def test_a_token_that_nobody_would_miss_is_not_told(token, sent, look, fields):
    Token.objects.filter(pk=token.pk).update(**fields)
    assert look(1) == {}


def test_a_token_that_ended_while_it_was_in_use_is_told(token, sent, look):
    Token.objects.filter(pk=token.pk).update(expires_at=NOON - 3 * DAY, last_used_at=NOON - 4 * DAY)
    assert "expired at" in look(1)["token_expiring"].detail


# -- declarations -----------------------------------------------------------------------------


def test_a_job_that_is_no_longer_declared_has_no_incident(job, declare, sent, look):
    from jobs_api import registry

    run_at(job)
    look(1)
    registry.fill([])
    assert look(2) == {}
    ended = Incident.objects.get()
    assert (ended.over, ended.facts["recovered"]) == ("The job is not declared any more.", False)


def test_a_host_that_does_not_know_a_job_yet_does_not_close_its_incidents(job, declare, sent, look):
    """In a rolling deploy the processes of before evaluate, too."""
    from jobs_api import registry

    run_at(job)
    look(1)
    registry.fill([])
    JobHost.objects.create(
        host="new",
        fingerprint="f",
        declarations={"nightly": "0 * * * * UTC"},
        time_zone="UTC",
        version="1",
        seen_at=NOON,
    )
    assert "failed" in look(2)
