"""What a caller may send along: options by the job's params, force, and a reason for the record."""

import pytest
from pydantic import BaseModel, ConfigDict, Field

from jobs_api.models import JobAttempt, JobRun, State
from jobs_api.runs import pausing
from tests.jobs_api.api.endpoints import YEARLY, bearer, newest_run, newest_slot

pytestmark = pytest.mark.django_db

RUN = "/api/jobs/nightly/run"


class Params(BaseModel):
    say: str = "hello"
    seconds: float = 0


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    seconds: float = Field(default=1, ge=0, le=10)
    fail: bool = False


@pytest.fixture
def heard(toy):
    """The options that each call of the command got."""
    calls = []
    toy(lambda command, **options: calls.append({key: options[key] for key in ("say", "seconds", "fail")}))
    return calls


def test_what_is_not_sent_has_the_default_of_the_params(api, declare, heard):
    declare(params=Params, **YEARLY)
    assert api("POST", RUN).status_code == 200
    assert heard == [{"say": "hello", "seconds": 0, "fail": False}]
    assert JobRun.objects.get().options == {}


def test_what_is_sent_reaches_the_command_in_its_type_and_is_stored(api, declare, heard):
    declare(params=Params, **YEARLY)
    assert api("POST", RUN, json={"options": {"say": "hi", "seconds": "1.5"}}).status_code == 200
    assert heard == [{"say": "hi", "seconds": 1.5, "fail": False}]
    assert JobRun.objects.get().options == {"say": "hi", "seconds": 1.5}


def test_fixed_options_reach_the_command_of_a_job_without_params(api, declare, heard):
    declare(options={"say": "fixed"}, **YEARLY)
    assert api("POST", RUN, json={"options": {}}).status_code == 200
    assert heard[0]["say"] == "fixed"


WRONG = {
    "unknown": (Params, {"sey": "x"}, "`sey`"),
    "unknown-names-the-known": (Params, {"sey": "x"}, "`say`, `seconds`"),
    "type": (Params, {"seconds": "long"}, "options.seconds"),
    "null": (Params, {"seconds": None}, "options.seconds"),
    "object": (Params, {"say": {}}, "options.say"),
    "range": (Strict, {"seconds": 11}, "options.seconds"),
    "two": (Strict, {"seconds": -1, "fail": "perhaps"}, "options.fail"),
    "infinite": (Params, {"seconds": "inf"}, "options"),
    "no-number": (Params, {"seconds": "nan"}, "options"),
    "no-params": (None, {"say": "x"}, "'nightly' accepts none"),
}


@pytest.mark.parametrize(("params", "options", "named"), WRONG.values(), ids=WRONG.keys())
def test_wrong_options_are_422_named_and_start_nothing(api, declare, params, options, named):
    declare(params=params, **YEARLY)
    response = api("POST", RUN, json={"options": options})
    assert response.status_code == 422, response.content
    assert named in response.json()["detail"]
    assert not JobRun.objects.exists()


def test_options_nested_beyond_reason_are_422_too(api, declare):
    class Anything(BaseModel):
        say: list = []

    declare(params=Anything, **YEARLY)
    deep: list = []
    for _ in range(400):
        deep = [deep]
    assert api("POST", RUN, json={"options": {"say": deep}}).status_code == 422


def test_a_duplicate_does_not_change_the_options_of_the_run(api, declare, heard):
    declare(params=Params, **YEARLY)
    api("POST", RUN, json={"options": {"say": "first"}})
    assert api("POST", RUN, json={"options": {"say": "second"}}).json()["outcome"] == "already_succeeded"
    assert JobRun.objects.get().options == {"say": "first"}
    assert [call["say"] for call in heard] == ["first"]


def test_a_retry_by_another_trigger_keeps_the_options_of_the_first(api, declare, heard):
    job = declare(params=Params, **YEARLY)
    newest_run(job, State.FAILED, reason="error", tries=1, options={"say": "first"})
    assert api("POST", RUN, json={"options": {"say": "second"}}).json()["outcome"] == "succeeded"
    assert heard[0]["say"] == "first"


# -- force and reason -------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["body", "query"])
@pytest.mark.parametrize("scopes", [("trigger",), ("trigger", "read"), ("operate",)])
def test_force_needs_operate_and_trigger(api, declare, way, scopes):
    run = newest_run(declare(**YEARLY))
    sent = {"json": {"force": True}} if way == "body" else {}
    path = RUN if sent else f"{RUN}?force=true"
    response = api("POST", path, headers=bearer(*scopes), **sent)
    assert response.status_code == 403
    run.refresh_from_db()
    assert run.attempt == 1


def test_cron_secret_cannot_force(api, declare):
    newest_run(declare(**YEARLY))
    assert api("POST", f"{RUN}?force=1").status_code == 403


@pytest.mark.parametrize("value", ["false", "0", ""])
def test_force_that_is_false_asks_for_nothing(api, declare, value):
    newest_run(declare(**YEARLY))
    assert api("POST", f"{RUN}?force={value}", json={"force": False}).json()["outcome"] == "already_succeeded"


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.FAILED, State.CANCELLED, State.SKIPPED])
def test_force_reruns_any_end_and_the_reason_goes_on_record(api, declare, state):
    run = newest_run(declare(**YEARLY), state, tries=3)
    body = {"force": True, "reason": "the bank sent it late"}
    response = api("POST", RUN, json=body, headers=bearer("trigger", "operate", name="ana"))
    assert response.json()["outcome"] == "succeeded"
    run.refresh_from_db()
    assert (run.comment, run.actor, run.tries) == ("the bank sent it late", "ana", 0)
    shown = api("GET", f"/api/runs/{run.pk}").json()["attempts"][-1]
    assert (shown["comment"], shown["actor"]) == ("the bank sent it late", "ana")


def test_force_starts_where_there_is_no_run_whatever_pause_and_expires_say(api, declare):
    job = declare(expires=1, **YEARLY)
    pausing.pause(job, actor="", comment="", at=newest_slot(job))
    operator = bearer("trigger", "operate")
    assert api("POST", f"{RUN}?force=true", headers=operator).json()["outcome"] == "succeeded"


@pytest.mark.parametrize("state", [State.CLAIMED, State.RUNNING])
def test_force_of_a_run_in_flight_is_409_and_changes_nothing(api, declare, state):
    run = newest_run(declare(**YEARLY), state)
    response = api("POST", f"{RUN}?force=true", headers=bearer("trigger", "operate"))
    assert (response.status_code, response.json()["outcome"]) == (409, "already_running")
    assert JobRun.objects.get() == run
    assert not JobAttempt.objects.exists()


def test_force_replaces_the_options_where_it_brings_some(api, declare, heard):
    newest_run(declare(params=Params, **YEARLY), options={"say": "first"})
    operator = bearer("trigger", "operate")
    api("POST", RUN, json={"force": True}, headers=operator)
    api("POST", RUN, json={"force": True, "options": {"say": "second"}}, headers=operator)
    assert [call["say"] for call in heard] == ["first", "second"]
