"""What the schema says of each endpoint beyond its path: bodies, parameters, answers."""

from __future__ import annotations

from typing import Any

_TEXT = {"type": "string"}
_NULL_TEXT = {"type": ["string", "null"]}
_INSTANT = {"type": "string", "format": "date-time"}
_NULL_INSTANT = {"type": ["string", "null"], "format": "date-time"}
_COUNT = {"type": "integer"}
_FLAG = {"type": "boolean"}


def _object(required: bool = True, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        **({"required": list(properties)} if required else {}),
    }


SCHEMAS: dict[str, Any] = {
    "Problem": {
        "description": "RFC 9457. Trigger answers from 400 up carry the members of Outcome too.",
        **_object(type=_TEXT, title=_TEXT, status=_COUNT, detail=_TEXT),
    },
    "RunSummary": _object(
        id=_COUNT,
        state=_TEXT,
        attempt=_COUNT,
        reason=_NULL_TEXT,
        started_at=_NULL_INSTANT,
        finished_at=_NULL_INSTANT,
        duration_ms={"type": ["integer", "null"]},
        url=_TEXT,
    ),
    "Outcome": _object(
        outcome=_TEXT,
        job=_TEXT,
        run_date=_INSTANT,
        run={"oneOf": [{"$ref": "#/components/schemas/RunSummary"}, {"type": "null"}]},
        next_run_date=_NULL_INSTANT,
    ),
    "Due": _object(
        counts={"type": "object"}, runs={"type": "array", "items": {"type": "object"}}, remaining=_COUNT
    ),
    "Run": {
        "allOf": [{"$ref": "#/components/schemas/RunSummary"}],
        **_object(required=False, job=_TEXT, run_date=_INSTANT, tries=_COUNT, attempts={"type": "array"}),
    },
    "Job": _object(
        required=False,
        name=_TEXT,
        description=_TEXT,
        command=_TEXT,
        schedule=_NULL_TEXT,
        timezone=_TEXT,
        next_run_date=_NULL_INSTANT,
        paused=_FLAG,
        health={"enum": ["ok", "paused", "missed", "failing"]},
        last_run={"type": ["object", "null"]},
    ),
    "Any": {"type": "object"},
}


def _json(schema: str, description: str, kind: str = "application/json") -> dict[str, Any]:
    return {
        "description": description,
        "content": {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }


def _problem(description: str) -> dict[str, Any]:
    return _json("Problem", description, "application/problem+json")


_GUARDED: dict[int, Any] = {
    401: _problem("No valid token; WWW-Authenticate says Bearer"),
    403: _problem("The scope is missing, or plain http"),
    429: _problem("Too many wrong tokens from this address; Retry-After"),
    503: _problem("The database cannot take it now; Retry-After"),
}
_KNOWN = {
    **_GUARDED,
    404: _problem("No such job or run"),
    422: _problem("Bad input, named with its remedy"),
}
_SENT = {**_KNOWN, 413: _problem("The body is over 64 KB")}


def _query(name: str, description: str, schema: dict[str, Any] = _TEXT) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _body(description: str, **properties: Any) -> dict[str, Any]:
    schema = {**_object(required=False, **properties), "additionalProperties": False}
    return {
        "required": False,
        "description": description,
        "content": {"application/json": {"schema": schema}},
    }


def _extra(responses: dict[int, Any], **more: Any) -> dict[str, Any]:
    return {"openapi_extra": {"responses": responses, **more}}


_OUTCOMES = {
    200: _json("Outcome", "succeeded, already_succeeded, paused, cancelled, expired or overlap_skipped"),
    202: _json("Outcome", "accepted or already_running; Location, Retry-After"),
    409: _problem("With handling=strict or force: already_succeeded, already_running, overlap_skipped"),
    500: _problem("failed or attempts_exhausted"),
    **_SENT,
    503: _problem("retry_later, submit_failed, or the database cannot take it; Retry-After"),
}
_PREFER = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": "RFC 7240: wait=N, respond-async, handling=strict",
    "schema": _TEXT,
}
_OPTIONS = {"type": "object", "description": "As the job's params declare them"}
_REASON = {"type": "string", "description": "Goes on record", "maxLength": 1000}

TRIGGER = _extra(
    _OUTCOMES,
    parameters=[
        _query("run_date", "The slot, ISO 8601 with offset, or a date; the current one where missing"),
        _query("force", "Rerun, or start where there is no run; needs operate", _FLAG),
        _query("wait", "Seconds to wait for a run that another trigger holds", _COUNT),
        _query("source", "Who calls, for the record"),
        _PREFER,
    ],
    requestBody=_body(
        "Anything that is not a JSON object is ignored.",
        run_date=_TEXT,
        options=_OPTIONS,
        force=_FLAG,
        reason=_REASON,
    ),
)
RUN_DUE = _extra(
    {
        200: _json("Due", "Nothing is left to do"),
        202: _json("Due", "Work remains; call again"),
        500: _problem("An attempt that this call ran has failed; the members of Due"),
        **{status: said for status, said in _SENT.items() if status != 404},
    },
    parameters=[_query("source", "Who calls, for the record")],
)
JOBS = _extra({200: _json("Any", "The jobs, as `jobs`"), **_GUARDED})
JOB = _extra({200: _json("Job", "The job"), **_KNOWN})
RUNS = _extra(
    {200: _json("Any", "The runs, as `runs`; `next` is the cursor of the next page"), **_KNOWN},
    parameters=[
        _query("state", "queued, claimed, running, succeeded, failed, cancelled or skipped"),
        _query("since", "run_date from here on"),
        _query("until", "run_date before this"),
        _query("limit", "1 to 200", _COUNT),
        _query("cursor", "`next` of the page before"),
    ],
)
RUN = _extra({200: _json("Run", "It has ended"), 202: _json("Run", "It is in flight; Retry-After"), **_KNOWN})
OUTPUT = _extra(
    {
        200: {
            "description": "Jobs-Next-Offset, Jobs-Complete",
            "content": {"text/plain": {"schema": _TEXT}},
        },
        **_KNOWN,
    },
    parameters=[
        _query("offset", "Bytes of the whole stream to leave out", _COUNT),
        _query("attempt", "An earlier attempt; the newest where missing", _COUNT),
    ],
)
RERUN = _extra(_OUTCOMES, requestBody=_body("Optional", options=_OPTIONS, reason=_REASON))
CANCEL = _extra(
    {
        200: _json("Run", "Cancelled"),
        202: _json("Run", "Asked to stop"),
        409: _problem("It has ended"),
        **_SENT,
    },
    requestBody=_body("Optional", reason=_REASON),
)
BACKFILL = _extra(
    {200: _json("Any", "A dry run: what would be queued"), 202: _json("Any", "Queued"), **_SENT},
    requestBody=_body("Needed", start=_TEXT, end=_TEXT, reason=_REASON, dry_run=_FLAG, options=_OPTIONS),
)
PAUSE = _extra(
    {200: _json("Any", "`changed` tells whether it was otherwise before"), **_SENT},
    requestBody=_body("Optional", reason=_REASON),
)
HEALTH = _extra({200: _json("Any", "Well"), 503: _problem("Not well; `detail` says what")})
HEALTH_JOBS = _extra(
    {200: _json("Any", "Well"), **_GUARDED, 503: _problem("Missed or failing; `detail` names the jobs")}
)
