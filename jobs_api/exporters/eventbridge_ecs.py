"""Amazon EventBridge and ECS: a scheduled rule per line that runs the management command as a Fargate task.

Source: docs.aws.amazon.com/eventbridge/latest/userguide, "Amazon ECS tasks as targets" and "Input
transformation"; the override of the command is that of ECS RunTask.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from jobs_api.exporters.common import cloudformation as cfn
from jobs_api.exporters.common.aws_cron import aws_cron
from jobs_api.exporters.common.comments import marker
from jobs_api.exporters.common.exporter import COMMAND, Dialect, Exporter, Setting
from jobs_api.exporters.common.plan import Entry, Plan
from jobs_api.exporters.common.rows import Row, rows

PARAMETERS: cfn.Values = {
    "ClusterArn": {"Type": "String", "Description": "ARN of the ECS cluster."},
    "TaskDefinitionArn": {
        "Type": "String",
        "Description": "ARN of the web server's task definition; without its revision: the newest.",
    },
    "ContainerName": {"Type": "String", "Default": "web", "Description": "The container with manage.py."},
    "TaskRoleArns": {
        "Type": "CommaDelimitedList",
        "Description": "ARNs of the task role and of the execution role of the task definition.",
    },
    "Subnets": {"Type": "List<AWS::EC2::Subnet::Id>", "Description": "Those of the web server."},
    "SecurityGroups": {
        "Type": "List<AWS::EC2::SecurityGroup::Id>",
        "Description": "Those of the web server: the task needs its database.",
    },
    "AssignPublicIp": {
        "Type": "String",
        "Default": "DISABLED",
        "AllowedValues": ["DISABLED", "ENABLED"],
        "Description": "ENABLED in a subnet without NAT, or the image cannot be pulled.",
    },
    "DeadLetterQueueArn": cfn.DEAD_LETTERS,
}
OVERRIDES = (
    " --parameter-overrides \\\n    ClusterArn=... TaskDefinitionArn=... TaskRoleArns=...,... \\\n"
    "    Subnets=...,... SecurityGroups=..."
)
SCHEDULED = "<scheduled>"


class EventBridgeEcs(Exporter):
    """CloudFormation: a role, and a rule per cron line that starts a task."""

    def render(self, plan: Plan) -> str:
        return cfn.template(self, plan, parameters=PARAMETERS, resources=_resources(plan))

    def how_to_apply(self, plan: Plan) -> str:
        needs = "The task's environment is the web server's: with another database, a slot would run twice."
        count = len(list(_resources(plan)))
        return f"{needs}\n{cfn.how_to_deploy(self.file, more=OVERRIDES, resources=count)}"


def _resources(plan: Plan) -> Iterator[tuple[str, str, cfn.Values]]:
    yield "", "Starter", _role()
    for row in rows(plan, spelled=cfn.logical_id):
        yield marker(row.entry), f"Rule{cfn.logical_id(row.name)}", _rule(plan, row)


def _role() -> cfn.Values:
    task = {"Ref": "TaskDefinitionArn"}
    tasks = [task, {"Fn::Sub": "${TaskDefinitionArn}:*"}]
    run = cfn.allow("ecs:RunTask", tasks, ArnEquals={"ecs:cluster": {"Ref": "ClusterArn"}})
    hand_on = cfn.allow(
        "iam:PassRole",
        {"Ref": "TaskRoleArns"},
        StringLike={"iam:PassedToService": "ecs-tasks.amazonaws.com"},
    )
    return cfn.role("events.amazonaws.com", [run, hand_on])


def _rule(plan: Plan, row: Row) -> cfn.Values:
    network = {
        "Subnets": {"Ref": "Subnets"},
        "SecurityGroups": {"Ref": "SecurityGroups"},
        "AssignPublicIp": {"Ref": "AssignPublicIp"},
    }
    target = {
        "Id": "jobs-api",
        "Arn": {"Ref": "ClusterArn"},
        "RoleArn": cfn.arn("Starter"),
        "EcsParameters": {
            "TaskDefinitionArn": {"Ref": "TaskDefinitionArn"},
            "TaskCount": 1,
            "LaunchType": "FARGATE",
            "NetworkConfiguration": {"AwsVpcConfiguration": network},
        },
        "InputTransformer": {
            "InputPathsMap": {"scheduled": "$.time"},
            "InputTemplate": {"Fn::Sub": _input(plan, row.entry)},
        },
        "RetryPolicy": cfn.retry_policy(row.entry),
        "DeadLetterConfig": cfn.DEAD_LETTER_CONFIG,
    }
    return cfn.resource(
        "AWS::Events::Rule",
        {
            "Description": cfn.description(row.entry),
            "ScheduleExpression": aws_cron(row.line),
            "State": "ENABLED",
            "Targets": [target],
        },
    )


def _input(plan: Plan, entry: Entry) -> str:
    """The override of the command; EventBridge puts the time in with its quotes, so it stands without any."""
    words: list[Any] = [*plan.settings["python"].split(), plan.settings["manage"], *entry.command]
    timed = ["--scheduled-at", SCHEDULED] if entry.job else []
    text = json.dumps({"containerOverrides": [{"name": "NAME", "command": [*words, *timed]}]})
    text = text.replace("${", "${!").replace(f'"{SCHEDULED}"', SCHEDULED)
    return text.replace('"NAME"', '"${ContainerName}"', 1)


exporter = EventBridgeEcs(
    "Amazon EventBridge rules that run ECS tasks",
    "eventbridge-ecs.yaml",
    forms=(COMMAND,),
    dialect=Dialect(last_day=True),
    settings={
        "python": Setting(default="python", help="the Python of the container, with its arguments"),
        "manage": Setting(default="manage.py", help="the path of manage.py in the container"),
    },
)
