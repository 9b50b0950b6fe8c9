"""The JSON of who calls, as JSON Schema: see `schemas`."""

from __future__ import annotations

from jobs_api.api.schemas import (
    COUNT,
    FLAG,
    INSTANT,
    NAME,
    NULL_COUNT,
    NULL_INSTANT,
    NULL_TEXT,
    Schema,
    listed,
    ref,
    whole,
)

_SECONDS: Schema = {"type": ["number", "null"], "minimum": 0}
_LATE: dict[str, Schema] = {
    "last_late_seconds": {
        **_SECONDS,
        "description": "How long after its slot the newest trigger came; of run-due, what it started last",
    },
    "usual_late_seconds": {**_SECONDS, "description": "The newest slots count most"},
    "worst_late_seconds": {**_SECONDS, "description": "Of recent time"},
}
_SOURCE: dict[str, Schema] = {
    "source": {**NULL_TEXT, "description": "The platform, or what it calls itself"},
    "actor": {**NULL_TEXT, "description": "The token, or the user of the command line"},
    "last_at": INSTANT,
    "last_trigger_at": NULL_INSTANT,
    "last_run_due_at": {**NULL_INSTANT, "description": "Also if nothing was due"},
    "first_at": INSTANT,
    "calls": COUNT,
    "wins": {**COUNT, "description": "How many attempts its calls have started"},
    "usual_gap_seconds": {**NULL_COUNT, "description": "The longest time between two calls lately"},
    **_LATE,
    "silent": {**FLAG, "description": "It used to call, and has not for more than twice that time"},
    "silent_jobs": {
        **listed(NAME),
        "description": "Jobs that it used to trigger, and does not any more, though it still calls",
    },
    "run_due_silent": {
        **FLAG,
        "description": "It used to call run-due, and does not, though it triggers jobs",
    },
}

SOURCE_SCHEMAS: dict[str, Schema] = {
    "Source": whole(
        "Who calls: a platform with the token or user that it used; written within a minute",
        **_SOURCE,
    ),
    "SourceInFull": whole("The same, with its jobs", **_SOURCE, jobs=listed(ref("SourceJob"))),
    "SourceJob": whole(
        "What one source does for one job that it names",
        job=NAME,
        first_at=INSTANT,
        last_at=INSTANT,
        calls=COUNT,
        wins=COUNT,
        usual_gap_seconds=NULL_COUNT,
        **_LATE,
        silent={**FLAG, "description": "It used to trigger this job, and still calls, but not for this job"},
    ),
    "Sources": whole(
        "All sources, the newest call first; with a token for some jobs, only its own",
        sources=listed(ref("SourceInFull")),
    ),
}
