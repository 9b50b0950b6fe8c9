"""Recognise what triggers jobs of jobs_api already: a call of our URLs, or our commands."""

from __future__ import annotations

import re
from typing import Any

RUN = re.compile(r"/jobs/([-A-Za-z0-9_]{1,100})/run(?![-\w])")
COMMAND = re.compile(r"manage\w*\.py[\"',\s]+jobs_run[\"',\s]+([-A-Za-z0-9_]{1,100})(?![-\w])")
RUN_DUE = re.compile(r"https?://\S*/run-due(?![-\w])|manage\w*\.py[\"',\s]+jobs_run_due(?!\w)")


def of_text(text: str) -> dict[str, Any] | None:
    """The fields of the command that does the same, if a text calls us; else None."""
    if match := RUN.search(text) or COMMAND.search(text):
        return {"name": match[1], "command": "jobs_run", "args": [match[1]]}
    if RUN_DUE.search(text):
        return {"name": "run-due", "command": "jobs_run_due"}
    return None
