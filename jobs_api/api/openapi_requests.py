"""What the OpenAPI document says of requests: parameters and bodies.

It is as strict as the server, except for what only the declared jobs, their schedules and the stored runs
decide.
"""

from __future__ import annotations

import re

from jobs_api.api.openapi_responses import JSON
from jobs_api.api.schemas import ID, NAME, TEXT, Schema
from jobs_api.auth.headers import TRACEPARENT
from jobs_api.callers import SCHEDULED_AT
from jobs_api.schedule.run_date import RUN_DATE


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    return {**schema, "type": [schema["type"], "null"]}


STORABLE: Schema = {"type": "string", "pattern": "^[^\\u0000]*$"}
SLOT: Schema = {
    "type": "string",
    "pattern": "^" + re.sub(r"\?P<\w+>", "", RUN_DATE.pattern) + "$",
    "examples": ["2026-11-20T03:00:00+01:00", "2026-11-20"],
}
INSTANT: Schema = {
    "type": "string",
    "anyOf": [{"format": "date-time"}, {"format": "date"}],
    "pattern": "^(19[7-9][0-9]|[2-8][0-9]{3})-",
    "examples": ["2026-11-20T03:00:00+01:00", "2026-11-20"],
}
UNTIL: Schema = {
    "type": ["string", "null"],
    "format": "date-time",
    "pattern": "^(19[7-9][0-9]|[2-8][0-9]{3})-",
    "description": "When the pause ends by itself, with an offset; null: when somebody resumes the job",
    "examples": ["2026-12-01T06:00:00+01:00"],
}
GLOBS: Schema = {
    "type": "array",
    "items": {**STORABLE, "minLength": 1, "maxLength": 100},
    "minItems": 1,
    "maxItems": 100,
    "description": "Names or globs; each matches a job that the token covers",
    "examples": [["report_*", "nightly"]],
}
REASON: Schema = {**nullable(STORABLE), "maxLength": 1000, "description": "Is stored with the record"}
OPTIONS: Schema = {
    "type": ["object", "null"],
    "additionalProperties": True,
    "description": "As the job's params declare them",
}
WORDS = ["true", "false", "1", "0", ""]
FLAG: Schema = {
    "type": ["boolean", "string", "integer", "null"],
    "enum": [True, False, *WORDS, 1, 0, None],
    "description": "True or false; as text or number for callers that can send nothing else",
}


def query(name: str, description: str, schema: Schema) -> Schema:
    """A parameter of the query; none is required."""
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def number(lowest: int, highest: int) -> Schema:
    """A whole number."""
    return {"type": "integer", "minimum": lowest, "maximum": highest}


def body(*required: str, **members: Schema) -> Schema:
    """A JSON body. Without required members it has no `type`: the server ignores what is not an object."""
    schema: Schema = {"properties": members, "additionalProperties": False}
    if required:
        schema = {"type": "object", "required": list(required), **schema}
    ignored = "" if required else "Anything but a JSON object, and a platform's own event, is ignored."
    return {
        "required": bool(required),
        "description": ignored or "A JSON object.",
        "content": {JSON: {"schema": schema}},
    }


PATH = {
    "name": ("The job's name", NAME),
    "run_id": ("The run's number", ID),
}
SOURCE = query("source", "Who calls, for the record; its first 100 characters are kept", STORABLE)
PREFER: Schema = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": "RFC 7240: wait=N, respond-async, handling=strict; what is not understood is ignored",
    "schema": TEXT,
}

TRACED: Schema = {
    "name": TRACEPARENT,
    "in": "header",
    "required": False,
    "description": "The caller's W3C trace context, kept with the attempt; an invalid one is ignored",
    "schema": TEXT,
}
SCHEDULED: Schema = {
    "name": SCHEDULED_AT,
    "in": "header",
    "required": False,
    "description": "As `scheduled_at` in the query, which is stronger",
    "schema": STORABLE,
}
