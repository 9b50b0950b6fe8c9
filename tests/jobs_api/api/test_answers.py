"""Each endpoint is made to answer each status that the document gives it; the answer is what is documented.

The fixture `api` holds every answer against the document: status, headers, and no member more or less.
"""

import dataclasses
from typing import Any

import pytest

from tests import documented
from tests.jobs_api.api.endpoints import ENDPOINTS, Endpoint
from tests.jobs_api.api.full_scenes import FULL
from tests.jobs_api.api.scenes import CASES, CAUSES, Scene, well

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(api, declare, executor, toy, monkeypatch, settings):
    settings.JOBS_API = {**settings.JOBS_API, "WAIT_SECONDS": 0.01}
    return lambda endpoint: Scene(api, declare, executor, toy, monkeypatch, settings, endpoint)


REASONED = [endpoint for endpoint in ENDPOINTS if endpoint.method == "POST" and "due" not in endpoint.path]


@pytest.mark.parametrize("reason", [True, 1, ["a"], {"a": "b"}, "x" * 1001])
@pytest.mark.parametrize("endpoint", REASONED, ids=str)
def test_a_reason_that_cannot_be_recorded_is_refused_by_all_that_take_one(scene, endpoint, reason):
    with_reason = dataclasses.replace(endpoint, body={**(endpoint.body or {}), "reason": reason})
    response = scene(with_reason).call()
    assert (response.status_code, "`reason`" in response.json()["detail"]) == (422, True)


def documented_statuses(endpoint: Endpoint) -> set[int]:
    told = documented.operation(endpoint.path)
    assert told is not None
    return {int(status) for status in told["responses"]}


def table() -> list[Any]:
    """Every endpoint with every status that one of the causes above leads to."""
    rows = []
    for endpoint in ENDPOINTS:
        common = {**CAUSES, endpoint.status: well}
        for status in sorted(documented_statuses(endpoint)):
            known = (*filter(None, (common.get(status),)), *CASES.get((str(endpoint), status), ()))
            rows += [
                pytest.param(endpoint, status, case, id=f"{endpoint} {status} {n}")
                for n, case in enumerate(known)
            ]
            if not known:
                rows.append(pytest.param(endpoint, status, None, id=f"{endpoint} {status}"))
    return rows


@pytest.mark.parametrize(("endpoint", "status", "case"), table())
def test_an_endpoint_answers_what_is_documented(scene, endpoint, status, case):
    assert case is not None, f"Nothing here makes {endpoint} answer {status}."
    assert case(scene(endpoint)).status_code == status


# -- the members, both ways -------------------------------------------------------------------


def in_schema(schema: dict[str, Any], at: str = "") -> set[str]:
    """The members that a schema names, at any depth: `jobs[].last_run.id`."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/components/schemas/")
        return in_schema(documented.document()["components"]["schemas"][name], at)
    found = {at} if at and not at.endswith("[]") else set()
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        found |= in_schema(choice, at)
    if "items" in schema:
        found |= in_schema(schema["items"], f"{at}[]")
    for name, member in schema.get("properties", {}).items():
        found |= in_schema(member, f"{at}.{name}")
    return found


def in_answer(value: Any, named: set[str], at: str = "") -> set[str]:
    """The members of an answer; of an object with keys of a caller's, such as options, its own name only."""
    found = {at} if at and not at.endswith("[]") else set()
    if isinstance(value, dict) and (not at or any(name.startswith(f"{at}.") for name in named)):
        return found.union(*(in_answer(member, named, f"{at}.{name}") for name, member in value.items()))
    if isinstance(value, list):
        return found.union(*(in_answer(item, named, f"{at}[]") for item in value))
    return found


def full_answers() -> list[Any]:
    """Every endpoint with every status whose answer is more than a refusal."""
    rows = []
    for endpoint in ENDPOINTS:
        for status, answer in documented.operation(endpoint.path)["responses"].items():
            content = next(iter(answer["content"].values()))  # the metrics have two kinds of text
            if content["schema"] not in ({"$ref": "#/components/schemas/Problem"}, {"type": "string"}):
                case = FULL.get((str(endpoint), int(status)))
                rows.append(
                    pytest.param(endpoint, int(status), content["schema"], case, id=f"{endpoint} {status}")
                )
    return rows


@pytest.mark.parametrize(("endpoint", "status", "schema", "case"), full_answers())
def test_the_members_that_are_answered_are_those_of_the_schema(scene, endpoint, status, schema, case):
    """Neither more nor less, at any depth: no list is empty, and no object is null."""
    assert case is not None, f"Nothing here makes {endpoint} answer {status} with all its members."
    response, named = case(scene(endpoint)), in_schema(schema)
    assert response.status_code == status
    assert in_answer(response.json(), named) == named
