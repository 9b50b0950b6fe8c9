"""What vendors without a validator document of their files, as schemas of our own; closed, so that nothing
unknown passes."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from jobs_api.exporters.common import folder

NUMBER = r"\d+(-\d+)?(/\d+)?|\*(/\d+)?"
LINE = rf"^(({NUMBER})(,({NUMBER}))*( |$)){{5}}$"
"""Five fields of numbers, which each of these takes; days have no names."""
FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
TEXT = {"type": "string", "minLength": 1, "pattern": r"^[^\n]*$"}


def closed(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """An object with these members and no others."""
    members = {"properties": {**required, **optional}, "required": list(required)}
    return {"type": "object", "additionalProperties": False, **members}


CRON = {"type": "string", "pattern": LINE}
FROM_SERVICE = closed({"type": {"const": "web"}, "name": TEXT, "envVarKey": TEXT})
ENV = {
    "oneOf": [
        closed({"key": TEXT, "fromService": FROM_SERVICE}),
        closed({"fromGroup": TEXT}),
        closed({"key": TEXT, "sync": {"const": False}}),
    ]
}
SERVICE = {"type": {"const": "cron"}, "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]*$"}}
COMMANDS = {
    "buildCommand": TEXT,
    "startCommand": TEXT,
    "envVars": {"type": "array", "items": ENV, "minItems": 1},
}
RENDER = closed(
    {
        "services": {
            "type": "array",
            "items": closed(
                {**SERVICE, "runtime": {"const": "python"}, "plan": TEXT, "schedule": CRON, **COMMANDS}
            ),
        }
    }
)
"""render.com/docs/blueprint-spec"""
NEVER = {"enum": ["NEVER", "ON_FAILURE", "ALWAYS"]}
RAILWAY = closed({"deploy": closed({"startCommand": TEXT, "cronSchedule": CRON, "restartPolicyType": NEVER})})
"""docs.railway.com/config-as-code/reference"""
SCHEMA = {"$schema": {"const": "https://openapi.vercel.sh/vercel.json"}}
PATH = {"type": "string", "pattern": "^/[^ ]+$", "maxLength": 512}
VERCEL = closed(
    {**SCHEMA, "crons": {"type": "array", "items": closed({"path": PATH, "schedule": CRON}), "maxItems": 100}}
)
"""vercel.com/docs/cron-jobs"""
ZONED = {"schedule": CRON, "timezone": TEXT}
TARGETS = [
    closed({**ZONED, "path": PATH, "requestMethod": {"const": "GET"}}),
    closed({**ZONED, "function": {"type": "string", "pattern": r"^api/.+\.js$"}}),
]
VERCEL_SCHEDULES = closed(
    {
        **SCHEMA,
        "schedules": {
            "type": "object",
            "propertyNames": {"pattern": "^[a-z0-9][a-z0-9-]*$", "maxLength": 64},
            "additionalProperties": {"oneOf": TARGETS},
        },
    },
    functions={"type": "object"},
)
"""vercel.com/docs/schedules/configuration"""
CRONTAP = closed(
    {"label": TEXT, "url": TEXT, "verb": {"const": "POST"}, "interval": CRON, "timezone": TEXT},
    headers=closed({"Authorization": {"const": "Bearer $CRON_SECRET"}}),
)
"""github.com/Crontap/skills, "REST fallback" """


def faults(schema: dict[str, Any], *values: Any) -> list[str]:
    """What is wrong with values that were read from a file."""
    found = [error.message for value in values for error in Draft202012Validator(schema).iter_errors(value)]
    return found + [f"{line!r} is out of range" for value in values for line in _lines(value) if _out(line)]


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, str) and re.search(LINE, value):
        yield value
    elif isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _lines(member)


def _out(line: str) -> bool:
    fields = zip(line.split(), FIELDS, strict=True)
    return any(
        not least <= int(number) <= greatest
        for field, (least, greatest) in fields
        for number in re.findall(r"(?<!/)\b\d+", field)
    )


def _flyio(text: str) -> list[str]:
    """github.com/aptible/supercronic: variables, then lines of five fields and a command."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    jobs = [line for line in lines if not line.startswith("CRON_TZ=")]
    wrong = [] if lines[0] == "CRON_TZ=UTC" and len(lines) == len(jobs) + 1 else ["CRON_TZ=UTC is not first"]
    whole = [line.split(" ", 5) for line in jobs]
    wrong += [f"no command: {line}" for line in whole if len(line) < 6]
    return wrong + faults({"items": CRON}, [" ".join(line[:5]) for line in whole])


def _heroku(text: str) -> list[str]:
    """devcenter.heroku.com/articles/scheduler: a cadence of three, and a command of one line."""
    rows = [line for line in text.splitlines() if line and not line.startswith("#")]
    wanted = (r"Schedule: +Every (10 minutes|hour at :[0-5]0|day at \d?\d:[03]0 [AP]M)", r"Run Command: \S.*")
    right = all(re.fullmatch(wanted[number % 2], row) for number, row in enumerate(rows))
    return (
        []
        if rows and len(rows) % 2 == 0 and right
        else ["the rows are not pairs of Schedule and Run Command"]
    )


CHECKS: dict[str, Callable[[str], list[str]]] = {
    "render": lambda text: faults(RENDER, yaml.safe_load(text)),
    "railway": lambda text: faults(RAILWAY, *map(tomllib.loads, folder.split(text).values())),
    "vercel": lambda text: faults(VERCEL, json.loads(text)),
    "vercel-schedules": lambda text: faults(VERCEL_SCHEDULES, json.loads(text)),
    "crontap": lambda text: faults(CRONTAP, *map(json.loads, re.findall(r"^\{.*?^\}", text, re.M | re.S))),
    "flyio": _flyio,
    "heroku": _heroku,
}
"""By platform: what is wrong with an export."""
