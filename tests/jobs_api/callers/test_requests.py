"""The request that each platform documents, replayed: who it is, which slot it means, what is noted.

A file in requests/ holds those of one caller: where the vendor documents it, and what it must lead to. "{at}"
is a time hours after a slot of three days ago.
"""

import json
from pathlib import Path

import pytest

from jobs_api import callers
from jobs_api.callers import Caller
from jobs_api.models import JobRun, TriggerSource
from jobs_api.monitoring import trigger_counts
from tests.conftest import BEARER

from .test_platforms import LATE, RUN, SLOT

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).parent / "requests"
REQUESTS = {
    f"{path.stem}: {request['what']}": (path.stem, request)
    for path in sorted(FOLDER.glob("*.json"))
    for request in json.loads(path.read_text())
}
MARKED = [case for case, (_, request) in REQUESTS.items() if "source=" not in request["query"]]


def send(client, request, path=RUN):
    headers = {**BEARER, **{name: value.replace("{at}", LATE) for name, value in request["headers"].items()}}
    body = request["body"] if isinstance(request["body"], str) else json.dumps(request["body"])
    return client.generic(
        request["method"],
        path + request["query"],
        body.replace("{at}", LATE),
        content_type=request["content_type"],
        headers=headers,
    )


@pytest.fixture
def both_methods(settings):
    settings.JOBS_API = {**settings.JOBS_API, "ALLOW_GET": True}


@pytest.fixture(params=REQUESTS)
def case(request, both_methods):
    return REQUESTS[request.param]


def test_each_caller_has_a_documented_request():
    assert {path.stem for path in FOLDER.glob("*.json")} == set(callers.names())
    for _, request in REQUESTS.values():
        assert "." in request["documented_at"]
        assert request["what"]


def test_a_caller_whose_mark_is_a_header_names_it():
    """Most requests have none, and then no caller is asked; these look at the body."""
    signing = {caller for caller in callers.all_callers() if type(caller).signed is not Caller.signed}
    assert {caller.name for caller in signing if not caller.mark} == {"eventbridge", "eventbridge_scheduler"}


def test_a_caller_that_has_a_mark_is_replayed_with_nothing_but_that():
    unmarked = {
        caller.name for caller in callers.all_callers() if type(caller) is Caller and not caller.user_agent
    }
    assert {REQUESTS[case][0] for case in MARKED} == callers.names() - unmarked


def test_it_leads_to_its_slot_and_is_on_record(client, declare, case):
    name, request = case
    declare()
    response = send(client, request)
    assert (response.status_code, response.json()["outcome"]) == (200, "succeeded"), response.content
    run = JobRun.objects.get()
    assert (run.run_date == SLOT) == request["scheduled"]
    assert run.source.replace("-", "_") == (request["source"] or name)
    assert (LATE in run.note) == request["scheduled"]
    assert all(noted in run.note for noted in request["noted"])


def test_a_repeat_keeps_its_schedule_enabled(client, declare, case):
    """Pain: a service that gets an error for a repeat disables its schedule, or repeats it for a day."""
    declare()
    first, second = send(client, case[1]), send(client, case[1])
    assert (second.status_code, second.json()["outcome"]) == (200, "already_succeeded")
    assert first.json()["run_date"] == second.json()["run_date"]
    assert JobRun.objects.get().attempt == 1


def test_run_due_takes_it_too(client, declare, case):
    declare()
    assert send(client, case[1], "/api/run-due").status_code == 200
    trigger_counts.flush()
    assert TriggerSource.objects.get().source == (case[1]["source"] or case[0])


def test_without_its_token_it_is_nobody(client, declare, case):
    declare()
    request = {**case[1], "headers": {**case[1]["headers"], "X-Jobs-Token": "wrong"}}
    assert send(client, request).status_code == 401
    assert not JobRun.objects.exists()


def test_an_export_and_a_user_agent_are_one_source_in_the_table(client, declare):
    declare()
    request = REQUESTS["cloud_scheduler: a job with an HTTP target"][1]
    for query in ("", "?source=cloud-scheduler", "?source=Cloud_Scheduler"):
        send(client, {**request, "query": query})
    send(client, {**request, "query": "?source=my-own-name"})
    trigger_counts.flush()
    found = {row.source: row.calls for row in TriggerSource.objects.all()}
    assert found == {"cloud_scheduler": 3, "my-own-name": 1}


def test_a_worker_before_a_site_hides_nobody(client, declare):
    """Cloudflare adds CF-Worker to what a Worker hands on, too."""
    declare()
    request = REQUESTS["cloud_scheduler: a job with an HTTP target"][1]
    send(client, {**request, "headers": {**request["headers"], "CF-Worker": "example.com"}})
    assert JobRun.objects.get().source == "cloud_scheduler"


def test_vercels_get_is_delivered_twice_and_missed_once(client, declare, both_methods):
    """What it missed is caught up: by its next call of run-due, or by another source."""
    declare()
    request = REQUESTS["vercel: a cron job"][1]
    outcomes = [send(client, request).json()["outcome"] for _ in range(2)]
    assert outcomes == ["succeeded", "already_succeeded"]
    missed = send(client, {**request, "query": f"?run_date={SLOT.date()}"})
    assert (missed.status_code, missed.json()["outcome"]) == (200, "succeeded")
    assert JobRun.objects.count() == 2


def test_vercels_expression_chooses_no_slot(client, declare, both_methods):
    declare()
    request = REQUESTS["vercel: a cron job"][1]
    for expression in ("0 5 1 1 *", LATE, ""):
        headers = {**request["headers"], "x-vercel-cron-schedule": expression}
        assert send(client, {**request, "headers": headers}).json()["run_date"] > SLOT.isoformat()
    assert JobRun.objects.count() == 1
