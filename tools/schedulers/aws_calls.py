"""Check with botocore, offline, the calls of AWS that a template of ours leads to. Run by .venv-schedulers.

Its argument is the template; it prints what botocore says against the names and types of each call.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session  # type: ignore[import-not-found,unused-ignore]
import yaml
from botocore.validate import ParamValidator  # type: ignore[import-not-found,unused-ignore]

CALLS = {
    "AWS::Events::Connection": ("events", "CreateConnection"),
    "AWS::Events::ApiDestination": ("events", "CreateApiDestination"),
    "AWS::Events::EventBus": ("events", "CreateEventBus"),
    "AWS::Events::Rule": ("events", "PutRule"),
    "AWS::Scheduler::ScheduleGroup": ("scheduler", "CreateScheduleGroup"),
    "AWS::Scheduler::Schedule": ("scheduler", "CreateSchedule"),
}
LISTS = {"Subnets", "SecurityGroups"}
RENAMED = {"AwsVpcConfiguration": "awsvpcConfiguration"}
"""Members that CloudFormation calls by other names than the API."""
TEXTS = {"EventPattern"}
"""Members that the API takes as JSON."""


def resolved(value: Any) -> Any:
    """With something of its type in the place of each function."""
    if isinstance(value, list):
        return [resolved(member) for member in value]
    if not isinstance(value, dict):
        return value
    if "Fn::If" in value:
        return resolved(value["Fn::If"][1])
    if "Fn::Sub" in value:
        return value["Fn::Sub"]
    if "Fn::GetAtt" in value:
        return f"arn:aws:x:eu-west-1:123456789012:{value['Fn::GetAtt'][0]}"
    if (name := value.get("Ref")) is not None:
        return [name] if name in LISTS else 5 if name == "CallsPerSecond" else name
    pairs = {RENAMED.get(key, key): resolved(member) for key, member in value.items()}
    return {key: json.dumps(member) if key in TEXTS else member for key, member in pairs.items()}


def calls(template: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Service, operation and parameters of each call."""
    for name, resource in template["Resources"].items():
        if resource["Type"] not in CALLS:
            continue
        service, operation = CALLS[resource["Type"]]
        properties = resolved(resource["Properties"])
        targets = properties.pop("Targets", None)
        # CloudFormation names what we leave without a name.
        yield service, operation, {"Name": name, **properties}
        if targets is not None:
            yield service, "PutTargets", {"Rule": name, "Targets": targets}


def main(path: str) -> int:
    """The exit status is 1 if botocore says anything."""
    session, wrong = botocore.session.get_session(), []
    for service, operation, parameters in calls(yaml.safe_load(Path(path).read_text())):
        shape = session.get_service_model(service).operation_model(operation).input_shape
        report = ParamValidator().validate(parameters, shape)
        if report.has_errors():
            wrong.append(f"{operation} {parameters.get('Name', '')}: {report.generate_report()}")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
