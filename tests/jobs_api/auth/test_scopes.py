"""What each scope opens, and what a token's patterns hide."""

import pytest

from jobs_api import registry
from jobs_api.auth.tokens import SCOPES
from jobs_api.models import JobRun, State
from tests.conftest import stored_run
from tests.jobs_api.api.endpoints import ENDPOINTS, GUARDED, PROBLEM, YEARLY, bearer, newest_run

pytestmark = pytest.mark.django_db

BAD = {"Authorization": f"Bearer {'x' * 40}"}
NONE = {"Authorization": ""}


@pytest.fixture
def run_for(declare):
    """``run_for(endpoint)``: a run as the endpoint needs it."""
    return lambda endpoint: newest_run(declare(**YEARLY), endpoint.state)


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_an_endpoint_opens_for_its_scope_and_no_other(api, run_for, endpoint, scope):
    run = run_for(endpoint)
    response = endpoint.call(api, run, headers=bearer(scope))
    if not endpoint.scopes or scope in endpoint.scopes:
        assert response.status_code == endpoint.status
        return
    assert (response.status_code, response["Content-Type"]) == (403, PROBLEM)
    assert response.json()["type"] == "/api/docs/problems/forbidden"
    assert f"'{endpoint.scopes[0]}'" in response.json()["detail"]
    assert f"`manage.py jobs_token create NAME --scope {endpoint.scopes[0]}`" in response.json()["detail"]
    assert JobRun.objects.get().state == endpoint.state  # nothing has happened


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_cron_secret_may_trigger_and_read(api, run_for, endpoint):
    response = endpoint.call(api, run_for(endpoint))
    allowed = not endpoint.scopes or {"trigger", "read"} & set(endpoint.scopes)
    assert response.status_code == (endpoint.status if allowed else 403)


@pytest.mark.parametrize("headers", [NONE, BAD], ids=["none", "bad"])
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_an_endpoint_needs_a_token_or_is_open(api, run_for, endpoint, headers):
    run = run_for(endpoint)
    response = endpoint.call(api, run, headers=headers)
    assert response.status_code == (401 if endpoint.scopes else endpoint.status)
    assert JobRun.objects.get().attempt == run.attempt


@pytest.mark.parametrize("endpoint", [endpoint for endpoint in GUARDED if "{" in endpoint.path], ids=str)
def test_what_the_patterns_hide_looks_as_if_it_were_not_there(api, run_for, endpoint):
    run = run_for(endpoint)
    token = bearer(*SCOPES, patterns=("other-*", "night"))
    hidden = endpoint.call(api, run, headers=token)
    assert hidden.status_code == 404
    JobRun.objects.filter(pk=run.pk).delete()
    registry.fill([])
    absent = endpoint.call(api, run, headers=token)
    assert (absent.status_code, absent.content) == (404, hidden.content)


@pytest.mark.parametrize(
    ("pattern", "covers"),
    [
        ("*", True),
        ("nightly", True),
        ("night*", True),
        ("nigh[st]ly", True),
        ("night??", True),
        ("[!a]*", True),
        ("NIGHTLY", False),
        ("nightly-*", False),
        ("night", False),
        ("ightly", False),
    ],
)
def test_patterns_are_globs_over_the_whole_name(api, declare, pattern, covers):
    declare(**YEARLY)
    response = api("GET", "/api/jobs/nightly", headers=bearer("read", patterns=(pattern,)))
    assert response.status_code == (200 if covers else 404)


def test_any_one_of_several_patterns_is_enough(api, declare):
    declare(**YEARLY)
    token = bearer("read", patterns=("weekly-*", "nightly"))
    assert api("GET", "/api/jobs/nightly", headers=token).status_code == 200


def test_the_scope_is_looked_at_before_the_name(api, declare):
    declare(**YEARLY)
    token = bearer("read", patterns=("other",))
    for name in ("nightly", "no-such-job"):
        assert api("POST", f"/api/jobs/{name}/run", headers=token).status_code == 403


def test_a_trigger_token_sees_the_runs_of_its_own_jobs_only(api, declare):
    token = bearer("trigger", patterns=("mine",))
    mine, other = stored_run(declare("mine")), stored_run(declare("other"), state=State.FAILED)
    assert api("GET", f"/api/runs/{mine.pk}", headers=token).status_code == 200
    assert api("GET", f"/api/runs/{other.pk}", headers=token).status_code == 404
    assert api("GET", f"/api/runs/{mine.pk}/output", headers=token).status_code == 403
