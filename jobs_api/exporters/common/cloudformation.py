"""CloudFormation templates in YAML: their sections, names, and what all of ours for EventBridge share.

Functions are written in the long form (`Fn::Sub:`), so that every YAML parser reads a template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from jobs_api.exporters.common.comments import commented, head
from jobs_api.exporters.common.plan import Entry, Plan
from jobs_api.exporters.common.yaml_text import block

if TYPE_CHECKING:
    from jobs_api.exporters.common.exporter import Exporter

Values = Mapping[str, Any]
LARGE, LARGEST = 25, 500
"""How many resources make a template large, and how many one stack may have."""
LONGEST_DESCRIPTION = 512

DEAD_LETTERS: Values = {
    "Type": "String",
    "Default": "",
    "Description": "ARN of an SQS queue for calls that were given up; it must let the caller's service send"
    " messages. Empty: none.",
}
HAS_DEAD_LETTERS: Values = {"Fn::Not": [{"Fn::Equals": [{"Ref": "DeadLetterQueueArn"}, ""]}]}
DEAD_LETTER_CONFIG: Values = {
    "Fn::If": [
        "HasDeadLetterQueue",
        {"Arn": {"Ref": "DeadLetterQueueArn"}},
        {"Ref": "AWS::NoValue"},
    ]
}


def template(
    exporter: Exporter,
    plan: Plan,
    *,
    parameters: Values,
    resources: Iterable[tuple[str, str, Values]],
) -> str:
    """The whole text.

    Args:
        resources: of each its comment (or none), its logical id, and the resource.
    """
    start = {"AWSTemplateFormatVersion": "2010-09-09", "Description": f"jobs_api: {exporter.title}"}
    conditions = {"HasDeadLetterQueue": HAS_DEAD_LETTERS}
    parts = [
        commented(exporter, head(exporter, plan)),
        block({**start, "Parameters": parameters, "Conditions": conditions}),
        "Resources:\n",
    ]
    for comment, name, resource in resources:
        parts.append((f"  # {comment}\n" if comment else "") + block({name: resource}, 2))
    return "".join(parts)


def how_to_deploy(file: str, *, more: str = "", resources: int) -> str:
    """How to apply a template, for people."""
    command = f"  aws cloudformation deploy --stack-name jobs-api --template-file {file}"
    lines = [
        "Apply it, and each change, with:",
        f"{command} \\",
        f"    --capabilities CAPABILITY_IAM{more}",
    ]
    if resources > LARGE:
        lines.append("A template of more than 51,200 bytes needs --s3-bucket and a bucket of yours.")
    if resources > LARGEST:
        lines.append(f"A stack holds {LARGEST} resources; this has {resources}: export parts with --only.")
    return "\n".join(lines)


def resource(kind: str, properties: Values) -> Values:
    """One resource."""
    return {"Type": kind, "Properties": properties}


def arn(name: str) -> Values:
    """The ARN of a resource of the same template."""
    return {"Fn::GetAtt": [name, "Arn"]}


def logical_id(name: str) -> str:
    """With letters and digits only: `CleanupStaleDrafts` for cleanup_stale_drafts."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", name))


def description(entry: Entry) -> str:
    """What AWS shows beside the name; two braces would begin a reference that CloudFormation looks up."""
    text = " ".join(f"{entry.name}: {entry.description}".split())
    return text.replace("{{", "{ {")[:LONGEST_DESCRIPTION]


def role(service: str, statements: list[Values]) -> Values:
    """The role with which a service of AWS does what the statements allow."""
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return resource(
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [
                {
                    "PolicyName": "call",
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
                }
            ],
        },
    )


def allow(action: str, resources: Any, **condition: Values) -> Values:
    """One statement of a policy; `resources` is a list of ARNs, or a reference to one."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action, "Resource": resources}
    return {**statement, "Condition": condition} if condition else statement


def retry_policy(entry: Entry) -> Values:
    """How often a call is repeated: enough for each try of the job, and never the 185 times in 24 h of AWS.

    A failed try is answered 500, and 503 with Retry-After until its back-off is over: two calls a try. An
    hour later, run-due takes over. run-due itself is called again soon, so it is not repeated.
    """
    if entry.job is None:
        return {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}
    age = 3600 if entry.max_late is None else max(60, min(3600, entry.max_late))
    tries = min(185, 2 * entry.job.max_attempts + 2)
    return {"MaximumRetryAttempts": tries, "MaximumEventAgeInSeconds": age}
