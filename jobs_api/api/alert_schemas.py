"""The JSON of how alerts stand, as JSON Schema: see `schemas`."""

from __future__ import annotations

from jobs_api.api.schemas import (
    COUNT,
    FLAG,
    INSTANT,
    NULL_INSTANT,
    NULL_TEXT,
    TEXT,
    Schema,
    listed,
    ref,
    whole,
)

CHANNELS, SHORT_ERROR = 5, 120
"""So many channels in trouble are told, and so many characters of what each answered."""
ALERT_SCHEMAS: dict[str, Schema] = {
    "Alerts": whole(
        "How alerts stand: none of it changes `health`. A token for some jobs sees only their incidents",
        open={**COUNT, "description": "How many incidents are open"},
        errors={**COUNT, "description": "Those of them that are errors; the others are warnings"},
        acknowledged={**COUNT, "description": "Those of them of which no reminder is sent"},
        muted={**COUNT, "description": "Those of the others of which nobody is told"},
        evaluated_at={**NULL_INSTANT, "description": "When it was last looked for incidents"},
        stalled={**FLAG, "description": "Callers call, and nothing looks for incidents, or that fails"},
        error={**NULL_TEXT, "description": "What went wrong the last time"},
        channels={
            **listed(ref("AlertChannel"), CHANNELS),
            "description": "Those that take no messages, or for which some wait for long or were given up",
        },
    ),
    "History": whole(
        "How the counting of days stands, which the dashboard shows: it does not change `health`",
        stalled={**FLAG, "description": "It fails, or days wait though callers call"},
        since={**NULL_INSTANT, "description": "Since when"},
        error={**NULL_TEXT, "description": "What went wrong the last time"},
    ),
    "FailingMonitor": whole(
        "An outside monitor that takes no check-ins",
        monitor=TEXT,
        failing_since=INSTANT,
        failures={**COUNT, "description": "How many check-ins were given up since then"},
        reason={**TEXT, "description": "Why the last one was"},
        last_success={**NULL_INSTANT, "description": "When it last took one, to the minute"},
    ),
    "AlertChannel": whole(
        "A channel in trouble",
        channel=TEXT,
        waiting={**COUNT, "description": "How many messages wait for it"},
        waiting_since={**NULL_INSTANT, "description": "Since when the first of them does"},
        failing_since={**NULL_INSTANT, "description": "Since when the first message waits that it refused"},
        error={**NULL_TEXT, "description": "What it answered last"},
        given_up={**COUNT, "description": "How many messages were given up within a week"},
    ),
}
