"""Outcomes and refusals are answers: Django neither logs them nor mails the ADMINS. A bug is logged, once."""

import logging

import pytest
from django.db import OperationalError
from django.utils.log import AdminEmailHandler

from jobs_api.api import triggers
from jobs_api.models import State
from tests.jobs_api.api.endpoints import ENDPOINTS, YEARLY, bearer, newest_run
from tests.jobs_api.api.test_health import known
from tests.jobs_api.api.test_outcomes import ROWS

pytestmark = pytest.mark.django_db

RUN = "/api/jobs/nightly/run"


@pytest.fixture
def told(settings, caplog, mailoutbox):
    """``told()`` is what Django has logged since, and mailed as its own LOGGING would."""
    settings.ADMINS = [("Operator", "operator@example.com")]
    mails = logging.getLogger("django")
    handler = AdminEmailHandler()
    handler.setLevel(logging.ERROR)
    mails.addHandler(handler)
    caplog.set_level(logging.INFO)
    yield lambda: (
        [record.getMessage() for record in caplog.records if record.name.startswith("django")],
        [mail.subject for mail in mailoutbox],
    )
    mails.removeHandler(handler)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_no_outcome_is_a_server_error(api, declare, executor, told, row):
    fields = {"executor": executor(row.submit)} if row.submit else {}
    row.arrange(declare(**YEARLY, **row.fields, **fields))
    assert api("POST", RUN).json()["outcome"] == row.outcome
    assert told() == ([], [])


def test_a_failed_attempt_is_one_mail_where_the_host_asks_for_it(api, declare, toy, told):
    """With the handler of docs/logging.md, beside the one that Django's own LOGGING has."""
    ours, handler = logging.getLogger("jobs_api"), AdminEmailHandler()
    handler.setLevel(logging.ERROR)
    ours.addHandler(handler)
    toy(lambda command, **options: 1 / 0)
    declare(**YEARLY)
    try:
        assert api("POST", RUN).status_code == 500
        assert api("POST", RUN).json()["outcome"] == "retry_later"
    finally:
        ours.removeHandler(handler)
    [subject] = told()[1]
    assert "ZeroDivisionError" in subject


def test_nor_is_a_failure_that_run_due_met(api, declare, toy, told):
    toy(lambda command, **options: 1 / 0)
    newest_run(declare(**YEARLY), "queued", next_attempt_at="2020-01-01T00:00:00Z", trigger="backfill")
    assert api("POST", "/api/run-due").status_code == 500
    assert told() == ([], [])


def test_nor_is_red_health(api, declare, monkeypatch, told):
    newest_run(known(declare(**YEARLY)), State.FAILED, reason="error")
    monkeypatch.setattr("jobs_api.database.is_migrated", lambda: False)
    assert api("GET", "/api/health/jobs").status_code == 503
    assert api("GET", "/api/health/ready").status_code == 503
    assert told() == ([], [])


def test_nor_is_a_database_that_cannot_take_it_which_is_a_warning_of_ours(
    api, declare, monkeypatch, told, caplog
):
    def away(*args, **kwargs):
        raise OperationalError("away")

    declare(**YEARLY)
    monkeypatch.setattr("jobs_api.runs.lookup.find", away)
    assert api("POST", RUN).status_code == 503
    assert told() == ([], [])
    assert [record.levelname for record in caplog.records if record.name.startswith("jobs_api")] == [
        "WARNING"
    ]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_no_refusal_is_logged(api, client, declare, told, endpoint):
    run = newest_run(declare(**YEARLY), endpoint.state)
    path = endpoint.path.format(name=run.job_name, run=run.pk)
    client.generic("DELETE", path)
    if endpoint.scopes:
        client.generic(endpoint.method, path)
        endpoint.call(api, run, headers=bearer("read", patterns=("other-*",)))
        api(endpoint.method, f"{path}?nonsense=1", data=b" " * 70_000)
    assert told() == ([], [])


@pytest.mark.parametrize("path", ["/api/docs", "/api/openapi.json", "/api/docs/problems/no-such-thing"])
def test_no_refusal_of_a_page_is_logged(client, told, path):
    assert client.post(path).status_code == 405
    client.get(path)
    assert told() == ([], [])


def test_a_call_for_a_job_that_is_gone_is_a_warning_of_ours_once(
    api, client, declare, told, caplog, monkeypatch
):
    """Its caller may show nobody the 404. Whoever has no token cannot write to the log."""
    monkeypatch.setattr(triggers, "_missed", set())
    declare("nightly")
    for _ in range(3):
        assert api("POST", "/api/jobs/old_name/run").status_code == 404
    assert client.post("/api/jobs/guessed/run").status_code == 401
    for number in range(100):
        assert api("POST", f"/api/jobs/other{number}/run").status_code == 404
    messages = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(messages) == triggers.MOST_MISSED
    assert messages[0].startswith("CRON_SECRET calls for 'old_name', which is no job (any more)")
    assert "guessed" not in caplog.text
    assert told() == ([], [])


def test_a_bug_is_logged_once_with_its_traceback(api, declare, monkeypatch, told, caplog):
    def broken(*args, **kwargs):
        raise ZeroDivisionError("a bug")

    declare(**YEARLY)
    monkeypatch.setattr("jobs_api.runs.lookup.find", broken)
    assert api("POST", RUN).status_code == 500
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert record.exc_info[0] is ZeroDivisionError
    assert record.name == "jobs_api.api.app"
