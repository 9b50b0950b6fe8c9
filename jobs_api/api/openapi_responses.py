"""What the OpenAPI document says of responses: headers, problems, and the statuses that endpoints share."""

from __future__ import annotations

import re

from jobs_api.api.manners import NEVER, VARY
from jobs_api.api.schemas import TEXT, URL, Schema, ref

JSON, PROBLEM = "application/json", "application/problem+json"


# -- headers ----------------------------------------------------------------------------------


def _header(description: str, schema: Schema, *, required: bool = True) -> Schema:
    return {"description": description, "required": required, "schema": schema}


HEADERS: dict[str, Schema] = {
    "Cache-Control": _header("No cache may store it", {"type": "string", "enum": [NEVER]}),
    "Vary": _header(
        "For a cache that stores it all the same", {"type": "string", "pattern": f"^{re.escape(VARY)}"}
    ),
    "Allow": _header("The method that this path answers", {"type": "string", "enum": ["GET", "POST"]}),
    "Jobs-Complete": _header("Whether the output is complete", {"type": "string", "enum": ["true", "false"]}),
    "Jobs-Next-Offset": _header("The next `offset`", {"type": "integer", "minimum": 0}),
    "Location": _header("The run", URL),
    "Preference-Applied": _header("The preferences that were applied", TEXT, required=False),
    "Retry-After": _header("Send the request again after so many seconds", {"type": "integer", "minimum": 1}),
    "WWW-Authenticate": _header("Which kind of token to send", {"type": "string", "pattern": "^Bearer "}),
}


def response(description: str, content: Schema, *headers: str, kind: str = JSON) -> Schema:
    """One response of an endpoint: its content, and the headers that it has besides the usual ones."""
    named = ("Cache-Control", "Vary", *headers)
    return {
        "description": description,
        "content": {kind: {"schema": content}},
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in named},
    }


def problem(description: str, *headers: str, also: str = "") -> Schema:
    """A problem; `also` names the schema of the problems that are more than a refusal."""
    content = {"anyOf": [ref(also), ref("Problem")]} if also else ref("Problem")
    return response(description, content, *headers, kind=PROBLEM)


# -- what many endpoints have in common ----------------------------------------------------------

Responses = dict[int, Schema]
"""By status."""

METHOD: Responses = {405: problem("The path does not answer this method", "Allow")}
BROKEN: Responses = {500: problem("An error of the server; see its log")}
GUARDED: Responses = {
    **METHOD,
    **BROKEN,
    401: problem("No valid token", "WWW-Authenticate"),
    403: problem("The scope is missing, or plain http"),
    422: problem("Bad input, named with its remedy"),
    429: problem("Too many wrong tokens from this address", "Retry-After"),
    503: problem("The database is not available", "Retry-After"),
}
UNKNOWN: Responses = {404: problem("No such job or run, or the token's patterns hide it")}
KNOWN: Responses = {**GUARDED, **UNKNOWN}
BODY: Responses = {
    408: problem("The body arrived too slowly; nothing was done"),
    411: problem("The body was sent in chunks, which this server does not support"),
    413: problem("The body is over 64 KB"),
}
OUTCOMES: Responses = {
    **KNOWN,
    **BODY,
    200: response(
        "succeeded, already_succeeded, cancelled, expired or overlap_skipped",
        ref("Outcome"),
        "Preference-Applied",
    ),
    202: response(
        "accepted or already_running", ref("Outcome"), "Location", "Retry-After", "Preference-Applied"
    ),
    409: problem(
        "With handling=strict, force or rerun: already_succeeded, already_running, overlap_skipped; "
        "with force or rerun also expired",
        "Preference-Applied",
        also="OutcomeProblem",
    ),
    500: problem(
        "failed or attempts_exhausted; or an error of the server", "Preference-Applied", also="OutcomeProblem"
    ),
    503: problem(
        "retry_later, submit_failed, or the database is not available",
        "Retry-After",
        "Preference-Applied",
        also="OutcomeProblem",
    ),
}
OR_PAUSED: Responses = {
    **OUTCOMES,
    200: response(
        "succeeded, already_succeeded, paused, cancelled, expired or overlap_skipped",
        {"anyOf": [ref("PausedOutcome"), ref("Outcome")]},
        "Preference-Applied",
    ),
}
