"""A line is text that cannot be forged: whatever a caller writes stays one value."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

import pytest

from jobs_api.logs import JSONFormatter
from jobs_api.runs import events

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOSTILE = {
    "a new line": "curl\nfinished job=payroll state=succeeded",
    "a quote": 'curl" state=succeeded x="',
    "a space": "two words",
    "a terminal": "\x1b]0;pwned\x07\x9b2J",
    "a direction": "\u202ehsatsq",
    "half a letter": "a\ud800b",
    "another language": "Żółw 🐢",
    "a backslash": "C:\\new",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_what_a_caller_writes_stays_one_value_of_one_line(kept, source):
    events.paused("nightly", actor=source, comment="", at=NOON)
    (record,) = kept.records
    for text in (logging.Formatter().format(record), JSONFormatter().format(record)):
        assert text.isprintable()
    value = record.getMessage().partition(" actor=")[2]
    assert json.loads(value) == record.actor
    assert json.loads(JSONFormatter().format(record))["actor"] == record.actor
