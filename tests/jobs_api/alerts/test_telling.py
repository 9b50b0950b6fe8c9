"""Who is told what, and how often: once, again, by reminders, and when it is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs_api.alerts import outbox
from jobs_api.alerts.channel import ChannelError
from jobs_api.alerts.evaluating import evaluate
from jobs_api.alerts.findings import subject
from jobs_api.models import AlertMessage, AlertMute, AlertTurn, Incident, JobRun, State
from jobs_api.runs import job_state
from tests.conftest import NOON, stored_run
from tests.jobs_api.alerts.conftest import ordered

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def fails(declare):
    """``fails(minutes)``: the slot so long after noon failed for good; or ended well."""
    job = declare("nightly", schedule="* * * * *", grace=86400, catch_up="none")
    job_state.know(job, at=NOON - DAY)

    def run(minutes, failed=True):
        fields = {"reason": "error", "tries": 3, "attempt": 3} if failed else {}
        state = State.FAILED if failed else State.SUCCEEDED
        return stored_run(job, NOON + minutes * MINUTE, state=state, **fields)

    return run


def mute(glob="*", *, kind="", until=NOON + DAY):
    return AlertMute.objects.create(subject=glob, kind=kind, started_at=NOON, until=until)


def acknowledge(until=None):
    Incident.objects.update(acknowledged_at=NOON, acknowledged_by="ana", acknowledged_until=until)


def test_an_open_incident_is_told_again_after_four_hours_each_time(fails, sent, look):
    fails(0)
    for minute in (1, 120, 240, 241, 242, 480, 481, 482):
        look(minute)
    assert sent.told() == [("opened", "failed"), ("reminder", "failed"), ("reminder", "failed")]
    assert [each.number for each in AlertMessage.objects.filter(event="reminder").order_by("pk")] == [1, 2]


def test_the_time_between_reminders_can_be_set_and_none_sends_none(fails, sent, look, channels):
    channels({"REMIND_SECONDS": 600}, ops={})
    fails(0)
    for minute in (1, 10, 11, 12, 21):
        look(minute)
    assert sent.told() == [("opened", "failed"), ("reminder", "failed"), ("reminder", "failed")]
    channels({"REMIND_SECONDS": None}, ops={})
    look(100)
    assert len(sent.told()) == 3


def test_an_acknowledged_incident_is_quiet_until_its_end_and_its_recovery_is_told(fails, sent, look):
    fails(0)
    look(1)
    acknowledge(until=NOON + 10 * HOUR)
    fails(2)
    assert look(3)["failed"].times == 2
    look(300)
    assert sent.told() == [("opened", "failed")]
    look(601)
    assert sent.told() == [("opened", "failed"), ("reminder", "failed")]
    acknowledge()
    look(1200)
    fails(1201, failed=False)
    look(1202)
    assert sent.told() == [("opened", "failed"), ("reminder", "failed"), ("recovered", "failed")]


@pytest.mark.parametrize(
    ("glob", "kind", "muted"),
    [
        ("*", "", True),
        ("night*", "", True),
        ("nightly", "failed", True),
        ("day*", "", False),
        ("*", "missed", False),
    ],
)
def test_a_mute_is_about_subjects_and_kinds(fails, sent, look, glob, kind, muted):
    mute(glob, kind=kind)
    fails(0)
    look(1)
    assert sent.told() == ([] if muted else [("opened", "failed")])


def test_what_begins_in_a_mute_is_told_when_the_mute_ends(fails, sent, look):
    mute(until=NOON + HOUR)
    fails(0)
    assert look(1)["failed"].notified_at is None
    look(61)
    assert sent.told() == [("opened", "failed")]


def test_the_recovery_from_what_nobody_was_told_of_is_told_to_nobody(fails, sent, look):
    mute(until=NOON + HOUR)
    fails(0)
    look(1)
    fails(2, failed=False)
    assert look(3) == {}
    assert sent.told() == []


def test_a_mute_hides_no_recovery_from_who_was_told(fails, sent, look):
    fails(0)
    look(1)
    mute()
    fails(2, failed=False)
    look(3)
    assert sent.told() == [("opened", "failed"), ("recovered", "failed")]


def test_a_mute_that_somebody_has_ended_hides_nothing(fails, sent, look):
    AlertMute.objects.filter(pk=mute().pk).update(ended_at=NOON)
    fails(0)
    look(1)
    assert sent.told() == [("opened", "failed")]


def test_a_job_that_fails_and_recovers_all_the_time_floods_nobody(fails, sent, look):
    for number in range(6):
        fails(10 * number)
        look(10 * number + 1)
        fails(10 * number + 2, failed=False)
        look(10 * number + 3)
    assert sent.told() == [("opened", "failed"), ("recovered", "failed")] * 3
    assert Incident.objects.count() == 6
    assert "number 3 within a few hours" in sent.messages[4][1].text


def test_a_failure_that_lasts_is_told_however_often_it_came_and_went_before(fails, sent, look):
    for number in range(4):
        fails(10 * number)
        look(10 * number + 1)
        fails(10 * number + 2, failed=False)
        look(10 * number + 3)
    fails(60)
    look(61)
    assert len(sent.told()) == 6
    look(77)
    assert sent.told()[6:] == [("opened", "failed")]


def test_each_channel_hears_of_what_it_wants_and_of_its_end(fails, sent, look, channels):
    channels(ops={}, chat={"KINDS": ["missed"]}, pager={"JOBS": ["night*"]})
    fails(0)
    look(1)
    channels(ops={}, chat={}, pager={"JOBS": ["day*"]})  # who was told hears the end, and nobody else
    fails(2, failed=False)
    look(3)
    assert ordered() == [("opened", "ops"), ("opened", "pager"), ("recovered", "ops"), ("recovered", "pager")]


def test_a_host_without_channels_records_incidents_and_the_next_one_tells_them(fails, sent, look, channels):
    channels()
    fails(0)
    assert look(1)["failed"].notified_at is None
    channels(ops={})
    look(2)
    assert sent.told() == [("opened", "failed")]


def test_a_channel_that_only_some_hosts_know_is_told_whoever_evaluates_first(fails, sent, look, channels):
    """A host that lacks one in its environment would keep it silent about everything."""
    channels(ops={})
    fails(0)
    look(1)
    for minute in (2, 3):
        channels(ops={}, pager={"JOBS": ["night*"]}, chat={"JOBS": ["day*"]})
        look(minute)
    assert ordered() == [("opened", "ops"), ("opened", "pager")]


def test_a_channel_that_is_new_gets_no_reminder_of_what_it_hears_for_the_first_time(
    fails, sent, look, channels
):
    fails(0)
    look(1)
    channels(ops={}, pager={})
    look(300)
    assert ordered()[1:] == [("opened", "pager"), ("reminder", "ops")]


def test_a_channel_that_is_new_hears_nothing_of_what_somebody_takes_care_of(fails, sent, look, channels):
    fails(0)
    look(1)
    acknowledge()
    channels(ops={}, pager={})
    look(2)
    assert ordered() == [("opened", "ops")]


def test_a_host_without_channels_loses_no_recovery(fails, sent, look, channels):
    fails(0)
    look(1)
    channels()
    fails(2, failed=False)
    look(3)
    channels(ops={})
    look(4)
    assert sent.told() == [("opened", "failed"), ("recovered", "failed")]


def many(declare, number=40):
    jobs = [declare(f"job_{each}", schedule="0 12 * * *", grace=60) for each in range(number)]
    for job in jobs:
        job_state.know(job, at=NOON - 300 * DAY)
    return jobs


def test_the_first_evaluation_of_an_old_database_sends_one_message(declare, sent, look):
    jobs = many(declare)
    look(5)
    assert Incident.objects.filter(closed_at=None).count() == 40
    assert sent.told() == [("summary", "summary")]
    assert sent.messages[0][1].facts["count"] == 40
    for job in jobs:
        stored_run(job, NOON)
    look(6)
    assert sent.told() == [("summary", "summary")] * 2
    assert AlertMessage.objects.filter(sent_at=None).count() == 0


def test_fewer_than_ten_at_once_are_told_one_by_one(declare, sent, look):
    many(declare, 9)
    look(5)
    assert sent.told() == [("opened", "missed")] * 9


def test_as_many_statements_for_200_jobs_as_for_20(declare, sent):
    """Nothing is wrong with any of them; what changes an incident writes it."""

    def statements(number):
        declared = many(declare, number)
        JobRun.objects.bulk_create(
            JobRun(job_name=job.name, run_date=NOON, state=State.SUCCEEDED, attempt=1, created_at=NOON)
            for job in declared
            if not JobRun.objects.filter(job_name=job.name).exists()
        )
        AlertTurn.objects.all().delete()
        with CaptureQueriesContext(
            connection,
        ) as captured:
            evaluate(now=NOON + number * MINUTE)
        return len(captured)

    assert statements(20) == statements(200)


def test_an_evaluation_that_was_overtaken_writes_nothing(fails, sent, monkeypatch):
    """A process that was frozen for minutes must not close, or open, what others have seen since."""
    from jobs_api.alerts import evaluating

    def slowly(*args):
        found = read(*args)
        AlertTurn.objects.update(at=NOON + 10 * MINUTE)
        return found

    read = evaluating.read
    monkeypatch.setattr(evaluating, "read", slowly)
    fails(0)
    evaluate(now=NOON + MINUTE)
    assert Incident.objects.count() == 0


def test_one_evaluation_in_half_a_minute(fails, sent):
    assert not isinstance(evaluate(now=NOON), type(NOON))
    assert evaluate(now=NOON + timedelta(seconds=29)) == NOON
    assert not isinstance(evaluate(now=NOON + timedelta(seconds=30)), type(NOON))


def test_one_that_does_not_end_is_given_up_after_two_minutes(fails, sent, monkeypatch):
    evaluate(now=NOON)
    AlertTurn.objects.update(at=NOON + MINUTE)  # its process was killed
    assert evaluate(now=NOON + 2.9 * MINUTE) == NOON + MINUTE
    assert not isinstance(evaluate(now=NOON + 3 * MINUTE), type(NOON))


def test_a_turn_that_was_taken_by_a_clock_that_was_ahead_stops_nobody(fails, sent):
    AlertTurn.objects.create(name="evaluate", at=NOON + DAY, ended_at=NOON + DAY)
    assert not isinstance(evaluate(now=NOON), type(NOON))


def test_an_evaluation_that_fails_is_shown_and_tried_again(fails, sent, monkeypatch):
    monkeypatch.setattr("jobs_api.alerts.evaluating.read", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        evaluate(now=NOON)
    row = AlertTurn.objects.get()
    assert (row.error, row.failing_since, row.failures) == ("ZeroDivisionError", NOON, 1)
    monkeypatch.undo()
    assert not isinstance(evaluate(now=NOON + 2 * MINUTE), type(NOON))
    row.refresh_from_db()
    assert (row.error, row.failing_since, row.failures) == ("", None, 0)


def test_two_long_subjects_stay_two():
    one, other = (subject("x" * 300 + end) for end in "ab")
    assert len(one) == len(other) <= 250
    assert one != other


# -- what a channel does ----------------------------------------------------------------------


def message():
    return AlertMessage.objects.order_by("pk").first()


def send(minutes, channel="ops"):
    return outbox.deliver(channel, now=NOON + minutes * MINUTE)


def test_what_a_channel_does_not_take_is_tried_again_more_and_more_rarely(fails, sent, look):
    sent.refuses["ops"] = ChannelError("it answered 500")
    fails(0)
    look(1)
    tries = []
    for minute in range(1, 150):
        before = message().tries
        send(minute)
        tries += [minute] if message().tries > before else []
    assert tries == [2, 4, 9, 24, 84, 144]
    assert (message().error, message().sent_at) == ("it answered 500", None)
    del sent.refuses["ops"]
    send(300)
    assert sent.told() == [("opened", "failed")]
    assert (message().error, message().sent_at) == ("", NOON + 300 * MINUTE)


def test_a_channel_may_ask_for_a_longer_wait_and_not_for_one_without_end(fails, sent, look):
    sent.refuses["ops"] = ChannelError("busy", retry_after=1800)
    fails(0)
    look(1)
    assert message().next_try_at == NOON + 31 * MINUTE
    sent.refuses["ops"] = ChannelError("busy", retry_after=10**9)
    send(31)
    assert message().next_try_at == NOON + 31 * MINUTE + 6 * HOUR


@pytest.mark.parametrize("asked", [float("nan"), float("inf"), -(10**9), 10**400, "30", "soon"])
def test_a_wait_that_is_none_keeps_nothing_from_being_tried_again(fails, sent, look, asked):
    """Else its message stayed claimed, without a word of why, and was sent every two minutes."""
    sent.refuses["ops"] = ChannelError("busy", retry_after=asked)
    fails(0)
    look(1)
    row = message()
    assert (row.error, row.claimed_until) == ("busy", None)
    assert NOON + 2 * MINUTE <= row.next_try_at <= NOON + MINUTE + 6 * HOUR


def test_what_will_never_be_taken_is_given_up_and_kept_with_its_reason(fails, sent, look):
    sent.refuses["ops"] = ChannelError("no such address", for_good=True)
    fails(0)
    look(1)
    assert (message().next_try_at, message().sent_at, message().error) == (None, None, "no such address")


def test_after_three_days_it_is_given_up(fails, sent, look):
    sent.refuses["ops"] = ChannelError("it answered 500")
    fails(0)
    look(1)
    send(3 * 24 * 60)
    assert message().next_try_at is not None
    send(3 * 24 * 60 + 60)
    assert (message().next_try_at, message().error) == (None, "it answered 500")


def test_messages_to_a_channel_that_nobody_knows_any_more_are_given_up(fails, sent, look, channels):
    fails(0)
    evaluate(now=NOON + MINUTE)
    channels(chat={})
    assert outbox.waiting_channels(NOON + MINUTE) == []
    outbox.give_up_old(NOON + 2 * DAY)
    assert message().next_try_at is not None
    outbox.give_up_old(NOON + 4 * DAY)
    assert message().next_try_at is None
    assert "no process" in message().error


def test_the_recovery_waits_for_what_went_before(fails, sent, look):
    sent.refuses["ops"] = ChannelError("it answered 500")
    fails(0)
    look(1)
    fails(2, failed=False)
    look(3)
    AlertMessage.objects.filter(event="recovered").update(next_try_at=NOON)
    AlertMessage.objects.filter(event="opened").update(next_try_at=NOON + 2 * HOUR)
    del sent.refuses["ops"]
    send(4)
    assert sent.told() == []
    AlertMessage.objects.update(next_try_at=NOON)
    send(5)
    assert sent.told() == [("opened", "failed"), ("recovered", "failed")]


def test_a_message_that_is_refused_holds_up_no_other(declare, sent, look, monkeypatch):
    many(declare, 3)
    refused = []

    def picky(channel, message, **options):
        if message.facts["job"] == "job_0":
            refused.append(message)
            raise ChannelError("it answered 400")
        sent.messages.append((channel, message))

    monkeypatch.setattr("jobs_api.alerts.delivering.send", picky)
    look(5)
    send(6)
    send(7)
    assert sorted(each.facts["job"] for _, each in sent.messages) == ["job_1", "job_2"]
    assert len({each.id for each in refused}) == 1


def test_a_channel_that_is_down_is_asked_once_and_not_for_each_message(declare, sent, look, monkeypatch):
    many(declare, 5)
    asked = []

    def down(channel, message, **options):
        asked.append(message)
        raise ChannelError("it answered 500")

    monkeypatch.setattr("jobs_api.alerts.delivering.send", down)
    look(5)
    assert len(asked) == 1
    send(5.5)
    assert len(asked) == 1


def test_after_an_outage_what_waits_is_sent_as_one_and_tried_as_that(declare, sent, look):
    sent.refuses["ops"] = ChannelError("it answered 500")
    many(declare, 12)
    look(5)
    digest = set(AlertMessage.objects.values_list("digest", flat=True))
    assert digest == {message().pk}
    del sent.refuses["ops"]
    send(10)
    assert sent.told() == [("summary", "summary")]


def test_a_summary_of_recoveries_waits_for_the_one_of_the_failures(declare, sent, look):
    """New messages go first, but who reads "failed" after "works again" is misled."""
    jobs = many(declare, 12)
    sent.refuses["ops"] = ChannelError("it answered 500")
    look(5)
    for job in jobs:
        stored_run(job, NOON)
    evaluate(now=NOON + 5.5 * MINUTE)
    AlertMessage.objects.filter(event="opened").update(next_try_at=NOON + 10 * MINUTE)
    del sent.refuses["ops"]
    send(6)
    assert sent.told() == []
    send(11)
    assert sent.told() == [("summary", "summary")] * 2
    assert [each.subject.split(": ")[1] for _, each in sent.messages] == ["12 over by now", "12 recoveries"]


def test_what_another_process_has_in_hand_is_left_to_it_until_its_claim_is_over(fails, sent, look):
    """A process that was killed between the insert, or the claim, and the send loses no message."""
    fails(0)
    evaluate(now=NOON + MINUTE)
    AlertMessage.objects.update(claimed_until=NOON + 3 * MINUTE)
    assert send(2) == 0
    assert send(3) == 1
    assert sent.told() == [("opened", "failed")]


def test_an_error_that_nobody_expects_is_kept_and_shown(fails, sent, look, monkeypatch):
    monkeypatch.setattr("jobs_api.alerts.composing.compose", lambda *_: 1 / 0)
    fails(0)
    look(1)
    assert message().error == "ZeroDivisionError; the log has more."


def test_a_reminder_does_not_pile_up_behind_a_message_that_was_not_taken(fails, sent, look):
    sent.refuses["ops"] = ChannelError("it answered 500")
    fails(0)
    for hour in range(0, 24, 5):
        look(60 * hour + 1)
    assert ordered() == [("opened", "ops")]


def test_of_two_processes_that_have_seen_the_same_messages_one_sends_them(fails, sent):
    fails(0)
    evaluate(now=NOON + MINUTE)
    seen = list(AlertMessage.objects.all())
    assert [each.pk for each in outbox._take(seen, None, NOON + MINUTE)] == [message().pk]
    assert outbox._take(seen, None, NOON + MINUTE) == []


def test_a_message_that_was_overtaken_says_that_it_is_over_by_now(fails, sent, look):
    sent.refuses["ops"] = ChannelError("it answered 500")
    fails(0)
    look(1)
    fails(2, failed=False)
    look(5)
    del sent.refuses["ops"]
    send(60)
    assert sent.told() == [("opened", "failed"), ("recovered", "failed")]
    first = sent.messages[0][1].text
    assert (
        "By now this is over, since 2026-11-20 12:05 UTC. The slot 2026-11-20 12:02 UTC succeeded." in first
    )
