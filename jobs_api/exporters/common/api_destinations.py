"""How EventBridge calls the endpoints: a connection with the token, API destinations, and a role.

Source: docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html.
"""

from __future__ import annotations

from collections.abc import Iterator

from jobs_api.exporters.common.cloudformation import Values, allow, arn, resource, role
from jobs_api.exporters.common.plan import Entry, Plan

JOBS, RUN_DUE = "JobsDestination", "RunDueDestination"

PARAMETERS: Values = {
    "CronSecret": {
        "Type": "String",
        "Default": "jobs-api/cron-secret",
        "Description": "Name or ARN of a secret in Secrets Manager. Its text is the value of CRON_SECRET:"
        " one secret, without Bearer.",
    },
    "CallsPerSecond": {
        "Type": "Number",
        "Default": 5,
        "MinValue": 1,
        "MaxValue": 300,
        "Description": "At most this many calls a second; EventBridge keeps the others back.",
    },
}
HOW_TO = (
    "Once, keep CRON_SECRET in Secrets Manager as jobs-api/cron-secret. The stack reads it when its"
    " connection is made: after a new secret, change the connection, or replace the stack."
)


def destination_of(entry: Entry) -> str:
    """The logical id of the destination that an entry calls."""
    return JOBS if entry.job else RUN_DUE


def api_destinations(plan: Plan) -> Iterator[tuple[str, str, Values]]:
    """The connection, the destinations that the plan needs, and the role `Caller`."""
    yield "", "Connection", _connection()
    urls = {destination_of(entry): _url(entry) for entry in plan.entries}
    for name, url in sorted(urls.items()):
        yield "", name, _destination(url)
    names = [{"Fn::GetAtt": [name, "ArnForPolicy"]} for name in sorted(urls)]
    yield "", "Caller", role("events.amazonaws.com", [allow("events:InvokeApiDestination", names)])


def _url(entry: Entry) -> str:
    # The * takes the name of the job from the target.
    return f"{entry.base_url}/jobs/*/run" if entry.job else f"{entry.base_url}/run-due"


def _connection() -> Values:
    value = {"Fn::Sub": "Bearer {{resolve:secretsmanager:${CronSecret}}}"}
    key = {"ApiKeyName": "Authorization", "ApiKeyValue": value}
    parameters = {"ApiKeyAuthParameters": key}
    return resource("AWS::Events::Connection", {"AuthorizationType": "API_KEY", "AuthParameters": parameters})


def _destination(url: str) -> Values:
    return resource(
        "AWS::Events::ApiDestination",
        {
            "ConnectionArn": arn("Connection"),
            "HttpMethod": "POST",
            "InvocationEndpoint": url,
            "InvocationRateLimitPerSecond": {"Ref": "CallsPerSecond"},
        },
    )
