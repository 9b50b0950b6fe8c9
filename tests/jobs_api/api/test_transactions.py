"""A host with ATOMIC_REQUESTS breaks nothing: others see the claim while the command runs."""

import threading

import pytest
from django.db import connection, connections
from django.urls import get_resolver
from django.urls.resolvers import URLPattern

from jobs_api.models import JobRun, State
from tests.jobs_api.api.endpoints import YEARLY, bearer, newest_run

pytestmark = pytest.mark.django_db(transaction=True)

RUN = "/api/jobs/nightly/run"


@pytest.fixture(autouse=True)
def _atomic_requests(monkeypatch):
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)


def states_elsewhere():
    """What another connection sees of the runs."""
    seen = []

    def look():
        seen.extend(JobRun.objects.order_by("pk").values_list("state", flat=True))
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return seen


@pytest.fixture
def seen(toy):
    """What another connection saw while the command ran."""
    seen = []
    toy(lambda command, **options: seen.append((states_elsewhere(), connection.in_atomic_block)))
    return seen


def test_a_claim_is_committed_before_its_command_runs(api, declare, seen):
    declare(**YEARLY)
    assert api("POST", RUN).json()["outcome"] == "succeeded"
    assert seen == [([State.RUNNING], False)]
    assert states_elsewhere() == [State.SUCCEEDED]


def test_run_due_and_rerun_commit_their_claims_too(api, declare, seen):
    run = newest_run(
        declare(**YEARLY), State.FAILED, reason="error", tries=1, next_attempt_at="2020-01-01T00:00Z"
    )
    assert api("POST", "/api/run-due").json()["counts"] == {"succeeded": 1}
    assert api("POST", f"/api/runs/{run.pk}/rerun", headers=bearer("operate")).status_code == 200
    assert seen == [([State.RUNNING], False)] * 2


def test_a_failure_is_on_record_although_the_answer_is_500(api, declare, toy):
    def breaks(command, **options):
        JobRun.objects.filter(pk=0).delete()
        raise RuntimeError("no")

    toy(breaks)
    declare(**YEARLY)
    assert api("POST", RUN).status_code == 500
    assert states_elsewhere() == [State.FAILED]


def test_no_view_of_the_api_is_wrapped_in_a_transaction():
    resolver = next(each for each in get_resolver().url_patterns if each.pattern.match("api/docs"))
    views = [each for each in resolver.url_patterns if isinstance(each, URLPattern)]
    wrapped = {str(each.pattern) for each in views if not hasattr(each.callback, "_non_atomic_requests")}
    assert {path for path in wrapped if not path.startswith("docs/problems")} == set()
