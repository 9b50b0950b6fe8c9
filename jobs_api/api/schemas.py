"""The JSON of responses, as JSON Schema: the members that `members`, `responses` and the views build.

Every member is required, because each is always there. Tests compare each schema with real responses.
"""

from __future__ import annotations

from typing import Any

from jobs_api.api.responses import OUTCOMES
from jobs_api.models import Reason, State
from jobs_api.monitoring.health import RED
from jobs_api.registry.metadata import MOST_TAGS, OWNER_LENGTH, RUNBOOK_LENGTH, TAG_LENGTH
from jobs_api.runs.underway import EACH
from jobs_api.triggers.backfill import BACKFILL_LIMIT

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NULL_TEXT: Schema = {"type": ["string", "null"]}
INSTANT: Schema = {"type": "string", "format": "date-time"}
NULL_INSTANT: Schema = {"type": ["string", "null"], "format": "date-time"}
URL: Schema = {"type": "string", "format": "uri-reference"}
NULL_URL: Schema = {**URL, "type": ["string", "null"]}
COUNT: Schema = {"type": "integer", "minimum": 0}
NULL_INTEGER: Schema = {"type": ["integer", "null"]}
NULL_COUNT: Schema = {"type": ["integer", "null"], "minimum": 0}
FLAG: Schema = {"type": "boolean"}
ID: Schema = {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}
"""A path may have a number of at most so many digits."""
NAME: Schema = {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$", "maxLength": 100}
KINDS = (*RED, "paused")
NAMED = 20
"""So many jobs of each kind health names, and so many runs run-due: the response stays under 8 KB."""
NAMED_LENGTH = 1000
"""And so many characters of names of each kind."""
SOURCES_LENGTH = 2000
"""And so many characters of sources."""
DIFFERING = 10
PAUSES, PAUSES_LENGTH, SHORT_REASON = 5, 6000, 300
"""So many pauses health tells of, if the whole is not longer than so many bytes, and so many of a reason."""
SHOWN = 100
"""So many slots a backfill names."""


def ref(name: str) -> Schema:
    """A schema of the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def null_or(name: str) -> Schema:
    """A schema of the components, or null."""
    return {"oneOf": [ref(name), {"type": "null"}]}


def listed(items: Schema, most: int | None = None) -> Schema:
    """A list of such items, at most `most` of them."""
    return {"type": "array", "items": items, **({} if most is None else {"maxItems": most})}


def whole(description: str, /, **members: Schema) -> Schema:
    """An object that always has all of these members."""
    return {"type": "object", "description": description, "properties": members, "required": list(members)}


UNTIL = "When it ends by itself; null: when somebody resumes the job"
WAITING = "How many queued slots and retries wait"

_PROBLEM: dict[str, Schema] = {
    "type": {**URL, "description": "The address of a page that explains it"},
    "title": TEXT,
    "status": {"type": "integer", "minimum": 400, "maximum": 599},
    "detail": {**TEXT, "description": "What is wrong, and what to do"},
}
_SUMMARY: dict[str, Schema] = {
    "id": ID,
    "state": ref("State"),
    "attempt": {**COUNT, "description": "The newest one; 0 before the first"},
    "reason": null_or("Reason"),
    "started_at": NULL_INSTANT,
    "finished_at": NULL_INSTANT,
    "duration_ms": NULL_COUNT,
    "url": URL,
}
_OUTCOME: dict[str, Schema] = {
    "outcome": ref("OutcomeName"),
    "job": NAME,
    "run_date": INSTANT,
    "run": null_or("RunSummary"),
    "next_run_date": NULL_INSTANT,
}
_DUE: dict[str, Schema] = {
    "counts": {
        "type": "object",
        "description": "How many slots led to which outcome",
        "propertyNames": ref("OutcomeName"),
        "additionalProperties": {"type": "integer", "minimum": 1},
    },
    "runs": listed(ref("DueRun"), NAMED),
    "remaining": COUNT,
}
_RUN: dict[str, Schema] = {
    "job": NAME,
    "run_date": INSTANT,
    **_SUMMARY,
    "tries": COUNT,
    "trigger": TEXT,
    "source": NULL_TEXT,
    "created_at": INSTANT,
    "next_attempt_at": NULL_INSTANT,
    "cancel_requested_at": NULL_INSTANT,
    "progress": null_or("Progress"),
    "output_url": URL,
}
_HEALTH: dict[str, Schema] = {
    "health": {"type": "string", "enum": ["ok", "red"]},
    "counts": whole("How many jobs of each kind", **dict.fromkeys((*KINDS, "unstarted", "unknown"), COUNT)),
    **dict.fromkeys(KINDS, listed(NAME, NAMED)),
    "unstarted": {
        **listed(NAME, NAMED),
        "description": "Jobs with a queued slot that nobody has started for longer than their grace; "
        "this does not change `health`",
    },
    "unknown": {
        **listed(NAME, NAMED),
        "description": "Jobs that the database does not know as they are declared, so that nothing counts as "
        "missed: nobody has migrated or called since. This does not change `health`",
    },
    "clock": {**NULL_TEXT, "description": "What is wrong with the clock of the host that answers"},
    "differing": {**listed(NAME, DIFFERING), "description": "Jobs that hosts declare differently"},
    "pauses": {
        **listed(ref("PausedJob"), PAUSES),
        "description": "Why the jobs are paused that have been so for longest; fewer if there is no room",
    },
    "alerts": ref("Alerts"),
    "history": ref("History"),
    "check_ins": {
        **listed(ref("FailingMonitor")),
        "description": "Outside monitors that take no check-ins; this does not change `health`. A token for "
        "some jobs sees none",
    },
    "last_call_at": {
        **NULL_INSTANT,
        "description": "When anybody last called, as far as the token may see",
    },
    "silent_count": {
        **COUNT,
        "description": "How many sources are silent, also for some job only; this does not change `health`",
    },
    "sources": {**listed(ref("Source")), "description": "Silent ones first, as many as fit into the answer"},
}

SCHEMAS: dict[str, Schema] = {
    "State": {"type": "string", "enum": list(State.values)},
    "Reason": {"type": "string", "enum": list(Reason.values)},
    "OutcomeName": {"type": "string", "enum": list(OUTCOMES)},
    "Problem": whole("RFC 9457", **_PROBLEM),
    "RunSummary": whole("A run in a trigger's answer", **_SUMMARY),
    "Outcome": whole("What a trigger led to", **_OUTCOME),
    "PausedJob": whole(
        "A paused job, in the health of the jobs",
        job=NAME,
        started_at=INSTANT,
        until={**NULL_INSTANT, "description": UNTIL},
        actor={**NULL_TEXT, "description": "Who paused the job"},
        reason={**NULL_TEXT, "description": "Why; the beginning of a long one"},
        waiting={**COUNT, "description": WAITING},
    ),
    "PausedOutcome": whole(
        "What a trigger of a paused job led to: nothing was started", **_OUTCOME, pause=ref("PauseInForce")
    ),
    "OutcomeProblem": whole("What a trigger led to, as RFC 9457", **_PROBLEM, **_OUTCOME),
    "PauseInForce": whole(
        "The pause for which a trigger has started nothing",
        started_at=INSTANT,
        until={**NULL_INSTANT, "description": UNTIL},
        actor={**NULL_TEXT, "description": "Who paused the job"},
        reason={**NULL_TEXT, "description": "Why; the beginning of a long one"},
    ),
    "DueRun": whole(
        "A slot that run-due handled and that did not succeed",
        outcome=ref("OutcomeName"),
        job=NAME,
        run_date=INSTANT,
        reason=null_or("Reason"),
        url=NULL_URL,
    ),
    "Due": whole("What one call of run-due did", **_DUE),
    "DueProblem": whole("What one call of run-due did, as RFC 9457", **_PROBLEM, **_DUE),
    "Progress": whole("The newest progress of the command", done={"type": "integer"}, total=NULL_INTEGER),
    "Attempt": whole(
        "One attempt of a run",
        attempt={"type": "integer", "minimum": 1},
        state=ref("State"),
        reason=null_or("Reason"),
        executor=TEXT,
        trigger=TEXT,
        source=NULL_TEXT,
        actor={**NULL_TEXT, "description": "The token or user that requested it"},
        comment={**NULL_TEXT, "description": "The reason that was given"},
        note=NULL_TEXT,
        traceparent={**NULL_TEXT, "description": "The W3C trace context of its trigger"},
        started_at=NULL_INSTANT,
        finished_at=NULL_INSTANT,
        duration_ms=NULL_COUNT,
        progress=null_or("Progress"),
        output_bytes=COUNT,
    ),
    "Run": whole("A run", **_RUN),
    "RunDetail": whole(
        "A run with its options and all its attempts",
        **_RUN,
        options={"type": "object", "additionalProperties": True},
        attempts=listed(ref("Attempt")),
    ),
    "Runs": whole(
        "A page of runs, newest first",
        runs=listed(ref("Run")),
        next={**NULL_TEXT, "description": "The `cursor` of the next page; null on the last"},
    ),
    "Job": whole(
        "A declared job",
        name=NAME,
        description=TEXT,
        owner={**NULL_TEXT, "maxLength": OWNER_LENGTH, "description": "Who answers for it"},
        runbook={**NULL_URL, "maxLength": RUNBOOK_LENGTH, "description": "What to do when it fails"},
        tags=listed({**TEXT, "maxLength": TAG_LENGTH}, MOST_TAGS),
        command={**TEXT, "description": "`jobs_call` for a job that calls something"},
        call={**NULL_TEXT, "description": "The dotted path of what the job calls; null: a command"},
        schedule={**NULL_TEXT, "description": "Null: on demand only"},
        timezone=TEXT,
        executor=TEXT,
        next_run_date=NULL_INSTANT,
        paused=FLAG,
        last_pause=null_or("PauseRecord"),
        waiting={**NULL_COUNT, "description": f"{WAITING}; null where it is not paused"},
        health={"type": "string", "enum": ["ok", *KINDS]},
        missed_run_date=NULL_INSTANT,
        last_run=null_or("Run"),
        running={
            **listed(ref("Running"), 2 * EACH),
            "description": "Attempts that are held now, those that began first",
        },
        running_count=COUNT,
        queued_count={**COUNT, "description": "Slots that wait for run-due or for room"},
        queued_since={**NULL_INSTANT, "description": "Since when the first of them waits"},
        runs_url=URL,
    ),
    "Running": whole(
        "An attempt that is held now",
        id=ID,
        run_date=INSTANT,
        state=ref("State"),
        reason=null_or("Reason"),
        attempt={"type": "integer", "minimum": 1},
        executor=TEXT,
        since={**NULL_INSTANT, "description": "When it began; when it was claimed, if it has not begun"},
        age_seconds=COUNT,
        timeout_seconds={"type": "number", "description": "How long it may take once it has begun"},
        lease_expires_at=INSTANT,
        overdue={**FLAG, "description": "Past its timeout, or slots were skipped in a row behind it"},
        progress=null_or("Progress"),
        url=URL,
    ),
    "Jobs": whole("All jobs that the token covers", jobs=listed(ref("Job"))),
    "Backfill": whole(
        "What was queued, or would be",
        job=NAME,
        slots={**COUNT, "maximum": BACKFILL_LIMIT, "description": "In the interval"},
        queued={**COUNT, "maximum": BACKFILL_LIMIT, "description": "Those that had no run"},
        run_dates=listed(INSTANT, SHOWN),
        dry_run=FLAG,
    ),
    "Pause": whole(
        "Whether the job is paused now",
        job=NAME,
        paused=FLAG,
        changed={**FLAG, "description": "Whether it was otherwise before"},
        last_pause=null_or("PauseRecord"),
        waiting={**COUNT, "description": WAITING},
    ),
    "Pauses": whole("What became of each job", jobs=listed(ref("Pause"))),
    "PauseRecord": whole(
        "A pause: who requested it, who ended it, and why",
        started_at=INSTANT,
        actor=NULL_TEXT,
        reason=NULL_TEXT,
        until={**NULL_INSTANT, "description": UNTIL},
        ended_at={
            **NULL_INSTANT,
            "description": "Null while it lasts, and until a pause that is over is closed",
        },
        resumed_by=NULL_TEXT,
        resume_reason=NULL_TEXT,
    ),
    "Well": whole("All is well", health={"type": "string", "enum": ["ok"]}),
    "Health": whole("The health of the jobs", **_HEALTH),
    "HealthProblem": whole("The health of the jobs, as RFC 9457", **_PROBLEM, **_HEALTH),
}
