"""Recognise what triggers jobs of jobs_api already: a call of our URLs, or our commands."""

from __future__ import annotations

import re
from typing import Any

PLACE = r"/jobs/([-A-Za-z0-9_]{1,100})/run/?(?=[?#\"'\s)\\]|$)"
"""The end of our URL; /srv/jobs/nightly/run.sh is a file."""
URL = re.compile(rf"https?://\S*?{PLACE}")
CALLED = re.compile(rf"(?<![\w.-])(?:curl|wget|https?)\s[^;&|\n]*?{PLACE}")
"""With the host in a variable."""
PATH = re.compile(rf"/\S*?{PLACE}\S*")
COMMAND = re.compile(r"manage\w*\.py[\"',\s]+jobs_run[\"',\s]+([-A-Za-z0-9_]{1,100})(?![-\w])")
RUN_DUE = re.compile(r"https?://\S*/run-due(?![-\w])|manage\w*\.py[\"',\s]+jobs_run_due(?!\w)")


LONGEST = 20_000
"""Characters of a command line; cron reads a thousand."""


def of_text(text: str) -> dict[str, Any] | None:
    """The fields of the command that does the same, if a text calls us; else None."""
    if len(text) > LONGEST:
        return None
    if match := URL.search(text) or CALLED.search(text) or COMMAND.search(text):
        return _run(match[1])
    if RUN_DUE.search(text):
        return {"name": "run-due", "command": "jobs_run_due"}
    return None


def of_path(text: str) -> dict[str, Any] | None:
    """The same, for formats that hold a path without its host."""
    match = PATH.fullmatch(text[:LONGEST])
    return of_text(text) if match is None else _run(match[1])


def _run(name: str) -> dict[str, Any]:
    return {"name": name, "command": "jobs_run", "args": [name]}
