"""A GET reads: it writes nothing, whoever sends it and whatever it finds (contract, part 4).

The endpoints are those of the OpenAPI document, so that a new one cannot be forgotten. Two writes are
promised: `/health/ready` tests a write and rolls it back (part 2), and the last use of a row token is stored
once a minute (part 6).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from jobs_api.auth import tokens
from jobs_api.models import JobAttempt, JobDeclaration, JobHost, JobPause, State, Token
from jobs_api.monitoring import trigger_counts
from jobs_api.runs import hosts
from tests import documented
from tests.conftest import BEARER, stored_run
from tests.jobs_api.api.endpoints import YEARLY, bearer, newest_run
from tests.jobs_api.database.hanging import another_session
from tests.jobs_api.management.calling import manage

pytestmark = pytest.mark.django_db

READY = "/api/health/ready"
PAGES = ("/api/", "/api/docs", "/api/openapi.json", "/api/docs/problems/not-ready")
"""Open, and not in the document."""
READS = ("SELECT", "SET", "PRAGMA", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
QUERIES = {
    "state": "failed",
    "since": "2026-01-01",
    "until": "2999-01-01T00:00:00Z",
    "limit": "1",
    "cursor": "MjAyNi0xMS0yMFQxMjowMDowMCswMDowMA==",
    "offset": "1",
    "attempt": "1",
    "tag": "money",
    "owner": "shop",
}
"""A good value for each parameter that a GET takes."""


def reading() -> list[str]:
    """The path of every GET of the document, and the same with each of its parameters."""
    paths = []
    for path, methods in documented.document()["paths"].items():
        if "get" in methods:
            named = [each["name"] for each in methods["get"]["parameters"] if each["in"] == "query"]
            paths += [path, *(f"{path}?{name}={QUERIES[name]}" for name in named)]
    return paths


HEALTH = "/api/health/jobs"
NOTHING_WRITTEN = [path for path in reading() if path != READY]


@pytest.fixture
def world(declare):
    """All that a reader might repair; returns the run that paths name."""
    now = timezone.now()
    hosts.forget()  # this process has not reported what it declares
    lost = newest_run(declare(**YEARLY), State.RUNNING, lease_expires_at=now - timedelta(hours=1), attempt=2)
    JobAttempt.objects.create(run=lost, attempt=1, state=State.FAILED, reason="error", executor="inline")
    waiting = declare("waiting", max_attempts=1)
    stored_run(waiting, now - timedelta(days=3), state=State.QUEUED, next_attempt_at=now - timedelta(days=3))
    stored_run(waiting, now - timedelta(days=5000))  # beyond the retention
    stored_run(waiting, now + timedelta(days=3))  # ahead of the clock
    paused = declare("paused")
    JobPause.objects.create(job_name=paused.name, started_at=now - timedelta(days=9), ended_at=now)
    JobPause.objects.create(job_name=paused.name, started_at=now, actor="ana")
    changed, gone = declare("changed"), now - timedelta(days=90)
    declare("unknown")
    JobDeclaration.objects.create(job_name=changed.name, schedule="1 1 * * *", timezone="UTC", since=gone)
    JobHost.objects.create(host="old", fingerprint="old", time_zone="UTC", version="0.1.0", seen_at=gone)
    return lost


def stored() -> dict[str, list[Any]]:
    """Every row of ours."""
    models = apps.get_app_config("jobs_api").get_models()
    return {model.__name__: sorted(map(repr, model.objects.values())) for model in models}


@contextmanager
def statements() -> Iterator[list[str]]:
    """The first words of each statement that this thread sends."""
    sent: list[str] = []

    def note(execute, sql, params, many, context):
        sent.append(" ".join(sql.split()[:4]).upper().replace('"', ""))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield sent


def writes(sent: list[str]) -> list[str]:
    return [sql for sql in sent if not sql.startswith(READS)]


def used_token():
    headers = bearer("read", "operate", "trigger")
    tokens.verify(headers["Authorization"].removeprefix("Bearer "))
    return headers


BEARERS = {
    "CRON_SECRET": lambda: BEARER,
    "a row token that was used a moment ago": used_token,
    "no token": lambda: {"Authorization": ""},
    "a wrong token": lambda: {"Authorization": "Bearer jobs_wrong"},
    "an expired token": lambda: bearer("read", expires_at=timezone.now() - timedelta(days=1)),
}


def test_the_counter_of_writes_counts(world):
    with statements() as sent:
        JobHost.objects.filter(host="old").update(version="1")
        list(JobHost.objects.all())
    assert writes(sent) == ["UPDATE JOBS_API_JOBHOST SET VERSION"]


@pytest.mark.parametrize("token", BEARERS)
@pytest.mark.parametrize("path", NOTHING_WRITTEN)
def test_a_get_writes_nothing(api, world, path, token):
    headers, before = BEARERS[token](), stored()
    for run_id, name in ((world.pk, world.job_name), (0, "nowhere")):
        with statements() as sent:
            for method in ("GET", "HEAD"):
                status = api(method, path.format(run_id=run_id, name=name), headers=headers).status_code
                assert status < 500 or (path, status) == (HEALTH, 503)  # a slot has waited for days
        assert writes(sent) == []
    assert stored() == before
    assert trigger_counts._counts == {}


@pytest.mark.parametrize("path", NOTHING_WRITTEN)
def test_all_that_a_get_writes_of_a_token_is_when_it_was_used_and_that_once_a_minute(api, world, path):
    guarded = documented.operation(path)["security"] if "live" not in path else []
    headers = bearer("read")
    before = stored()
    for expected in (["UPDATE JOBS_API_TOKEN SET LAST_USED_AT"] if guarded else [], []):
        with statements() as sent:
            api("GET", path.format(run_id=world.pk, name=world.job_name), headers=headers)
        assert writes(sent) == expected
    assert {**stored(), "Token": None} == {**before, "Token": None}


def test_ready_takes_its_test_of_a_write_back(api, world):
    before = stored()
    with statements() as sent:
        assert api("GET", READY).status_code == 200
    assert writes(sent) == [
        "UPDATE JOBS_API_JOBRUN SET ATTEMPT",
        "INSERT INTO JOBS_API_TRIGGERCOUNT (JOB_NAME,",
    ]
    assert stored() == before


@pytest.mark.parametrize("path", PAGES)
def test_a_page_for_people_sends_no_statement(client, world, path):
    with statements() as sent:
        assert client.get(path).status_code == 200
    assert sent == []


@pytest.mark.parametrize(
    "command",
    [
        ("jobs_list",),
        ("jobs_list", "nightly"),
        ("jobs_list", "--state", "failed"),
        ("jobs_list", "--hosts"),
        ("jobs_show", "{run_id}"),
        ("jobs_show", "{run_id}", "--attempt", "1"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_a_command_that_reads_writes_nothing(world, command, form):
    before = stored()
    with statements() as sent:
        assert manage(*(part.format(run_id=world.pk) for part in command), *form).code == 0
    assert writes(sent) == []
    assert stored() == before


@contextmanager
def read_only() -> Iterator[None]:
    """A database that only reads, such as a standby."""
    on, off = {
        "postgresql": ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off"),
        "sqlite": ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(on)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(off)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("token", ["CRON_SECRET", "a row token whose last use is to be noted"])
def test_a_database_that_only_reads_answers_every_get_as_before(api, world, token):
    """After a failover an operator looks first, with whichever token is at hand."""
    paths = [path.format(run_id=world.pk, name=world.job_name) for path in NOTHING_WRITTEN]
    expected = [api("GET", path).status_code for path in paths]
    headers = BEARER if token == "CRON_SECRET" else bearer("read")
    with read_only():
        assert [api("GET", path, headers=headers).status_code for path in paths] == expected
    assert Token.objects.filter(last_used_at=None).count() == Token.objects.count()


@pytest.mark.django_db(transaction=True)
def test_a_row_token_is_refused_no_less_by_a_database_that_only_reads(api, world):
    revoked, narrow = bearer("read", name="revoked"), bearer("trigger")
    tokens.revoke("revoked", at=timezone.now())
    with read_only():
        assert api("GET", "/api/jobs", headers=revoked).status_code == 401
        assert api("GET", "/api/jobs", headers=narrow).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_row_token_reads_while_somebody_else_holds_the_lock_for_its_last_use(api, world, settings):
    """A long import holds SQLite's only lock; on PostgreSQL somebody has locked the table of tokens."""
    settings.JOBS_API = {**settings.JOBS_API, "DATABASE_SECONDS": 5}
    headers = bearer("read")
    with another_session() as execute:
        execute("BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN")
        if connection.vendor == "postgresql":
            execute(f"LOCK TABLE {Token._meta.db_table} IN EXCLUSIVE MODE")
        assert api("GET", "/api/jobs", headers=headers).status_code == 200
    assert Token.objects.get().last_used_at is None
    assert api("GET", "/api/jobs", headers=headers).status_code == 200
    assert Token.objects.get().last_used_at is not None
