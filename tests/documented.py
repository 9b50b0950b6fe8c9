"""Holds real answers against the OpenAPI document, strictly: no member, header or status that it lacks.

The fixture `api` does so with every answer of every test.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.test import Client, override_settings
from jsonschema import Draft202012Validator, FormatChecker

TELLING = (
    "allow",
    "cache-control",
    "location",
    "preference-applied",
    "retry-after",
    "vary",
    "www-authenticate",
)
"""Headers that mean something to a caller, besides those that begin with `Jobs-`."""


@cache
def document() -> dict[str, Any]:
    """The document as it is served; it depends on nothing but the code."""
    with override_settings(ROOT_URLCONF="settings.urls"):  # a test may have mounted the API elsewhere
        response = Client().get("/api/openapi.json")
    assert response.status_code == 200
    return dict(response.json())


def operation(path: str) -> dict[str, Any] | None:
    """What the document says of the one operation at this path; None where it names none."""
    for template, methods in document()["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path.partition("?")[0].rstrip("/")):
            (found,) = methods.values()
            return dict(found)
    return None


def fault(method: str, path: str, status: int, headers: Mapping[str, str], content: bytes) -> str | None:
    """What the document does not say of this answer, or says otherwise; None where they agree."""
    told = operation(path)
    if told is None:
        return None
    answer = told["responses"].get(str(status))
    if answer is None:
        return f"{told['operationId']}: status {status} is not documented"
    sent = {name.lower(): value for name, value in headers.items()}
    faults = [*_headers(answer, sent), *(() if method == "HEAD" else _body(answer, sent, content))]
    return f"{told['operationId']} {status}: {'; '.join(faults)}" if faults else None


def _headers(answer: dict[str, Any], sent: dict[str, str]) -> list[str]:
    documented = {name.lower(): _resolved(header) for name, header in answer.get("headers", {}).items()}
    telling = {name for name in sent if name in TELLING or name.startswith("jobs-")}
    required = {name for name, header in documented.items() if header["required"]}
    wrong = [
        name for name in documented if name in sent and not _fits(documented[name]["schema"], sent[name])
    ]
    return [
        *(f"header {name} is not documented" for name in sorted(telling - documented.keys())),
        *(f"header {name} is missing" for name in sorted(required - sent.keys())),
        *(f"header {name} is {sent[name]!r}" for name in wrong),
    ]


def _fits(schema: dict[str, Any], value: str) -> bool:
    number = schema.get("type") == "integer" and value.isascii() and value.isdigit()
    return bool(_validator(schema).is_valid(int(value) if number else value))


def _body(answer: dict[str, Any], sent: dict[str, str], content: bytes) -> list[str]:
    kind = sent["content-type"].partition(";")[0]
    if kind not in answer["content"]:
        return [f"content type {kind} is not documented"]
    value = json.loads(content) if kind.endswith("json") else content.decode()
    errors = _validator(answer["content"][kind]["schema"]).iter_errors(value)
    faults = [f"{error.json_path}: {error.message[:300]}" for error in errors]
    return [*faults, *(_end(sent, content) if kind.endswith("json") else ())]


def _end(sent: dict[str, str], content: bytes) -> list[str]:
    """A shell's prompt begins in a line of its own after curl has printed an answer."""
    faults = [] if content.endswith(b"}\n") else ["it does not end with a newline"]
    length = sent.get("content-length")
    return faults if length == str(len(content)) else [*faults, f"Content-Length is {length}"]


def _resolved(header: dict[str, Any]) -> dict[str, Any]:
    name = header["$ref"].removeprefix("#/components/headers/")
    return dict(document()["components"]["headers"][name])


def _validator(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(
        {**schema, "components": _strict_components()}, format_checker=FormatChecker()
    )


@cache
def _strict_components() -> dict[str, Any]:
    return {"schemas": _strict(copy.deepcopy(document()["components"]["schemas"]))}


def _strict(value: Any) -> Any:
    """The same, but objects may have no other members than those that are named."""
    if isinstance(value, dict):
        if isinstance(value.get("properties"), dict) and "required" in value:
            value.setdefault("additionalProperties", False)
        for inner in value.values():
            _strict(inner)
    elif isinstance(value, list):
        for inner in value:
            _strict(inner)
    return value
