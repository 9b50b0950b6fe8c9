"""Amazon EventBridge Scheduler: a schedule per line, in its zone, that calls the endpoint through a bus.

A schedule cannot call a URL: it puts an event on a bus, with its scheduled time in `detail`, and a rule sends
it to an API destination. `jobs_api.callers.eventbridge_scheduler` reads that time, as the event's own is the
moment of putting it. Source: docs.aws.amazon.com/scheduler/latest/UserGuide, "Schedule types", "Using
templated targets" and "Adding context attributes"; docs.aws.amazon.com/eventbridge/latest/userguide,
"Dynamic path parameters".
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from jobs_api.callers.eventbridge import SCHEDULES
from jobs_api.exporters.common import cloudformation as cfn
from jobs_api.exporters.common.api_destinations import (
    HOW_TO,
    PARAMETERS,
    api_destinations,
    destination_of,
)
from jobs_api.exporters.common.aws_cron import aws_cron
from jobs_api.exporters.common.comments import marker
from jobs_api.exporters.common.exporter import Dialect, Exporter
from jobs_api.exporters.common.plan import Entry, Plan
from jobs_api.exporters.common.rows import Row, rows

JOB_TYPE, RUN_DUE_TYPE = "Scheduled Job", "Scheduled Run Due"
LONGEST_NAME = 64


class EventBridgeScheduler(Exporter):
    """CloudFormation: schedules, a bus of their own, and the rules that call API destinations."""

    def render(self, plan: Plan) -> str:
        parameters = {**PARAMETERS, "DeadLetterQueueArn": cfn.DEAD_LETTERS}
        return cfn.template(self, plan, parameters=parameters, resources=_resources(plan))

    def how_to_apply(self, plan: Plan) -> str:
        return f"{HOW_TO}\n{cfn.how_to_deploy(self.file, resources=len(list(_resources(plan))))}"


def _resources(plan: Plan) -> Iterator[tuple[str, str, cfn.Values]]:
    yield from api_destinations(plan)
    yield "", "Bus", cfn.resource("AWS::Events::EventBus", {"Name": {"Ref": "AWS::StackName"}})
    yield "", "Schedules", cfn.resource("AWS::Scheduler::ScheduleGroup", {"Name": {"Ref": "AWS::StackName"}})
    put = cfn.allow("events:PutEvents", [cfn.arn("Bus")])
    yield "", "Putter", cfn.role("scheduler.amazonaws.com", [put])
    yield from _rules(plan)
    ids = rows(plan, spelled=cfn.logical_id)
    for row, named in zip(rows(plan, limit=LONGEST_NAME), ids, strict=True):
        yield marker(row.entry), f"Schedule{cfn.logical_id(named.name)}", _schedule(row)


# -- schedules ----------------------------------------------------------------------------------


def _schedule(row: Row) -> cfn.Values:
    entry = row.entry
    target = {
        "Arn": cfn.arn("Bus"),
        "RoleArn": cfn.arn("Putter"),
        "EventBridgeParameters": {
            "Source": SCHEDULES,
            "DetailType": JOB_TYPE if entry.job else RUN_DUE_TYPE,
        },
        "Input": json.dumps(_detail(entry)),
        "RetryPolicy": cfn.retry_policy(entry),
        "DeadLetterConfig": cfn.DEAD_LETTER_CONFIG,
    }
    return cfn.resource(
        "AWS::Scheduler::Schedule",
        {
            "Name": row.name,
            "GroupName": {"Ref": "Schedules"},
            "Description": cfn.description(entry),
            "ScheduleExpression": aws_cron(row.line),
            "ScheduleExpressionTimezone": entry.timezone,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "State": "ENABLED",
            "Target": target,
        },
    )


def _detail(entry: Entry) -> dict[str, str]:
    """What the rules read of an event, all text; the scheduler puts the time in."""
    late = {} if entry.max_late is None else {"max_late": str(entry.max_late)}
    return {"job": entry.name, "scheduled_at": "<aws.scheduler.scheduled-time>", **late}


# -- rules ----------------------------------------------------------------------------------------


def _rules(plan: Plan) -> Iterator[tuple[str, str, cfn.Values]]:
    """A rule for each kind of call; what differs between jobs comes from the event."""
    kinds = {
        "CallJobs": [entry for entry in plan.entries if entry.job and entry.max_late is None],
        "CallJobsInTime": [entry for entry in plan.entries if entry.job and entry.max_late is not None],
        "CallRunDue": [entry for entry in plan.entries if entry.job is None],
    }
    return (("", name, _rule(entries)) for name, entries in kinds.items() if entries)


def _rule(entries: list[Entry]) -> cfn.Values:
    first = entries[0]
    target = {
        "Id": "jobs-api",
        "Arn": cfn.arn(destination_of(first)),
        "RoleArn": cfn.arn("Caller"),
        "HttpParameters": _parameters(first),
        "RetryPolicy": max(map(cfn.retry_policy, entries), key=lambda policy: policy["MaximumRetryAttempts"]),
        "DeadLetterConfig": cfn.DEAD_LETTER_CONFIG,
    }
    properties = {"EventBusName": {"Ref": "Bus"}, "EventPattern": _pattern(first), "State": "ENABLED"}
    return cfn.resource("AWS::Events::Rule", {**properties, "Targets": [target]})


def _pattern(entry: Entry) -> cfn.Values:
    kind = {"source": [SCHEDULES], "detail-type": [JOB_TYPE if entry.job else RUN_DUE_TYPE]}
    if entry.job is None:
        return kind
    return {**kind, "detail": {"max_late": [{"exists": entry.max_late is not None}]}}


def _parameters(entry: Entry) -> cfn.Values:
    names = {"PathParameterValues": ["$.detail.job"]} if entry.job else {}
    late = {} if entry.max_late is None else {"max_late": "$.detail.max_late"}
    return {**names, "QueryStringParameters": {**entry.query, **late}}


exporter = EventBridgeScheduler(
    "Amazon EventBridge Scheduler", "eventbridge-scheduler.yaml", dialect=Dialect(zones=True, last_day=True)
)
