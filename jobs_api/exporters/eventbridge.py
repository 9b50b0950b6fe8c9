"""Amazon EventBridge: a scheduled rule per line that calls an API destination.

Source: docs.aws.amazon.com/eventbridge/latest/userguide, "API destinations", "Creating a rule that runs on a
schedule" and "Retry policy and dead-letter queues". The body stays the event, as `jobs_api.callers` reads the
scheduled time from it.
"""

from __future__ import annotations

from collections.abc import Iterator

from jobs_api.exporters.common import cloudformation as cfn
from jobs_api.exporters.common.api_destinations import HOW_TO, PARAMETERS, api_destinations, destination_of
from jobs_api.exporters.common.aws_cron import aws_cron
from jobs_api.exporters.common.comments import marker
from jobs_api.exporters.common.exporter import Dialect, Exporter
from jobs_api.exporters.common.plan import Plan
from jobs_api.exporters.common.rows import Row, rows


class EventBridge(Exporter):
    """CloudFormation: a connection, API destinations, and a rule per cron line."""

    def render(self, plan: Plan) -> str:
        parameters = {**PARAMETERS, "DeadLetterQueueArn": cfn.DEAD_LETTERS}
        return cfn.template(self, plan, parameters=parameters, resources=_resources(plan))

    def how_to_apply(self, plan: Plan) -> str:
        return f"{HOW_TO}\n{cfn.how_to_deploy(self.file, resources=len(list(_resources(plan))))}"


def _resources(plan: Plan) -> Iterator[tuple[str, str, cfn.Values]]:
    yield from api_destinations(plan)
    for row in rows(plan, spelled=cfn.logical_id):
        yield marker(row.entry), f"Rule{cfn.logical_id(row.name)}", _rule(row)


def _rule(row: Row) -> cfn.Values:
    entry = row.entry
    names = {"PathParameterValues": [entry.name]} if entry.job else {}
    target = {
        "Id": "jobs-api",
        "Arn": cfn.arn(destination_of(entry)),
        "RoleArn": cfn.arn("Caller"),
        "HttpParameters": {**names, "QueryStringParameters": dict(entry.query)},
        "RetryPolicy": cfn.retry_policy(entry),
        "DeadLetterConfig": cfn.DEAD_LETTER_CONFIG,
    }
    return cfn.resource(
        "AWS::Events::Rule",
        {
            "Description": cfn.description(entry),
            "ScheduleExpression": aws_cron(row.line),
            "State": "ENABLED",
            "Targets": [target],
        },
    )


exporter = EventBridge("Amazon EventBridge rules", "eventbridge.yaml", dialect=Dialect(last_day=True))
