"""The schema is OpenAPI 3.1 and says of every endpoint what it takes and answers."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

from jobs_api.api.responses import OUTCOMES
from jobs_api.models import Reason, State
from tests.jobs_api.api.endpoints import ENDPOINTS, GUARDED, PROBLEM

SCHEMA_TYPES = {"string", "integer", "number", "boolean", "object", "array", "null"}


@pytest.fixture(scope="module")
def schema():
    response = Client().get("/api/openapi.json")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    return response.json()


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def operation(schema: dict[str, Any], endpoint: Any) -> dict[str, Any]:
    path = endpoint.path.replace("{run}", "{run_id}")
    return schema["paths"][path][endpoint.method.lower()]


def everything(value: Any) -> Iterator[dict[str, Any]]:
    """Each object in the document, at any depth."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from everything(inner)


def test_it_is_openapi_3_1(schema):
    assert re.fullmatch(r"3\.1\.\d+", schema["openapi"])
    assert {"title", "version"} <= schema["info"].keys()
    assert set(schema) <= {"openapi", "info", "servers", "paths", "components", "security", "tags"}


def test_a_validator_of_others_finds_nothing_wrong(schema):
    OpenAPIV31SpecValidator(schema).validate()


def schemas(value: Any) -> Iterator[dict[str, Any]]:
    """Each JSON Schema in the document, those of members and items included."""
    found = [value["schema"]] if isinstance(value, dict) and isinstance(value.get("schema"), dict) else []
    if isinstance(value, dict) and isinstance(value.get("properties"), dict):
        found += value["properties"].values()
    yield from found
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from schemas(inner)


def types(schema: dict[str, Any]) -> set[str]:
    named = schema.get("type", [])
    if isinstance(named, dict):  # a member of this name
        return set()
    return {named} if isinstance(named, str) else set(named)


def test_no_schema_leaves_open_what_the_server_knows(schema):
    """Each says its type; lists what is in them, numbers where they end, objects what they may hold."""
    for each in schemas(schema):
        joined = each.get("anyOf") or each.get("oneOf") or ("$ref" in each) or ("properties" in each)
        assert types(each) or joined, each
        assert "array" not in types(each) or "items" in each, each
        assert "object" not in types(each) or {"properties", "additionalProperties"} & each.keys(), each


def test_every_member_that_is_answered_is_required_and_no_object_is_open(schema):
    """Each member is always there. Only a caller's options have keys that the document does not name."""
    answered = schema["components"]["schemas"]
    objects = [each for each in everything(answered) if "object" in types(each)]
    named = [each for each in objects if "properties" in each]
    assert len(named) >= 15
    for each in named:
        assert each["required"] == list(each["properties"]), each
        assert "additionalProperties" not in each, each  # open for a later version; the tests are strict
    assert [each for each in objects if each.get("additionalProperties") is True] == [
        answered["RunDetail"]["properties"]["options"]
    ]


def test_every_list_of_objects_names_their_schema(schema):
    lists = [each["items"] for each in everything(schema["components"]["schemas"]) if "array" in types(each)]
    assert {items["$ref"].rpartition("/")[2] for items in lists if "$ref" in items} == {
        "AlertChannel",
        "Attempt",
        "DueRun",
        "FailingMonitor",
        "Job",
        "Pause",
        "PausedJob",
        "Running",
        "Source",
        "SourceInFull",
        "SourceJob",
        "Run",
    }
    assert all("$ref" in items or types(items) == {"string"} for items in lists)


def test_what_a_caller_sends_is_bounded(schema):
    sent = [each["schema"] for *_, told in operations(schema) for each in told.get("parameters", [])]
    bodies = [told["requestBody"] for *_, told in operations(schema) if "requestBody" in told]
    for body in bodies:
        content = body["content"]["application/json"]["schema"]
        assert content["additionalProperties"] is False
        assert body["required"] == bool(content.get("required"))
        sent += [each for name, each in content["properties"].items() if name != "options"]
    for each in sent:
        if types(each) & {"integer"} and "enum" not in each:
            assert each.keys() >= {"minimum", "maximum"}, each
        if types(each) & {"string"}:
            assert each.keys() & {"pattern", "enum"} or each == {"type": "string"}, each
    parameters = [each for *_, told in operations(schema) for each in told.get("parameters", [])]
    free = {each["name"] for each in parameters if each["schema"] == {"type": "string"}}
    assert free == {"Prefer", "traceparent"}  # of which what is not understood is ignored
    assert sent.count({"type": "string"}) == len([each for each in parameters if each["name"] in free])


@pytest.mark.parametrize(
    ("name", "values"),
    [("State", State.values), ("Reason", Reason.values), ("OutcomeName", list(OUTCOMES))],
)
def test_words_of_ours_are_listed(schema, name, values):
    assert schema["components"]["schemas"][name] == {"type": "string", "enum": values}


def test_the_pattern_of_a_run_date_takes_what_the_server_reads(schema):
    trigger = schema["paths"]["/api/jobs/{name}/run"]["post"]
    (told,) = [each["schema"] for each in trigger["parameters"] if each["name"] == "run_date"]
    for text in (*told["examples"], "20261120T030000Z", "2026-11-20 03:00:00 01:00", "2026-11-20T03:00"):
        assert re.search(told["pattern"], text), text
    for text in ("", "today", "2026-11-20T3:00Z", "26-11-20", "2026-11-20T03:00:00+01:00 "):
        assert not re.search(told["pattern"], text), text


def test_it_has_the_endpoints_of_the_contract_and_no_other(schema):
    told = {f"{method.upper()} {path}".replace("{run_id}", "{run}") for path, method, _ in operations(schema)}
    assert told == set(map(str, ENDPOINTS))


def test_it_opens_with_a_slash_too(client):
    assert client.get("/api/openapi.json/").json() == client.get("/api/openapi.json").json()


def test_every_operation_has_a_name_of_its_own_and_a_summary(schema):
    names = [operation["operationId"] for *_, operation in operations(schema)]
    assert len(set(names)) == len(names)
    assert all(operation["summary"] and operation["description"] for *_, operation in operations(schema))


def test_every_response_has_a_status_a_description_and_a_schema(schema):
    for path, method, told in operations(schema):
        assert told["responses"], (path, method)
        for status, response in told["responses"].items():
            assert re.fullmatch(r"[1-5]\d\d", status), (path, method)
            assert response["description"], (path, method, status)
            kinds = response["content"]
            assert all("schema" in content for content in kinds.values())
            assert (PROBLEM in kinds) == (int(status) >= 400), (path, method, status)


def test_every_parameter_is_told_in_full(schema):
    for path, method, told in operations(schema):
        parameters = told.get("parameters", [])
        assert len({(each["in"], each["name"]) for each in parameters}) == len(parameters), (path, method)
        assert all({"name", "in", "schema"} <= each.keys() for each in parameters)
        in_path = {each["name"] for each in parameters if each["in"] == "path" and each["required"] is True}
        assert in_path == set(re.findall(r"{(\w+)}", path)), (path, method)


def test_every_reference_leads_somewhere_and_every_type_exists(schema):
    for value in everything(schema):
        if isinstance(reference := value.get("$ref"), str):
            target: Any = schema
            for step in reference.removeprefix("#/").split("/"):
                target = target[step]
        named = value.get("type", [])
        if "in" not in value and not isinstance(named, dict):
            assert set([named] if isinstance(named, str) else named) - {"apiKey", "http"} <= SCHEMA_TYPES


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_what_can_be_answered_is_documented(schema, endpoint):
    expected = {str(endpoint.status)}
    if endpoint.scopes:
        expected |= {"401", "403", "429", "503"}
    if "{" in endpoint.path:
        expected |= {"404"}
    if endpoint.method == "POST":  # every body is looked at
        expected |= {"413", "422"}
    assert expected <= operation(schema, endpoint)["responses"].keys()


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_who_may_call_is_documented(schema, endpoint):
    told = operation(schema, endpoint).get("security", [])
    schemes = schema["components"]["securitySchemes"]
    assert {name for each in told for name in each} <= set(schemes)
    assert bool(told) == (endpoint in GUARDED)
    assert operation(schema, endpoint).get("x-scopes", []) == sorted(endpoint.scopes)
    assert {scheme.get("scheme") or scheme["name"] for scheme in schemes.values()} == {
        "bearer",
        "X-Jobs-Token",
    }


def test_the_body_and_the_query_of_a_trigger_are_documented(schema):
    trigger = schema["paths"]["/api/jobs/{name}/run"]["post"]
    body = trigger["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["properties"]) == {"run_date", "options", "force", "reason"}
    query = {each["name"] for each in trigger["parameters"] if each["in"] == "query"}
    assert query == {"run_date", "scheduled_at", "max_late", "force", "wait", "source"}
    assert trigger["requestBody"]["required"] is False
