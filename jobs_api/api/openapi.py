"""What the document says of each endpoint: parameters, bodies, and every answer with its headers.

As strict as the server: what is refused here is refused there, and what is allowed is taken, but for what
only the declared jobs, their schedules and the stored runs can tell.
"""

from __future__ import annotations

import re
from typing import Any

from jobs_api.api.manners import NEVER, VARY
from jobs_api.api.prefer import MOST_SECONDS
from jobs_api.api.schemas import ID, NAME, TEXT, URL, Schema, ref
from jobs_api.callers import SCHEDULED_AT
from jobs_api.models import State
from jobs_api.schedule.run_date import RUN_DATE

JSON, PROBLEM = "application/json", "application/problem+json"

# -- headers ----------------------------------------------------------------------------------


def _header(description: str, schema: Schema, *, required: bool = True) -> Schema:
    return {"description": description, "required": required, "schema": schema}


HEADERS: dict[str, Schema] = {
    "Cache-Control": _header("No cache may keep it", {"type": "string", "enum": [NEVER]}),
    "Vary": _header(
        "For a cache that keeps it all the same", {"type": "string", "pattern": f"^{re.escape(VARY)}"}
    ),
    "Allow": _header("The method that this path answers", {"type": "string", "enum": ["GET", "POST"]}),
    "Jobs-Complete": _header("Whether nothing will follow", {"type": "string", "enum": ["true", "false"]}),
    "Jobs-Next-Offset": _header("The `offset` that goes on from here", {"type": "integer", "minimum": 0}),
    "Location": _header("The run", URL),
    "Preference-Applied": _header("What of `Prefer` was applied", TEXT, required=False),
    "Retry-After": _header("Seconds until it is worth asking again", {"type": "integer", "minimum": 1}),
    "WWW-Authenticate": _header("How to say who you are", {"type": "string", "pattern": "^Bearer "}),
}


def _answer(description: str, content: Schema, *headers: str, kind: str = JSON) -> Schema:
    named = ("Cache-Control", "Vary", *headers)
    return {
        "description": description,
        "content": {kind: {"schema": content}},
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in named},
    }


def _problem(description: str, *headers: str, also: str = "") -> Schema:
    """A problem; `also` names the schema of the problems that are more than a refusal."""
    content = {"anyOf": [ref(also), ref("Problem")]} if also else ref("Problem")
    return _answer(description, content, *headers, kind=PROBLEM)


# -- what all answers have in common ----------------------------------------------------------

Answers = dict[int, Schema]

_METHOD: Answers = {405: _problem("Another method", "Allow")}
_BROKEN: Answers = {500: _problem("Something broke on the server; its log tells")}
_GUARDED: Answers = {
    **_METHOD,
    **_BROKEN,
    401: _problem("No valid token", "WWW-Authenticate"),
    403: _problem("The scope is missing, or plain http"),
    422: _problem("Bad input, named with its remedy"),
    429: _problem("Too many wrong tokens from this address", "Retry-After"),
    503: _problem("The database cannot take it now", "Retry-After"),
}
_UNKNOWN: Answers = {404: _problem("No such job or run, or the token's patterns hide it")}
_KNOWN: Answers = {**_GUARDED, **_UNKNOWN}
_SENT: Answers = {
    408: _problem("The body came too slowly; nothing was done"),
    411: _problem("The body came in chunks, which this server does not hand over"),
    413: _problem("The body is over 64 KB"),
}
_OUTCOMES: Answers = {
    **_KNOWN,
    **_SENT,
    200: _answer(
        "succeeded, already_succeeded, paused, cancelled, expired or overlap_skipped",
        ref("Outcome"),
        "Preference-Applied",
    ),
    202: _answer(
        "accepted or already_running", ref("Outcome"), "Location", "Retry-After", "Preference-Applied"
    ),
    409: _problem(
        "With handling=strict, force or rerun: already_succeeded, already_running, overlap_skipped; "
        "with force or rerun also expired",
        "Preference-Applied",
        also="OutcomeProblem",
    ),
    500: _problem(
        "failed or attempts_exhausted; or something broke", "Preference-Applied", also="OutcomeProblem"
    ),
    503: _problem(
        "retry_later, submit_failed, or the database cannot take it now",
        "Retry-After",
        "Preference-Applied",
        also="OutcomeProblem",
    ),
}

# -- what is sent -----------------------------------------------------------------------------


def _nullable(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


_STORABLE: Schema = {"type": "string", "pattern": "^[^\\u0000]*$"}
_RUN_DATE: Schema = {
    "type": "string",
    "pattern": "^" + re.sub(r"\?P<\w+>", "", RUN_DATE.pattern) + "$",
    "examples": ["2026-11-20T03:00:00+01:00", "2026-11-20"],
}
_INSTANT: Schema = {
    "type": "string",
    "anyOf": [{"format": "date-time"}, {"format": "date"}],
    "pattern": "^(19[7-9][0-9]|[2-8][0-9]{3})-",
    "examples": ["2026-11-20T03:00:00+01:00", "2026-11-20"],
}
_REASON: Schema = {**_nullable(_STORABLE), "maxLength": 1000, "description": "Goes on record"}
_OPTIONS: Schema = {
    "type": ["object", "null"],
    "additionalProperties": True,
    "description": "As the job's params declare them",
}
_WORDS = ["true", "false", "1", "0", ""]
_FLAG: Schema = {
    "type": ["boolean", "string", "integer", "null"],
    "enum": [True, False, *_WORDS, 1, 0, None],
    "description": "True or false; as text or number for callers that can send nothing else",
}


def _query(name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _number(lowest: int, highest: int) -> Schema:
    return {"type": "integer", "minimum": lowest, "maximum": highest}


def _body(*required: str, **members: Schema) -> Schema:
    """No `type` where none is required: what is not an object is taken, and ignored."""
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
_SOURCE = _query("source", "Who calls, for the record; its first 100 characters are kept", _STORABLE)
_PREFER: Schema = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": "RFC 7240: wait=N, respond-async, handling=strict; what is not understood is ignored",
    "schema": TEXT,
}

_SCHEDULED_AT: Schema = {
    "name": SCHEDULED_AT,
    "in": "header",
    "required": False,
    "description": "As `scheduled_at` in the query, which is stronger",
    "schema": _STORABLE,
}

# -- the endpoints ----------------------------------------------------------------------------


def _extra(*scopes: str, answers: Answers, **more: Any) -> dict[str, Any]:
    """What Ninja is told of an endpoint. Any one of the scopes is enough; none: it is open."""
    told = {"responses": dict(sorted(answers.items())), **more}
    return {"openapi_extra": {**told, "x-scopes": list(scopes)} if scopes else told}


TRIGGER = _extra(
    "trigger",
    answers=_OUTCOMES,
    parameters=[
        _query(
            "run_date", "The slot, ISO 8601 with offset, or a date; the current one if missing", _RUN_DATE
        ),
        _query(
            "force",
            "Rerun, or start where there is no run; needs operate",
            {"type": "string", "enum": _WORDS},
        ),
        _query(
            "scheduled_at",
            "Takes the place of the time now; one that is unreadable or in the future is ignored and noted",
            _STORABLE,
        ),
        _query(
            "max_late", "Seconds; an older slot is expired to you, and stays due", _number(0, MOST_SECONDS)
        ),
        _query("wait", "Seconds to wait for a run that is under way", _number(0, MOST_SECONDS)),
        _SOURCE,
        _PREFER,
        _SCHEDULED_AT,
    ],
    requestBody=_body(run_date=_nullable(_RUN_DATE), options=_OPTIONS, force=_FLAG, reason=_REASON),
)
RUN_DUE = _extra(
    "trigger",
    answers={
        **_GUARDED,
        **_SENT,
        200: _answer("Nothing is left to do", ref("Due")),
        202: _answer("Work remains; call again", ref("Due"), "Retry-After"),
        500: _problem("An attempt that this call ran has failed; or something broke", also="DueProblem"),
    },
    parameters=[_SOURCE],
    requestBody=_body(),
)
JOBS = _extra("read", answers={**_GUARDED, 200: _answer("The jobs", ref("Jobs"))})
JOB = _extra("read", answers={**_KNOWN, 200: _answer("The job", ref("Job"))})
RUNS = _extra(
    "read",
    answers={**_KNOWN, 200: _answer("A page of runs", ref("Runs"))},
    parameters=[
        _query("state", "Runs in this state only", {"type": "string", "enum": list(State.values)}),
        _query("since", "run_date from here on", _INSTANT),
        _query("until", "run_date before this", _INSTANT),
        _query("limit", "How many; 50 if missing", _number(1, 200)),
        _query("cursor", "`next` of the page before", {"type": "string", "pattern": "^[-_A-Za-z0-9]+=*$"}),
    ],
)
RUN = _extra(
    "read",
    "trigger",
    answers={
        **_KNOWN,
        200: _answer("It has ended", ref("RunDetail")),
        202: _answer("It is in flight", ref("RunDetail"), "Retry-After"),
    },
)
OUTPUT = _extra(
    "read",
    answers={
        **_KNOWN,
        200: _answer("What it wrote", TEXT, "Jobs-Next-Offset", "Jobs-Complete", kind="text/plain"),
    },
    parameters=[
        _query("offset", "Bytes of the whole stream to leave out", _number(0, 10**15 - 1)),
        _query("attempt", "An earlier attempt; the newest if missing", _number(0, 10**15 - 1)),
    ],
)
RERUN = _extra("operate", answers=_OUTCOMES, requestBody=_body(options=_OPTIONS, reason=_REASON))
CANCEL = _extra(
    "operate",
    answers={
        **_KNOWN,
        **_SENT,
        200: _answer("Cancelled", ref("Run")),
        202: _answer("Asked to stop", ref("Run"), "Location", "Retry-After"),
        409: _problem("It has ended"),
    },
    requestBody=_body(reason=_REASON),
)
BACKFILL = _extra(
    "operate",
    answers={
        **_KNOWN,
        **_SENT,
        200: _answer("A dry run: what would be queued", ref("Backfill")),
        202: _answer("Queued", ref("Backfill")),
    },
    requestBody=_body(
        "start", "end", start=_INSTANT, end=_INSTANT, reason=_REASON, dry_run=_FLAG, options=_OPTIONS
    ),
)
PAUSE = _extra(
    "operate",
    answers={**_KNOWN, **_SENT, 200: _answer("Whether it is paused now", ref("Pause"))},
    requestBody=_body(reason=_REASON),
)
LIVE = _extra(answers={**_METHOD, 200: _answer("Well", ref("Well"))})
READY = _extra(
    answers={
        **_METHOD,
        **_BROKEN,
        200: _answer("Well", ref("Well")),
        503: _problem("Not well; `detail` says what", "Retry-After"),
    }
)
HEALTH_JOBS = _extra(
    "read",
    answers={
        **_GUARDED,
        200: _answer("Well", ref("Health")),
        503: _problem(
            "Missed or failing, named; or the database cannot take it", "Retry-After", also="HealthProblem"
        ),
    },
)
