"""cfn-lint, with AWS's own schemas: it knows types, properties, enums and limits, and a rule's cron."""

from __future__ import annotations

import re

from tools.schedulers.validating import Validator, complaints, replaced


def check(text: str) -> list[str]:
    """It prints a line for each fault, warnings too."""
    return complaints("cfn-lint", "--format", "parseable", "--", "{file}", text=text, file="template.yaml")


def _with_a_unix_line(text: str) -> str:
    """A schedule's cron is not looked at, so only rules are broken."""
    return (
        text if "AWS::Scheduler" in text or "EcsParameters" in text else text.replace("cron(0 ", "cron(", 1)
    )


def _with_too_many_repeats(text: str) -> str:
    return re.sub("(Target:\n.*?MaximumRetryAttempts: )8", r"\g<1>186", text, count=1, flags=re.DOTALL)


validator = Validator(
    title="CloudFormation: cfn-lint",
    exporters=("eventbridge", "eventbridge-scheduler", "eventbridge-ecs"),
    check=check,
    needs=("cfn-lint",),
    broken={
        "an unknown type": replaced('"AWS::Scheduler::Schedule"', '"AWS::Schedulers::Schedule"'),
        "an unknown property": replaced("ScheduleExpressionTimezone:", "Timezone:"),
        "a launch type that there is not": replaced('LaunchType: "FARGATE"', 'LaunchType: "FARGAT"'),
        "a method that there is not": replaced('HttpMethod: "POST"', 'HttpMethod: "SEND"'),
        "no task": replaced("TaskCount: 1", "TaskCount: 0"),
        "a cron line of Unix in a rule": _with_a_unix_line,
        "a role that there is not": replaced('- "Starter"', '- "Started"'),
        "a window that there is not": replaced('Mode: "OFF"', 'Mode: "NEVER"'),
        "too many repeats": _with_too_many_repeats,
        "a parameter that there is not": replaced("${CronSecret}", "${Secret}"),
    },
)
