"""Options are stored with a run, and read again when it begins: later, elsewhere, by another version."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    PlainSerializer,
    create_model,
    model_validator,
)

from jobs_api.models import JobRun, State
from tests.jobs_api.api.endpoints import YEARLY, bearer, newest_run
from tests.jobs_api.arguments.features import NAMES, one, several

pytestmark = pytest.mark.django_db

RUN = "/api/jobs/nightly/run"


class Grossed(BaseModel):
    amount: int = 0

    @model_validator(mode="before")
    @classmethod
    def gross(cls, sent: Any) -> Any:
        return {"amount": sent.pop("amount", 0) + 19}


READ_ONCE = {
    "a unit is converted": (
        one("--amount", type=int),
        create_model("Cents", amount=(Annotated[int, AfterValidator(lambda euros: euros * 100)], 0)),
        {"amount": 12},
        1200,
    ),
    "text is completed": (
        one("--amount"),
        create_model("Completed", amount=(Annotated[str, AfterValidator(lambda text: f"{text}!")], "")),
        {"amount": "a"},
        "a!",
    ),
    "a form that is not read again": (
        one("--amount"),
        create_model("Split", amount=(Annotated[str, BeforeValidator(lambda text: text.split(":")[1])], "")),
        {"amount": "a:b"},
        "b",
    ),
    "a form that the model shows otherwise": (
        one("--amount", type=int),
        create_model("Shown", amount=(Annotated[int, PlainSerializer(lambda number: number + 1)], 0)),
        {"amount": 5},
        6,
    ),
    "a model that changes what it is given": (one("--amount", type=int), Grossed, {"amount": 100}, 119),
}


@pytest.mark.parametrize("case", READ_ONCE)
def test_a_command_gets_what_the_model_makes_of_a_value_once(api, declare, command, case):
    add, params, sent, got = READ_ONCE[case]
    calls = command(add)
    declare(command="argued", params=params, **YEARLY)
    answer = api("POST", RUN, json={"options": sent}, headers=bearer("trigger"))
    assert (answer.status_code, [call["amount"] for call in calls]) == (200, [got]), answer.json()
    assert JobRun.objects.get().options == sent


TOLD = {
    "an option that was renamed": ({"only_show": True}, {"names": (list[str], ["all"])}),
    "all of them taken back": ({"names": ["a"]}, None),
    "one of two": ({"names": ["a"], "only_show": True}, {"names": (list[str], ["all"])}),
}


@pytest.mark.parametrize("way", ["rerun", "trigger", "force"])
@pytest.mark.parametrize("case", TOLD)
def test_options_that_this_version_does_not_take_stop_a_run_and_are_not_dropped(
    api, declare, command, case, way
):
    """A rerun of what was only to be shown must not delete."""
    stored, params = TOLD[case]
    calls = command(several(NAMES, one("--dry-run", action="store_true")))
    job = declare(command="argued", params=create_model("Params", **params) if params else None, **YEARLY)
    run = newest_run(job, State.FAILED, reason="error", tries=1, options=stored)
    path = {"rerun": f"/api/runs/{run.pk}/rerun", "trigger": RUN, "force": f"{RUN}?force=1"}[way]
    answer = api("POST", path, headers=bearer("trigger", "operate"))
    assert (answer.json()["outcome"], calls) == ("failed", [])
    run.refresh_from_db()
    assert run.options == stored
    assert "does not accept it" in run.error
    assert repr(sorted(stored)[-1]) in run.error


@pytest.mark.parametrize("params", [None, {"names": (list[str], ["all"])}], ids=["none", "others"])
def test_a_rerun_with_others_gets_such_a_run_going(api, declare, command, params):
    calls = command(several(one("--names", nargs="*"), one("--dry-run", action="store_true")))
    model = create_model("Params", **params) if params else None
    job = declare(command="argued", params=model, **YEARLY)
    run = newest_run(job, State.FAILED, reason="error", tries=1, options={"only_show": True})
    path, body = f"/api/runs/{run.pk}/rerun", {"options": {}}
    assert api("POST", path, json=body, headers=bearer("operate")).json()["outcome"] == "succeeded"
    assert len(calls) == 1
