"""Run a job now, pause it, resume it, queue its past slots: what is asked, done and told."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs_api import database, registry
from jobs_api.dashboard.orders import ends, passing
from jobs_api.models import AuditEntry, JobPause, JobRun, State
from jobs_api.runs import job_state, pausing
from tests.conftest import stored_run
from tests.databases import ONE_DATABASE
from tests.jobs_api.dashboard.orders import NOW, order, told
from tests.jobs_api.dashboard.people import DIALOG, at, operator

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def form_of(client, name, *args, query=""):
    answer = client.get(at(name, *args) + query, headers=DIALOG)
    assert answer.status_code == 200
    return answer.text


def hidden_value(text, name):
    return re.search(rf'name="{name}"(?: value="([^"]*)")?', text)[1] or ""


# -- run now ----------------------------------------------------------------------------------


def test_the_current_slot_is_run_once_and_the_audit_says_by_whom_and_why(declare, toy):
    calls = []
    toy(lambda command, **options: calls.append(1))
    declare(schedule="0 * * * *")
    client = operator(name="ana")
    slot = re.search(r'<option value="([^"]+)" selected', form_of(client, "job_run", "nightly"))[1]
    answer = client.post(at("job_run", "nightly"), {"slot": slot, "reason": "by hand"})
    run = JobRun.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, at("run", run.pk))
    assert "It has succeeded. (succeeded)" in told(answer)[0]
    assert (run.trigger, run.actor, run.comment, run.run_date) == (
        "dashboard",
        "ana",
        "by hand",
        datetime.fromisoformat(slot),
    )
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.origin, entry.actor, entry.reason) == (
        "trigger",
        "dashboard",
        "ana",
        "by hand",
    )
    (said,) = order(client, "job_run", "nightly", slot=slot)  # a second click
    assert "already_succeeded" in said
    assert len(calls) == 1


@ONE_DATABASE
def test_a_dialog_is_led_to_the_run_as_a_whole(declare, toy):
    toy(lambda command, **options: None)
    declare(schedule=None)
    client = operator()
    data = {"slot": "own", "own": f"{NOW - DAY:%Y-%m-%dT%H:%M}"}
    answer = client.post(at("job_run", "nightly"), data, headers=DIALOG)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, at("run", JobRun.objects.get().pk))


@ONE_DATABASE
@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "Choose a slot."),
        ({"slot": "own"}, "Write a day and a time."),
        ({"slot": "own", "own": "2026-01-05T04:00"}, "The nearest: 2026-01-05T03:00:00+01:00"),
        ({"slot": "own", "own": "2099-01-05T03:00"}, "It is in the future."),
        ({"slot": "own", "own": "2026-03-29T02:30"}, "does not exist in Europe/Berlin"),
        ({"slot": "own", "own": "soon"}, "Write a day and a time, such as"),
        ({"slot": "2026-01-05T04:00:00Z"}, "is not a slot"),
        ({"slot": "nonsense"}, "nonsense is not one of the available choices"),
        ({"slot": "9" * 5000}, "is not one of the available choices"),
        ({"slot": "own", "own": "2026-01-05T03:00", "reason": "x" * 1001}, "at most 1000 characters"),
        ({"slot": "own", "own": "2026-01-05T03:00", "reason": "a\x00b"}, "Null characters are not allowed"),
    ],
)
def test_what_cannot_be_run_is_told_at_its_field(data, said, declare):
    declare(timezone="Europe/Berlin")
    answer = operator().post(at("job_run", "nightly"), data, headers=DIALOG)
    assert answer.status_code == 422
    assert said in answer.text.replace("&quot;", '"')
    assert not JobRun.objects.exists()
    assert not AuditEntry.objects.exists()


@ONE_DATABASE
def test_slots_are_offered_by_what_became_of_them(declare):
    due = (timezone.now() - timedelta(minutes=30)).replace(second=0, microsecond=0)
    job = declare(schedule=f"{due.minute} * * * *")  # no slot comes due while this test runs
    job_state.know(job, at=due - DAY)
    for ago in range(24):
        if ago not in (0, 3):
            stored_run(job, due - timedelta(hours=ago))
    text = form_of(operator(), "job_run", "nightly")
    offered = re.findall(r'<option value="([^"]+)"', text)
    assert offered[:2] == [f"{due - timedelta(hours=ago):%Y-%m-%dT%H:%M:%SZ}" for ago in (0, 3)]
    assert ", missed<" in text
    older = f"{due - timedelta(hours=9):%Y-%m-%dT%H:%M:%SZ}"
    linked = form_of(operator(), "job_run", "nightly", query=f"?slot={older}")
    assert f'<option value="{older}" selected' in linked
    assert offered[-1] == "own"


@pytest.fixture
def hourly(declare):
    """An hourly job that is known for a few hours; and its newest slot, half an hour ago."""
    due = (timezone.now() - timedelta(minutes=30)).replace(second=0, microsecond=0)
    job = declare(schedule=f"{due.minute} * * * *")  # no slot comes due while a test runs
    job_state.know(job, at=due - 3.5 * HOUR)
    return job, due


def value(slot):
    return f"{slot:%Y-%m-%dT%H:%M:%SZ}"


def chosen(text):
    return re.search(r'<option value="([^"]+)" selected', text)[1]


SUCCEEDED = "has succeeded: an order for it answers already_succeeded, and nothing runs."


def test_who_would_order_a_slot_that_has_succeeded_is_told_before_and_led_to_its_rerun(hourly):
    job, due = hourly
    runs = [stored_run(job, due - ago * HOUR) for ago in range(4)]
    text = form_of(operator(), "job_run", "nightly")
    assert chosen(text) == value(due)  # none from before the job was known
    assert SUCCEEDED in text
    assert f'href="{at("run_rerun", runs[0].pk)}" data-dialog' in text
    linked = form_of(operator(), "job_run", "nightly", query=f"?slot={value(due - 2 * HOUR)}")
    assert chosen(linked) == value(due - 2 * HOUR)
    assert f'href="{at("run_rerun", runs[2].pk)}" data-dialog' in linked


def test_a_slot_that_is_owed_is_chosen_where_the_newest_has_succeeded(hourly):
    job, due = hourly
    run = stored_run(job, due)
    stored_run(job, due - 2 * HOUR)
    text = form_of(operator(), "job_run", "nightly")
    assert chosen(text) == value(due - HOUR)
    assert SUCCEEDED in text  # of the newest one
    assert at("run_rerun", run.pk) in text
    named = form_of(operator(), "job_run", "nightly", query=f"?slot={value(due - 3 * HOUR)}")
    assert chosen(named) == value(due - 3 * HOUR)
    assert SUCCEEDED not in named


@pytest.mark.parametrize(
    "about",
    [{"state": "failed", "reason": "lost"}, {"state": "failed", "reason": "error"}, {"state": "skipped"}],
)
def test_the_newest_slot_is_chosen_where_it_has_not_succeeded(hourly, about):
    job, due = hourly
    stored_run(job, due, **about)
    text = form_of(operator(), "job_run", "nightly")
    assert chosen(text) == value(due)
    assert SUCCEEDED not in text


@ONE_DATABASE
def test_the_page_of_a_slot_leads_to_its_run_once_it_has_begun(declare):
    job = declare()
    client, page = operator(), at("job_slot", "nightly") + "?at=2026-01-05T03:00:00Z"
    assert client.get(page)["Location"] == at("job", "nightly")
    run = stored_run(job, datetime(2026, 1, 5, 3, tzinfo=UTC))
    assert client.get(page)["Location"] == at("run", run.pk)
    assert client.get(at("job_slot", "nightly") + "?at=//evil.example").status_code == 404


@ONE_DATABASE
def test_who_orders_an_inline_job_is_told_that_it_takes_the_time_of_the_request(declare):
    declare("here")
    declare("there", executor="subprocess")
    client = operator()
    assert "data-inline" in form_of(client, "job_run", "here")
    assert "This job runs within the request" in form_of(client, "job_run", "here")
    assert "This job runs within the request" not in form_of(client, "job_run", "there")


# -- pause and resume -------------------------------------------------------------------------


def test_a_job_is_paused_until_an_end_and_resumed(declare):
    job = declare()
    client, end = operator(name="ana"), (NOW + 2 * DAY).replace(second=0)
    sent = {"until": "own", "own": f"{end:%Y-%m-%dT%H:%M}", "reason": "a release"}
    (said,) = order(client, "job_pause", "nightly", **sent)
    assert said.startswith("nightly is paused until ")
    pause = JobPause.objects.get()
    assert (pause.actor, pause.comment, pause.until) == ("ana", "a release", end)
    assert "was paused so already" in order(client, "job_pause", "nightly", **sent)[0]  # a second click
    assert "1 slot" in form_of(client, "job_resume", "nightly") or "No slot" in form_of(
        client, "job_resume", "nightly"
    )
    seen = hidden_value(form_of(client, "job_resume", "nightly"), "seen")
    assert order(client, "job_resume", "nightly", reason="done", seen=seen) == ["nightly is resumed."]
    assert "was not paused" in order(client, "job_resume", "nightly")[0]
    found = AuditEntry.objects.order_by("pk").values_list("action", "result", "origin", "actor")
    assert list(found) == [
        ("pause", "paused", "dashboard", "ana"),
        ("pause", "unchanged", "dashboard", "ana"),
        ("resume", "resumed", "dashboard", "ana"),
        ("resume", "unchanged", "dashboard", "ana"),
    ]
    assert not pausing.last_pause(job).is_in_force(database.now())


@ONE_DATABASE
def test_a_form_that_is_older_than_an_order_of_somebody_else_is_asked_again(declare):
    job, client = declare(), operator(name="ana")
    sent = {
        "until": "open",
        "reason": "x",
        "seen": hidden_value(form_of(client, "job_pause", "nightly"), "seen"),
    }
    theirs = pausing.pause(job, actor="ben", comment="mine", at=database.now()).pause
    answer = client.post(at("job_pause", "nightly"), sent)
    assert answer.status_code == 422
    assert "Somebody has paused or resumed it since this was shown" in answer.text
    assert "it has changed" in order(client, "job_resume", "nightly", seen=theirs.pk + 1)[0]
    assert JobPause.objects.get(ended_at=None).actor == "ben"
    assert hidden_value(answer.text, "seen") == str(theirs.pk)
    order(client, "job_pause", "nightly", **{**sent, "seen": theirs.pk})
    assert JobPause.objects.get(ended_at=None).actor == "ana"


@ONE_DATABASE
@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"until": "open"}, "Say why"),
        ({"reason": "x"}, "Choose until when."),
        ({"until": "own", "reason": "x"}, "Write a day and a time."),
        ({"until": "own", "own": "2020-01-01T00:00", "reason": "x"}, "It is in the past."),
        ({"until": "2020-01-01T00:00:00Z", "reason": "x"}, "It is in the past."),
        ({"until": "own", "own": "9999-99-99", "reason": "x"}, "Write a day and a time, such as"),
        ({"until": "2099-01-01T00:00:00", "reason": "x"}, "is not one of the available choices"),
    ],
)
def test_a_pause_needs_an_end_that_is_one_and_a_reason(data, said, declare):
    declare()
    answer = operator().post(at("job_pause", "nightly"), data)
    assert answer.status_code == 422
    assert said in answer.text
    assert not JobPause.objects.exists()


@ONE_DATABASE
def test_the_preview_of_a_pause_follows_its_end(declare):
    far = NOW + 12 * HOUR  # no slot comes due while the tests run
    declare(schedule=f"{far.minute} {far.hour} * * *", timezone="UTC")
    client, end = operator(), (NOW + 3 * DAY).replace(second=0)
    text = form_of(client, "job_pause", "nightly", query=f"?until=own&own={end:%Y-%m-%dT%H:%M}")
    count = len(list(passing.in_utc(registry.get("nightly").slots, NOW, end)))
    assert f"{count} slots will pass:" in text
    assert "errorlist" not in text
    assert "Every slot passes" in form_of(client, "job_pause", "nightly", query="?until=open")
    assert "It is in the past" in form_of(
        client, "job_pause", "nightly", query="?until=own&own=2020-01-01T00:00"
    )
    assert not JobPause.objects.exists()


def test_the_ends_that_are_offered_are_of_the_viewers_clock():
    berlin = ZoneInfo("Europe/Berlin")
    thursday = datetime(2026, 11, 26, 7, 42, 10, tzinfo=UTC)
    labels = [each.label for each in ends.offered(thursday, berlin)]
    assert labels == ["1 hour, to 09:43", "Tomorrow, Fri 27 Nov 09:00", "Monday, 30 Nov 09:00"]
    sunday = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)  # the night in which the clock goes forward
    assert [each.value for each in ends.offered(sunday, berlin)] == [
        "2026-03-29T00:31:00Z",
        "2026-03-29T07:00:00Z",
        "2026-03-30T07:00:00Z",
    ]


@pytest.mark.parametrize(
    ("clock", "labels"),
    [
        ("02:30", ["1 hour, to 03:31", "This morning, Thu 26 Nov 09:00", "Tomorrow, Fri 27 Nov 09:00"]),
        ("07:59", ["1 hour, to 09:00", "Tomorrow, Fri 27 Nov 09:00"]),
        ("23:30", ["1 hour, to 00:31", "Tomorrow, Fri 27 Nov 09:00"]),
    ],
)
def test_at_night_the_morning_is_the_next_one(clock, labels):
    berlin = ZoneInfo("Europe/Berlin")
    at_ = datetime.fromisoformat(f"2026-11-26T{clock}:00").replace(tzinfo=berlin)
    assert [each.label for each in ends.offered(at_, berlin)][: len(labels)] == labels


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("2026-11-26T08:42:00Z", "09:42"),
        ("2026-11-27T08:00:00Z", "Fri 09:00"),
        ("2026-12-11T08:00:00Z", "Fri 11 Dec 09:00"),
        ("2027-02-01T08:00:00Z", "1 Feb 2027 09:00"),
    ],
)
def test_a_button_says_the_end(end, said):
    at_ = datetime(2026, 11, 26, 7, 42, 10, tzinfo=UTC)
    assert ends.said_shortly(datetime.fromisoformat(end), at_, ZoneInfo("Europe/Berlin")) == said


# -- backfill ---------------------------------------------------------------------------------


def range_of(start, end):
    return {"start": f"{start:%Y-%m-%dT%H:%M}", "end": f"{end:%Y-%m-%dT%H:%M}"}


def test_slots_without_a_run_are_queued_after_a_preview(declare):
    job = declare(schedule="0 * * * *")
    end = NOW.replace(hour=0, minute=0, second=0)
    stored_run(job, end - timedelta(hours=2))
    stored_run(job, end - timedelta(hours=4), state="failed", reason="error", tries=3)
    client, given = operator(name="ana"), range_of(end - DAY, end)
    query = "?start={start}&end={end}&show=all".format(**given)
    text = form_of(client, "job_backfill", "nightly", query=query)
    assert "24 slots in range: 22 will be queued, 2 have a run." in text
    assert "Queue 22 slots" in text
    assert "Failed, 3 of 3 tries" in text
    assert text.count("<b>queue</b>") == 22
    assert text.count("skip, done") == 1
    shown = hidden_value(text, "shown")
    (said,) = order(client, "job_backfill", "nightly", **given, shown=shown, reason="roll-out")
    assert "22 slots are queued" in said
    queued = JobRun.objects.filter(state=State.QUEUED)
    assert set(queued.values_list("trigger", "actor", "comment")) == {("backfill", "ana", "roll-out")}
    assert AuditEntry.objects.get().origin == "dashboard"


def test_a_backfill_that_is_not_what_was_shown_is_asked_again(declare):
    job = declare(schedule="0 * * * *")
    end = NOW.replace(hour=0, minute=0, second=0)
    client, given = operator(), range_of(end - timedelta(hours=3), end)
    text = form_of(client, "job_backfill", "nightly", query="?start={start}&end={end}".format(**given))
    stored_run(job, end - timedelta(hours=1))
    for sent in ({**given, "shown": hidden_value(text, "shown")}, given):
        answer = client.post(at("job_backfill", "nightly"), sent)
        assert answer.status_code == 422
        assert "This is not what was shown before" in answer.text
        assert "Queue 2 slots" in answer.text
    assert not JobRun.objects.filter(state=State.QUEUED).exists()
    shown = hidden_value(answer.text, "shown")
    order(client, "job_backfill", "nightly", **given, shown=shown)
    again = client.post(at("job_backfill", "nightly"), {**given, "shown": shown})  # a second click
    assert again.status_code == 422
    assert JobRun.objects.filter(state=State.QUEUED).count() == 2


@ONE_DATABASE
@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("", "", "This field is required."),
        ("2026-03-29T02:30", "2026-03-30T00:00", "does not exist in Europe/Berlin"),
        ("2026-02-02T00:00", "2026-02-01T00:00", "must be later than start"),
        ("2026-02-02T00:00", "2999-02-01T00:00", "is in the future"),
        ("1999-02-02T00:00", "1999-02-03T00:00", "is older than the retention"),
        ("yesterday", "\x00", "Write a day and a time, such as"),
    ],
)
def test_a_range_that_is_none_is_told_at_its_field(start, end, said, declare):
    declare(timezone="Europe/Berlin")
    answer = operator().post(at("job_backfill", "nightly"), {"start": start, "end": end})
    assert answer.status_code == 422
    assert said in answer.text
    assert not JobRun.objects.exists()


@ONE_DATABASE
def test_more_slots_than_can_be_queued_at_once_are_refused_with_their_number(declare):
    declare(schedule="* * * * *")
    client = operator()
    assert "Queue" in form_of(client, "job_backfill", "nightly")  # what it begins with fits
    given = range_of(NOW - 2 * DAY, NOW)
    answer = client.post(at("job_backfill", "nightly"), given)
    assert answer.status_code == 422
    assert "2,880 slots; at most 1,000" in answer.text


@ONE_DATABASE
def test_a_range_names_the_change_of_the_clock(declare):
    declare(schedule="0 * * * *", timezone="Europe/Berlin")
    year = NOW.year if datetime(NOW.year, 4, 1, tzinfo=UTC) < NOW else NOW.year - 1
    sunday = next(
        day for day in (datetime(year, 3, 31, tzinfo=UTC) - DAY * n for n in range(7)) if day.weekday() == 6
    )
    given = range_of(sunday, sunday + DAY)
    text = form_of(operator(), "job_backfill", "nightly", query="?start={start}&end={end}".format(**given))
    assert "The clock goes forward" in text
    assert "23 slots in range" in text


@ONE_DATABASE
def test_a_preview_sends_as_many_statements_for_many_slots_as_for_few(declare):
    job, client, counts = declare(schedule="0 * * * *"), operator(), []
    hour = NOW.replace(minute=0, second=0)
    for ago in range(3, 60):
        stored_run(job, hour - timedelta(hours=ago))
    for hours in (5, 500):
        given = range_of(hour - timedelta(hours=hours), hour)
        with CaptureQueriesContext(connection) as found:
            form_of(client, "job_backfill", "nightly", query="?start={start}&end={end}".format(**given))
        counts.append(len(found))
    assert counts[0] == counts[1]
