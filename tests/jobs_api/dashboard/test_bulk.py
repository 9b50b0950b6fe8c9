"""Orders about many: the whole filter, what has changed meanwhile, and the time of one request."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from jobs_api.dashboard.orders import many, runs
from jobs_api.models import AuditEntry, JobPause, JobRun, State
from jobs_api.runs import pausing
from tests.conftest import stored_run
from tests.databases import ONE_DATABASE
from tests.jobs_api.dashboard.orders import DAYS_AGO, NOW, failed, marks_of, order, told
from tests.jobs_api.dashboard.people import DIALOG, at, operator, reader

pytestmark = pytest.mark.django_db


def many_failed(job, number):
    return [failed(job, DAYS_AGO - timedelta(days=day)) for day in range(number)]


def asked(client, **query):
    """The dialog that an address opens."""
    return client.get(f"{at('bulk')}?{urlencode(query, doseq=True)}", headers=DIALOG)


def test_the_whole_filter_is_rerun_after_a_question_with_its_number(declare, toy):
    calls = []
    toy(lambda command, **options: calls.append(1))
    nightly, hourly = declare(), declare("hourly", schedule="0 * * * *")
    rows = [*many_failed(nightly, 3), *many_failed(hourly, 2)]
    stored_run(nightly, DAYS_AGO - timedelta(days=9))
    client = operator(name="ana")
    text = asked(client, of="runs", action="rerun", filter="state=failed", found=7).text
    assert "Rerun 5 failed runs?" in text
    assert "State Failed" in text
    assert "nightly 3, hourly 2" in text
    assert "The filter found 7." in text
    assert "2 of them have begun again since" in text
    assert not calls
    said = order(client, "bulk", action="rerun", marks=marks_of(*rows), reason="back again")
    assert len(calls) == 5
    assert [each.partition(":")[0] for each in said] == ["5 runs"]
    rerun = JobRun.objects.filter(pk__in=[row.pk for row in rows])
    assert set(rerun.values_list("state", "comment", "actor")) == {("succeeded", "back again", "ana")}
    assert AuditEntry.objects.filter(action="rerun", origin="dashboard", actor="ana").count() == 5


def test_what_has_changed_since_it_was_shown_is_left_alone(declare, toy):
    toy(lambda command, **options: None)
    first, second = many_failed(declare(), 2)
    shown = marks_of(first, second)
    JobRun.objects.filter(pk=first.pk).update(attempt=2)
    said = order(operator(), "bulk", action="rerun", marks=shown)
    assert "1 run has changed since it was shown, and was left alone." in said
    assert JobRun.objects.get(pk=first.pk).state == State.FAILED
    assert JobRun.objects.get(pk=second.pk).state == State.SUCCEEDED
    said = order(operator(), "bulk", action="rerun", marks=shown)  # a second click
    assert said == ["2 runs have changed since they were shown, and were left alone."]


def test_what_no_time_was_left_for_is_told_and_can_be_ordered_again(declare, toy):
    toy(lambda command, **options: None)
    rows = many_failed(declare(), 3)
    with override_settings(JOBS_API={"RUN_DUE_SECONDS": 1e-9}):
        said = order(operator(), "bulk", action="rerun", marks=marks_of(*rows))
    assert [each.partition(":")[0] for each in said] == ["1 run", "2 runs"]
    assert "Order it again" in said[1]
    assert JobRun.objects.filter(state=State.FAILED).count() == 2


@ONE_DATABASE
def test_runs_of_a_job_that_runs_one_slot_at_a_time_wait_for_each_other(declare, monkeypatch):
    job, other = declare(executor="tests.toys.executors.Taking"), declare("other")
    first, second, third = many_failed(job, 3)
    assert runs.in_turns([third, second, first, failed(other)])[1].job_name == "other"
    waits = []

    def wait_for_change(held, give_up, moment):
        waits.append(held.pk)
        if len(waits) < 3:
            JobRun.objects.filter(pk=held.pk).update(state="succeeded", held_job=None, lease_expires_at=None)
        return len(waits) < 3

    monkeypatch.setattr(runs, "wait_for_change", wait_for_change)
    monkeypatch.setattr(runs, "may_wait", lambda ends: True)
    client = operator()
    assert "run one slot at a time" in asked(client, action="rerun", run=[first.pk, second.pk]).text
    said = order(client, "bulk", action="rerun", marks=marks_of(first, second, third))
    assert waits == [third.pk, second.pk]
    assert [each.partition(":")[0] for each in said] == ["3 runs"]


@ONE_DATABASE
def test_what_has_failed_of_jobs_is_rerun_since_their_last_success(declare):
    job = declare()
    older, *newer = reversed(many_failed(job, 3))
    stored_run(job, older.run_date + timedelta(hours=1))
    pks = runs.failed_since_success(["nightly", "gone"], NOW)
    assert set(pks) == {run.pk for run in newer}
    assert "Rerun 2 failed runs?" in asked(operator(), of="jobs", action="rerun", job="nightly").text


@ONE_DATABASE
def test_one_that_breaks_stops_no_other(declare, toy, monkeypatch):
    first, second = many_failed(declare(), 2)
    toy(lambda command, **options: None)
    carry_out = runs.rerun

    def rerun(run, *args, **options):
        return 1 / 0 if run.pk == second.pk else carry_out(run, *args, **options)

    monkeypatch.setattr(runs, "rerun", rerun)
    said = order(operator(), "bulk", action="rerun", marks=marks_of(first, second))
    assert len(said) == 2
    assert "An error happened on the server." in said[0]
    assert JobRun.objects.get(pk=first.pk).state == State.SUCCEEDED


@ONE_DATABASE
def test_runs_under_way_are_cancelled_and_others_are_not(declare):
    job = declare()
    queued = [stored_run(job, DAYS_AGO - timedelta(days=day), state="queued") for day in range(2)]
    ended = failed(job, NOW - timedelta(days=1))
    client, pks = operator(), [run.pk for run in (*queued, ended)]
    text = asked(client, action="cancel", run=pks).text
    assert "Cancel 2 runs?" in text
    assert "You have selected 3." in text
    order(client, "bulk", action="cancel", marks=marks_of(*queued, ended))
    assert JobRun.objects.filter(state=State.CANCELLED).count() == 2


def test_jobs_are_paused_together_until_an_end_and_resumed(declare):
    for name in ("one", "two", "three"):
        declare(name)
    client = operator(name="ana")
    text = asked(client, of="jobs", action="pause", job=["one", "two", "three", "gone"]).text
    assert "Pause 3 jobs?" in text
    assert "Pause 3 jobs until " in text
    text = asked(client, of="jobs", action="pause", filter="?q=two&show=not_run", found=3).text
    assert "Pause 1 job?" in text
    assert "Search two, State Not run yet" in text
    end = (NOW + timedelta(hours=3)).isoformat()
    (said,) = order(client, "bulk", action="pause", marks="one two three", until=end, reason="a release")
    assert said.startswith("3 jobs: Paused until ")
    assert {(row.actor, row.comment) for row in JobPause.objects.all()} == {("ana", "a release")}
    (said,) = order(client, "bulk", action="resume", marks="one two")
    assert said.startswith("2 jobs: Resumed. one, two")
    assert [name for name, rows in pausing.pauses().items() if rows[-1].is_in_force(NOW)] == ["three"]


@ONE_DATABASE
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"action": "delete"}, 404),
        ({"action": "rerun", "run": ["x", "-1", "9" * 40, "1.5"]}, 200),
        ({"action": "rerun", "filter": "state=nonsense&since=never&state=" + "x" * 5000}, 200),
        ({"action": "cancel", "filter": "job=\x00&since=%ff"}, 200),
        ({"action": "pause", "job": ["<b>", "\x00"]}, 404),
        ({}, 404),
    ],
)
def test_an_address_that_makes_no_sense_is_no_error_of_ours(query, status, declare):
    declare()
    assert asked(operator(), **query).status_code == status


@ONE_DATABASE
@pytest.mark.parametrize("marks", ["", "x", "1", "9" * 30 + ".1", "0.1 " * 5000, "\x00.1"])
def test_marks_that_make_no_sense_do_nothing(marks, declare):
    failed(declare())
    answer = operator().post(at("bulk"), {"action": "rerun", "marks": marks})
    assert answer.status_code in (303, 422)
    assert JobRun.objects.get().state == State.FAILED


@ONE_DATABASE
def test_no_more_than_can_be_ordered_at_once_are_taken_and_the_rest_is_named(declare, monkeypatch):
    monkeypatch.setattr(many, "MOST", 3)
    many_failed(declare(), 5)
    text = asked(operator(), action="rerun", filter="state=failed", found=5).text
    assert "Rerun 3 failed runs?" in text
    assert "At most 3 at once: these are the newest." in text


@ONE_DATABASE
def test_the_page_sends_as_many_statements_for_many_runs_as_for_few(declare):
    job, client, counts = declare(), operator(), []
    for number in (2, 40):
        JobRun.objects.all().delete()
        many_failed(job, number)
        with CaptureQueriesContext(connection) as found:
            assert asked(client, action="rerun", filter="state=failed").status_code == 200
        counts.append(len(found))
    assert counts[0] == counts[1]


@ONE_DATABASE
def test_a_reader_can_neither_ask_nor_order(declare):
    row = failed(declare())
    client = reader()
    assert asked(client, action="rerun", run=row.pk).status_code == 403
    answer = client.post(at("bulk"), {"action": "rerun", "marks": marks_of(row)})
    assert answer.status_code == 403
    assert told(answer) == []
    assert JobRun.objects.get().state == State.FAILED
