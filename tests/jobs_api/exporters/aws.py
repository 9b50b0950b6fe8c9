"""How AWS reads our templates: references, the rules that an event matches, and the request that is sent.

From docs.aws.amazon.com/eventbridge/latest/userguide: "API destinations" (headers, wildcards), "Event
patterns", "Dynamic path parameters", "Input transformation"; and from the scheduler's user guide "Adding
context attributes".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import yaml

from jobs_api.exporters.common.comments import MARK

PSEUDO = {"AWS::AccountId", "AWS::NoValue", "AWS::Region", "AWS::StackName"}
HEADERS = {
    "User-Agent": "Amazon/EventBridge/ApiDestinations",
    "Range": "bytes=0-1048575",
    "Accept-Encoding": "gzip,deflate",
    "Connection": "close",
}
CONTENT_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """What an API destination is sent; its Authorization comes from the connection."""

    path: str
    body: dict[str, Any]


def read(text: str) -> dict[str, Any]:
    """A template."""
    return dict(yaml.safe_load(text))


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """The properties of the resources of a type, by their logical ids."""
    found = {name: each for name, each in template["Resources"].items() if each["Type"] == kind}
    return {name: each["Properties"] for name, each in found.items()}


def declared(text: str) -> dict[str, Any]:
    """What the comment before each resource says, by the resource's logical id."""
    pairs = re.findall(rf"^  # {MARK}(.+)\n  (\w+):$", text, re.MULTILINE)
    return {name: json.loads(said) for said, name in pairs}


def references(value: Any) -> Iterator[str]:
    """The names that a template's functions refer to."""
    if isinstance(value, list):
        for member in value:
            yield from references(member)
    elif isinstance(value, dict):
        for key, member in value.items():
            if key == "Ref":
                yield member
            elif key == "Fn::GetAtt":
                yield member[0]
            elif key == "Fn::If":
                yield member[0]
                yield from references(member[1:])
            elif key == "Fn::Sub":
                yield from re.findall(r"\$\{([^!}]+)\}", member)
            else:
                yield from references(member)


def scheduled_event(at: str) -> dict[str, Any]:
    """What a scheduled rule sends to its targets."""
    return {
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": at,
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:123456789012:rule/my-scheduled-rule"],
        "detail": {},
    }


def put_event(schedule: dict[str, Any], scheduled: str, put: str) -> dict[str, Any]:
    """What the templated target PutEvents of a schedule puts on its bus."""
    detail = schedule["Target"]["Input"].replace("<aws.scheduler.scheduled-time>", scheduled)
    parameters = schedule["Target"]["EventBridgeParameters"]
    kind = {"detail-type": parameters["DetailType"], "source": parameters["Source"]}
    return {**scheduled_event(put), **kind, "resources": [], "detail": json.loads(detail)}


def matching(template: dict[str, Any], event: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules whose pattern an event matches."""
    rules = of_type(template, "AWS::Events::Rule").values()
    return [rule for rule in rules if "EventPattern" in rule and _matches(rule["EventPattern"], event)]


def _matches(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    return all(
        _matches(want, event.get(key, {})) if isinstance(want, dict) else _is_among(want, event.get(key))
        for key, want in pattern.items()
    )


def _is_among(wanted: list[Any], value: Any) -> bool:
    return any(
        (value is not None) == want["exists"] if isinstance(want, dict) else want == value for want in wanted
    )


def request(template: dict[str, Any], rule: dict[str, Any], event: dict[str, Any]) -> Request:
    """The request of a rule with one target."""
    (target,) = rule["Targets"]
    (name, attribute) = target["Arn"]["Fn::GetAtt"]
    assert attribute == "Arn"
    destination = of_type(template, "AWS::Events::ApiDestination")[name]
    assert destination["HttpMethod"] == "POST"
    url = destination["InvocationEndpoint"]
    parameters = target["HttpParameters"]
    for value in parameters.get("PathParameterValues", []):
        url = url.replace("*", quote(_filled(value, event), safe=""), 1)
    assert "*" not in url
    query = {key: _filled(value, event) for key, value in parameters["QueryStringParameters"].items()}
    return Request(f"{url}?{urlencode(query)}", event)


def _filled(value: str, event: dict[str, Any]) -> str:
    """A value, or what the whole of it points at."""
    if not value.startswith("$."):
        return value
    found: Any = event
    for step in value[2:].split("."):
        found = found[step]
    assert isinstance(found, str)
    return found


def transformed(target: dict[str, Any], event: dict[str, Any], **parameters: str) -> Any:
    """What the input transformer of a target makes of an event."""
    transformer = target["InputTransformer"]
    text = transformer["InputTemplate"]["Fn::Sub"]
    for name, value in parameters.items():
        text = text.replace(f"${{{name}}}", value)
    text = text.replace("${!", "${")
    for name, path in transformer["InputPathsMap"].items():
        text = text.replace(f"<{name}>", json.dumps(_filled(path, event)))
    return json.loads(text)
