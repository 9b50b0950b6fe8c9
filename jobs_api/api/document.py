"""The whole document: what Ninja collects from the routers, and what it does not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobs_api.api import by_get
from jobs_api.api.alert_schemas import ALERT_SCHEMAS
from jobs_api.api.openapi_requests import PATH
from jobs_api.api.openapi_responses import HEADERS
from jobs_api.api.schemas import SCHEMAS, Schema
from jobs_api.api.source_schemas import SOURCE_SCHEMAS

INFO: Schema = {
    "contact": {"name": "The operator of this server"},
    "license": {"name": "MIT", "identifier": "MIT"},
}
TAGS = {
    "triggers": "Start what is due, once per slot.",
    "reading": "Jobs, runs, and their output.",
    "operating": "Run again, cancel, queue past slots, pause.",
    "health": "For load balancers and monitors.",
}
TOKEN: Schema = {
    "type": "apiKey",
    "in": "header",
    "name": "X-Jobs-Token",
    "description": "For callers whose Authorization header is taken; where it is sent, it alone counts.",
}


def complete(schema: dict[str, Any]) -> None:
    """Add what all endpoints share: components, tags, the types of path parameters."""
    schema["info"].update(INFO)
    schema["servers"] = [{"url": "/", "description": "The paths below are complete"}]
    schema["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    components = schema["components"]
    components["schemas"].update(SCHEMAS | SOURCE_SCHEMAS | ALERT_SCHEMAS)
    components["headers"] = dict(HEADERS)
    components.setdefault("securitySchemes", {})["JobsToken"] = TOKEN
    for operation in _operations(schema):
        _complete_operation(operation)
    by_get.document(schema)


def _operations(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in schema["paths"].values():
        yield from methods.values()


def _complete_operation(operation: dict[str, Any]) -> None:
    if "security" in operation:
        operation["security"].append({"JobsToken": []})
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            parameter["description"], parameter["schema"] = PATH[parameter["name"]]
