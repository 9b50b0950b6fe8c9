"""RFC 7240: what a caller may prefer of an answer, and what it is told was done."""

import threading
import time
from types import SimpleNamespace

import pytest
from django.db import connection

from jobs_api.execution import waiting
from jobs_api.models import JobRun, State
from tests.jobs_api.api.endpoints import PROBLEM, YEARLY, newest_run
from tests.jobs_api.api.test_outcomes import ROWS

RUN = "/api/jobs/nightly/run"
STRICT = {"already_succeeded", "already_running", "overlap_skipped"}


@pytest.mark.django_db
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_strict_makes_409_of_three_outcomes_and_leaves_the_others(api, declare, executor, row):
    fields = {"executor": executor(row.submit)} if row.submit else {}
    row.arrange(declare(**YEARLY, **row.fields, **fields))
    response = api("POST", RUN, headers={"Prefer": "handling=strict, respond-async"})
    assert response.json()["outcome"] == row.outcome
    assert response.status_code == (409 if row.outcome in STRICT else row.status)
    assert "handling=strict" in response["Preference-Applied"]
    assert response["Content-Type"] == (PROBLEM if response.status_code >= 400 else "application/json")


@pytest.mark.django_db
@pytest.mark.parametrize("prefer", [None, "handling=lenient", "handling=strictly", "strict"])
def test_a_repeat_is_not_409_unless_asked(api, declare, client, prefer):
    newest_run(declare(**YEARLY))
    response = api("POST", RUN, headers={"Prefer": prefer} if prefer else {})
    assert response.status_code == 200
    assert not response.has_header("Preference-Applied")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "prefer",
    [
        "",
        ",,;=,",
        "wait",
        "wait=",
        "wait=soon",
        "wait=-1",
        "wait=1e9",
        "wait=0x10",
        "wait=\u0661",
        'foo="wait, handling',
        "handling",
        "handling=;strict",
        "=strict",
        "x" * 5000,
        "return=minimal",
    ],
)
def test_a_preference_that_makes_no_sense_is_ignored_as_the_rfc_asks(api, declare, waits, prefer):
    newest_run(declare(**YEARLY), State.RUNNING)
    response = api("POST", RUN, headers={"Prefer": prefer})
    assert (response.status_code, waits) == (202, [])
    assert not response.has_header("Preference-Applied")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "prefer",
    [
        "HANDLING=strict",
        'handling="strict"',
        "handling = strict",
        "handling=strict;x=y",
        "a=b ,handling=strict",
    ],
)
def test_the_spellings_of_the_rfc_are_understood(api, declare, prefer):
    newest_run(declare(**YEARLY))
    assert api("POST", RUN, headers={"Prefer": prefer}).status_code == 409


@pytest.mark.django_db
def test_the_first_of_two_counts(api, declare):
    newest_run(declare(**YEARLY))
    first = {"Prefer": "handling=lenient, handling=strict"}
    assert api("POST", RUN, headers=first).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("prefer", ["wait=9", "respond-async"])
def test_an_inline_run_ignores_how_long_to_wait(api, declare, prefer):
    declare(**YEARLY)
    response = api("POST", RUN, headers={"Prefer": prefer})
    assert response.json()["outcome"] == "succeeded"
    assert not response.has_header("Preference-Applied")


# -- waiting for a run that somebody else started ---------------------------------------------


def finish_soon(run, **end):
    """Let the run end in another thread, as its holder would."""

    def finish():
        JobRun.objects.filter(pk=run.pk).update(lease_expires_at=None, held_job=None, **end)
        connection.close()

    thread = threading.Timer(0.2, finish)
    thread.start()
    return thread


@pytest.fixture
def waits(monkeypatch):
    """For how many seconds each request has begun to wait for a run."""
    begun, wait = [], waiting.waiters.wait
    monkeypatch.setattr(
        waiting.waiters, "wait", lambda watch, seconds: begun.append(seconds) or wait(watch, seconds)
    )
    return begun


@pytest.fixture
def unhurried(monkeypatch):
    """A request's time goes by only while it waits for a run, however slow the machine is."""
    spent, wait = [0.0], waiting.waiters.wait

    def wait_and_count(watch, seconds):
        began = time.monotonic()
        wait(watch, seconds)
        spent[0] += min(time.monotonic() - began, seconds)

    monkeypatch.setattr(waiting.waiters, "wait", wait_and_count)
    for module in ("dispatch", "outcomes"):
        clock = SimpleNamespace(monotonic=lambda: spent[0])
        monkeypatch.setattr(f"jobs_api.triggers.{module}.time", clock)


@pytest.fixture
def often(monkeypatch):
    monkeypatch.setattr("jobs_api.execution.waiting.LOOK_EVERY", 0.02)


WAYS = {"header": ("", {"Prefer": "wait=20"}), "query": ("?wait=20", {})}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("often")
@pytest.mark.parametrize(("query", "headers"), WAYS.values(), ids=WAYS.keys())
def test_a_duplicate_that_waits_is_answered_as_soon_as_the_run_ends(api, declare, query, headers):
    run = newest_run(declare(**YEARLY), State.RUNNING)
    holder = finish_soon(run, state=State.SUCCEEDED)
    began = time.monotonic()
    response = api("POST", RUN + query, headers=headers)
    holder.join()
    assert (response.status_code, response.json()["outcome"]) == (200, "already_succeeded")
    assert response["Preference-Applied"] == "wait=20"
    assert time.monotonic() - began < 19


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("often")
def test_a_duplicate_that_waits_answers_what_a_fresh_trigger_would_get(api, declare):
    run = newest_run(declare(**YEARLY), State.RUNNING)
    holder = finish_soon(run, state=State.FAILED, reason="error", tries=3)
    response = api("POST", RUN, headers={"Prefer": "wait=20"})
    holder.join()
    assert (response.status_code, response.json()["outcome"]) == (500, "attempts_exhausted")
    assert response["Preference-Applied"] == "wait=20"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("often", "unhurried")
def test_a_wait_ends_with_202_and_is_capped_by_the_setting(api, declare, settings, waits):
    settings.JOBS_API = {**settings.JOBS_API, "WAIT_LIMIT_SECONDS": 1}
    newest_run(declare(**YEARLY), State.RUNNING)
    response = api("POST", RUN, headers={"Prefer": "wait=86400"})
    assert waits[0] == 1
    assert response.json()["outcome"] == "already_running"
    assert response["Preference-Applied"] == "wait=1"


@pytest.mark.django_db
@pytest.mark.parametrize("prefer", ["respond-async", "respond-async, wait=20", "wait=0"])
def test_a_duplicate_is_answered_at_once_if_preferred(api, declare, waits, prefer):
    newest_run(declare(**YEARLY), State.RUNNING)
    response = api("POST", RUN, headers={"Prefer": prefer})
    assert (response.status_code, waits) == (202, [])
    assert response["Preference-Applied"].split(",")[0] == prefer.split(",")[0]


@pytest.mark.django_db
def test_a_duplicate_does_not_wait_unless_asked(api, declare, waits):
    newest_run(declare(**YEARLY), State.RUNNING)
    assert (api("POST", RUN).status_code, waits) == (202, [])


@pytest.mark.django_db
def test_the_header_has_precedence_over_the_query(api, declare):
    newest_run(declare(**YEARLY), State.RUNNING)
    response = api("POST", f"{RUN}?wait=20", headers={"Prefer": "wait=0"})
    assert response["Preference-Applied"] == "wait=0"


@pytest.mark.django_db
def test_a_run_off_the_request_is_answered_at_once_if_preferred(api, declare, executor, waits):
    declare(executor=executor(lambda job, lease: None), **YEARLY)
    response = api("POST", RUN, headers={"Prefer": "respond-async"})
    assert (response.status_code, response.json()["outcome"], waits) == (202, "accepted", [])


# -- waiting for the own attempt, which runs elsewhere ----------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("often")
def test_a_run_off_the_request_is_answered_as_soon_as_it_ends(api, declare, executor):
    """Pain 18: what was waited for is told as it is, not as accepted."""
    holders = []

    def submit(job, lease):
        end = {"state": State.FAILED, "reason": "error", "tries": 1}
        holders.append(finish_soon(JobRun.objects.get(), **end))

    declare(executor=executor(submit), **YEARLY)
    response = api("POST", RUN, headers={"Prefer": "wait=20"})
    holders[0].join()
    assert (response.status_code, response.json()["outcome"]) == (500, "failed")
    assert response["Preference-Applied"] == "wait=20"


LIMITS = {
    "the default is a setting": ("WAIT_SECONDS", {}, None),
    "the limit is a setting": ("WAIT_LIMIT_SECONDS", {"Prefer": "wait=86400"}, "wait=1"),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize(("setting", "headers", "applied"), LIMITS.values(), ids=LIMITS.keys())
def test_how_long_a_run_off_the_request_is_waited_for(
    api, declare, executor, settings, waits, setting, headers, applied
):
    """Pain 14: the answer comes before the caller gives up."""
    settings.JOBS_API = {**settings.JOBS_API, setting: 1}
    declare(executor=executor(lambda job, lease: None), **YEARLY)
    response = api("POST", RUN, headers=headers)
    assert waits[0] == 1
    assert (response.status_code, response.json()["outcome"]) == (202, "accepted")
    assert response.get("Preference-Applied") == applied
