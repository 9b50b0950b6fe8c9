"""botocore, offline: each call of AWS that the templates lead to has the right names and types."""

from __future__ import annotations

from tools.schedulers.scene import PYTHON, ROOT
from tools.schedulers.validating import Validator, complaints, replaced

SCRIPT = ROOT / "tools/schedulers/aws_calls.py"


def check(text: str) -> list[str]:
    """A line for each fault."""
    return complaints(str(PYTHON), str(SCRIPT), "{file}", text=text, file="template.yaml")


validator = Validator(
    title="AWS calls: botocore",
    exporters=("eventbridge", "eventbridge-scheduler", "eventbridge-ecs"),
    check=check,
    broken={
        "an unknown member": replaced("HttpParameters:", "HTTPParameters:"),
        "a text for a number": replaced("MaximumRetryAttempts: 8", 'MaximumRetryAttempts: "8"'),
        "no zone's name": replaced("ScheduleExpressionTimezone:", "Timezone:"),
        "a window without a mode": replaced("Mode:", "Kind:"),
        "no target's id": replaced('Id: "jobs-api"', 'Name: "jobs-api"'),
        "no method": replaced("HttpMethod:", "Method:"),
        "a cluster without a task": replaced(
            "EcsParameters:\n            Task", "EcsParameters:\n            "
        ),
        "a key that is none": replaced("ApiKeyName:", "KeyName:"),
    },
)
