"""The endpoints in the OpenAPI document: scopes, parameters, bodies, and every response with its headers."""

from __future__ import annotations

from typing import Any

from jobs_api.api.openapi_requests import (
    FLAG,
    GLOBS,
    INSTANT,
    OPTIONS,
    PREFER,
    REASON,
    SCHEDULED,
    SLOT,
    SOURCE,
    STORABLE,
    TRACED,
    UNTIL,
    WORDS,
    body,
    nullable,
    number,
    query,
)
from jobs_api.api.openapi_responses import (
    BODY,
    BROKEN,
    GUARDED,
    KNOWN,
    METHOD,
    OR_PAUSED,
    OUTCOMES,
    Responses,
    problem,
    response,
)
from jobs_api.api.prefer import MOST_SECONDS
from jobs_api.api.schemas import TEXT, ref
from jobs_api.models import State


def _extra(*scopes: str, responses: Responses, **more: Any) -> dict[str, Any]:
    """Arguments for the router. Any one of the scopes is enough; an endpoint without scopes is open."""
    operation = {"responses": dict(sorted(responses.items())), **more}
    return {"openapi_extra": {**operation, "x-scopes": list(scopes)} if scopes else operation}


TRIGGER = _extra(
    "trigger",
    responses=OR_PAUSED,
    parameters=[
        query("run_date", "The slot, ISO 8601 with offset, or a date; the current one if missing", SLOT),
        query(
            "force",
            "Rerun, or start if there is no run; needs operate",
            {"type": "string", "enum": WORDS},
        ),
        query(
            "scheduled_at",
            "Replaces the present time; a value that is unreadable or in the future is ignored and noted",
            STORABLE,
        ),
        query("max_late", "Seconds; an older slot is expired to you, and stays due", number(0, MOST_SECONDS)),
        query("wait", "Seconds to wait for a run that is under way", number(0, MOST_SECONDS)),
        SOURCE,
        PREFER,
        SCHEDULED,
        TRACED,
    ],
    requestBody=body(run_date=nullable(SLOT), options=OPTIONS, force=FLAG, reason=REASON),
)
RUN_DUE = _extra(
    "trigger",
    responses={
        **GUARDED,
        **BODY,
        200: response("Nothing is left to do", ref("Due")),
        202: response("Work remains; call again", ref("Due"), "Retry-After"),
        500: problem("An attempt of this call has failed; or an error of the server", also="DueProblem"),
    },
    parameters=[SOURCE, TRACED],
    requestBody=body(),
)
JOBS = _extra(
    "read",
    responses={**GUARDED, 200: response("The jobs", ref("Jobs"))},
    parameters=[
        query("tag", "Jobs with this tag only", STORABLE),
        query("owner", "Jobs of this owner only; empty: those without one", STORABLE),
    ],
)
JOB = _extra("read", responses={**KNOWN, 200: response("The job", ref("Job"))})
RUNS = _extra(
    "read",
    responses={**KNOWN, 200: response("A page of runs", ref("Runs"))},
    parameters=[
        query("state", "Runs in this state only", {"type": "string", "enum": list(State.values)}),
        query("since", "run_date from here on", INSTANT),
        query("until", "run_date before this", INSTANT),
        query("limit", "How many; 50 if missing", number(1, 200)),
        query("cursor", "`next` of the page before", {"type": "string", "pattern": "^[-_A-Za-z0-9]+=*$"}),
    ],
)
RUN = _extra(
    "read",
    "trigger",
    responses={
        **KNOWN,
        200: response("It has ended", ref("RunDetail")),
        202: response("It is in flight", ref("RunDetail"), "Retry-After"),
    },
)
OUTPUT = _extra(
    "read",
    responses={
        **KNOWN,
        200: response("What it wrote", TEXT, "Jobs-Next-Offset", "Jobs-Complete", kind="text/plain"),
    },
    parameters=[
        query("offset", "Bytes of the whole stream to leave out", number(0, 10**15 - 1)),
        query("attempt", "An earlier attempt; the newest if missing", number(0, 10**15 - 1)),
    ],
)
RERUN = _extra(
    "operate", responses=OUTCOMES, parameters=[TRACED], requestBody=body(options=OPTIONS, reason=REASON)
)
CANCEL = _extra(
    "operate",
    responses={
        **KNOWN,
        **BODY,
        200: response("Cancelled", ref("Run")),
        202: response("The command will stop at its next check", ref("Run"), "Location", "Retry-After"),
        409: problem("It has ended"),
    },
    requestBody=body(reason=REASON),
)
BACKFILL = _extra(
    "operate",
    responses={
        **KNOWN,
        **BODY,
        200: response("A dry run: what would be queued", ref("Backfill")),
        202: response("Queued", ref("Backfill")),
    },
    parameters=[TRACED],
    requestBody=body(
        "start", "end", start=INSTANT, end=INSTANT, reason=REASON, dry_run=FLAG, options=OPTIONS
    ),
)
_OF_A_PAUSE = {**KNOWN, **BODY, 200: response("Whether it is paused now", ref("Pause"))}
_OF_PAUSES = {**KNOWN, **BODY, 200: response("What became of each job", ref("Pauses"))}
PAUSE = _extra("operate", responses=_OF_A_PAUSE, requestBody=body(reason=REASON, until=UNTIL))
RESUME = _extra("operate", responses=_OF_A_PAUSE, requestBody=body(reason=REASON))
PAUSE_JOBS = _extra(
    "operate", responses=_OF_PAUSES, requestBody=body("jobs", jobs=GLOBS, reason=REASON, until=UNTIL)
)
RESUME_JOBS = _extra("operate", responses=_OF_PAUSES, requestBody=body("jobs", jobs=GLOBS, reason=REASON))
SOURCES = _extra("read", responses={**GUARDED, 200: response("Who calls", ref("Sources"))})
LIVE = _extra(responses={**METHOD, 200: response("All is well", ref("Well"))})
READY = _extra(
    responses={
        **METHOD,
        **BROKEN,
        200: response("All is well", ref("Well")),
        503: problem("Not well; `detail` shows why", "Retry-After"),
    }
)
_TEXT = response("The metrics", TEXT, kind="text/plain")
METRICS = _extra(
    "read",
    responses={
        **GUARDED,
        200: {**_TEXT, "content": _TEXT["content"] | {"application/openmetrics-text": {"schema": TEXT}}},
        501: problem("prometheus-client is not installed"),
    },
)
HEALTH_JOBS = _extra(
    "read",
    responses={
        **GUARDED,
        200: response("All is well", ref("Health")),
        503: problem(
            "Jobs that are missed, failing or overdue; or the database is not available",
            "Retry-After",
            also="HealthProblem",
        ),
    },
)
