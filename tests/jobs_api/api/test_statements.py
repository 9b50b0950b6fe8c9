"""How many statements and commits a request costs in a warm process (contract, part 8)."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from jobs_api import Job, registry
from jobs_api.models import JobDeclaration, JobRun, State
from jobs_api.runs import job_state
from tests.conftest import BEARER
from tests.jobs_api.api.endpoints import YEARLY, bearer, newest_run

pytestmark = pytest.mark.django_db(transaction=True)

RUN = "/api/jobs/nightly/run"
BOUNDARIES = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
WRITES = ("INSERT", "UPDATE", "DELETE")


class Count:
    """The statements of a block, and how often it committed."""

    def __init__(self):
        self.statements: list[str] = []
        self.commits = 0

    @property
    def writes(self):
        return [sql for sql in self.statements if sql.startswith(WRITES)]

    def note(self, execute, sql, params, many, context):
        told = sql.strip().upper()
        if not told.startswith(BOUNDARIES):
            self.statements.append(told)
            self.commits += told.startswith(WRITES) and not connection.in_atomic_block
        return execute(sql, params, many, context)


@pytest.fixture
def counted(monkeypatch):
    """``with counted() as count:`` counts what this thread's connection does."""

    @contextmanager
    def counting():
        count = Count()
        commit = connection._commit

        def note_commit():
            count.commits += 1
            return commit()

        with monkeypatch.context() as patch, connection.execute_wrapper(count.note):
            patch.setattr(connection, "_commit", note_commit)
            yield count

    return counting


@pytest.fixture
def warm(api, declare):
    """A job that this process has triggered before."""
    job = declare(schedule=None)
    api("POST", f"{RUN}?run_date=2026-01-01T00:00:00Z")
    job_state.know_all(at=timezone.now())
    return job


def test_the_counter_counts(counted):
    with counted() as count:
        JobRun.objects.filter(pk=0).update(state=State.FAILED)
        list(JobRun.objects.all())
    assert (len(count.statements), len(count.writes), count.commits) == (2, 1, 1)


def test_a_fresh_inline_trigger_takes_four_statements_and_two_commits(api, warm, counted):
    with counted() as count:
        response = api("POST", RUN)
    assert response.json()["outcome"] == "succeeded"
    assert len(count.statements) <= 4, count.statements
    assert count.commits <= 2


def test_a_duplicate_is_one_statement_and_no_write(api, warm, counted):
    api("POST", RUN)
    with counted() as count:
        response = api("POST", RUN)
    assert response.json()["outcome"] == "already_succeeded"
    assert [sql.split()[0] for sql in count.statements] == ["SELECT"]
    assert count.commits == 0


@pytest.mark.parametrize("state", [State.RUNNING, State.CLAIMED, State.CANCELLED])
def test_any_other_repeat_is_one_statement_too(api, declare, counted, state):
    newest_run(declare(**YEARLY), state)
    api("POST", RUN)
    with counted() as count:
        assert api("POST", RUN).json()["outcome"] in ("already_running", "cancelled")
    assert [sql.split()[0] for sql in count.statements] == ["SELECT"]


def test_a_row_token_costs_one_select_more(api, warm, counted):
    token = bearer("trigger")
    api("POST", RUN, headers=token)  # notes its use, at most once a minute
    taken = {}
    for name, headers in (("CRON_SECRET", BEARER), ("row", token)):
        with counted() as count:
            assert api("POST", RUN, headers=headers).status_code == 200
        taken[name] = count.statements
    assert len(taken["row"]) == len(taken["CRON_SECRET"]) + 1
    assert all(sql.startswith("SELECT") for sql in taken["row"])


def test_a_bad_token_without_our_prefix_asks_nothing_of_the_database(api, warm, counted):
    with counted() as count:
        assert api("POST", RUN, headers={"Authorization": "Bearer nonsense"}).status_code == 401
    assert count.statements == []


def test_run_due_over_1000_jobs_of_which_none_is_due_takes_three_statements(api, counted):
    at = timezone.now()
    jobs = [Job(f"job-{n}", command="toy", schedule=f"{n % 60} {n % 24} * * *") for n in range(1000)]
    with registry.override(*jobs):
        rows = [
            JobDeclaration(job_name=job.name, schedule=job.schedule, timezone="UTC", since=at) for job in jobs
        ]
        JobDeclaration.objects.bulk_create(rows)
        api("POST", "/api/run-due")
        with counted() as count:
            response = api("POST", "/api/run-due")
    assert response.json() == {"counts": {}, "runs": [], "remaining": 0}
    assert len(count.statements) <= 3, count.statements
    assert count.writes == []


def test_the_list_of_jobs_takes_as_many_statements_for_fifty_as_for_one(api, declare, counted):
    taken = []
    for number in range(50):
        newest_run(declare(f"job-{number}", **YEARLY), created_at=timezone.now() - timedelta(days=1))
        if number in (0, 49):
            job_state.know_all(at=timezone.now())
            with counted() as count:
                assert len(api("GET", "/api/jobs").json()["jobs"]) == number + 1
            taken.append(len(count.statements))
    assert taken[0] == taken[1]
