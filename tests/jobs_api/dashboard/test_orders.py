"""Orders of the dashboard: who may give them, and what holds for all of them."""

from __future__ import annotations

import pytest
from django.test import Client

from jobs_api.dashboard.orders.told import OUTCOMES
from jobs_api.exceptions import SENTENCES
from jobs_api.models import AuditEntry, Incident, JobPause, JobRun
from tests.databases import ONE_DATABASE
from tests.jobs_api.admin.pages import incident, mute
from tests.jobs_api.dashboard.orders import failed
from tests.jobs_api.dashboard.people import DIALOG, at, operator, reader

pytestmark = [pytest.mark.django_db, ONE_DATABASE]


@pytest.fixture
def addresses(declare):
    """The pages of all orders, about things that exist."""
    run = failed(declare())
    jobs = [at(name, "nightly") for name in ("job_run", "job_pause", "job_resume", "job_backfill")]
    runs = [at(name, run.pk) for name in ("run_rerun", "run_cancel")]
    alerts = [at("incident_acknowledge", incident().pk), at("alerts_mute"), at("alerts_unmute", mute().pk)]
    return [*jobs, *runs, *alerts]


def test_whoever_may_not_act_sees_no_form_and_changes_nothing(addresses):
    client = reader()
    for address in addresses:
        for answer in (
            client.get(address),
            client.post(address, {"reason": "x"}),
            client.get(address, headers=DIALOG),
        ):
            assert answer.status_code == 403, address
            assert "nightly" not in answer.text
            assert "<form" not in answer.text.partition("<main")[2]
        assert Client().post(address).status_code == 302
    assert not AuditEntry.objects.exists()
    assert not JobPause.objects.exists()


def test_each_form_is_a_page_and_a_dialog(addresses):
    client = operator()
    for address in addresses:
        page, form = client.get(address), client.get(address, headers=DIALOG)
        assert page.status_code == form.status_code == 200, address
        for text in (page.text, form.text):
            assert 'id="dialog-title"' in text
            assert 'name="csrfmiddlewaretoken"' in text
            assert 'name="reason"' in text
        assert "<html" in page.text
        assert "<html" not in form.text


def test_an_order_needs_the_token_of_its_form(addresses, admin_user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    for address in addresses:
        assert client.post(address, {"reason": "x"}).status_code == 403, address
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("name", ["job_run", "job_pause", "job_resume", "job_backfill", "job_slot"])
def test_a_job_that_is_none_is_not_found(name, declare):
    declare()
    assert operator().get(at(name, "<b>no such job")).status_code == 404


@pytest.mark.parametrize("name", ["run_rerun", "run_cancel", "incident_acknowledge", "alerts_unmute"])
def test_an_id_that_is_none_is_not_found(name):
    client = operator()
    for pk in (999_999, 10**30):
        assert client.get(at(name, pk)).status_code == 404
        assert client.post(at(name, pk)).status_code == 404
    assert not JobRun.objects.exists()
    assert not Incident.objects.exists()


def test_every_outcome_has_words():
    assert OUTCOMES.keys() >= {*SENTENCES, "succeeded", "failed", "accepted", "submit_failed"}


FIELDS = ("slot", "own", "until", "start", "end", "seen", "mark", "marks", "filter", "found", "change")
JOB_PAGES = ("job_run", "job_slot", "job_pause", "job_resume", "job_backfill")


@pytest.mark.parametrize("value", ["\x00", "<script>", "9" * 5000, "9999-12-31T23:59"])
def test_nothing_that_somebody_writes_is_an_error_of_ours(value, declare):
    """Nor does it do anything: no pause, no run."""
    run, client = failed(declare(schedule=None)), operator()
    pages = [at(name, "nightly") for name in JOB_PAGES]
    pages += [at("run_rerun", run.pk), at("alerts_mute"), at("bulk") + "?action=rerun"]
    sent = dict.fromkeys(FIELDS, value)
    for page in pages:
        answers = [client.get(page, sent), client.post(page, {**sent, "slot": "own", "until": "own"})]
        assert {answer.status_code for answer in answers} <= {200, 302, 303, 404, 405, 422}, page
    assert not JobPause.objects.exists()
    assert JobRun.objects.get().attempt == 1


@pytest.mark.parametrize("schedule", [None, "* * * * *", "0 0 29 2 *"])
def test_every_schedule_has_its_forms(schedule, declare):
    declare(schedule=schedule)
    client = operator()
    for name in ("job_run", "job_pause", "job_backfill"):
        assert client.get(at(name, "nightly"), headers=DIALOG).status_code == 200
