"""The call by curl, for platforms that run a shell command; no list of processes shows the secret."""

from __future__ import annotations

import shlex

from jobs_api.exporters.common.plan import Entry

RUN_DUE_SECONDS = 240
"""run-due stops starting inline work after 25 s; what it started may take longer."""
MARGIN = 30
"""Seconds to reach the server, and for its answer, beside the job's own time."""


def max_time(entry: Entry) -> int:
    """After how many seconds a caller may give up on the answer."""
    return round(entry.job.timeout) + MARGIN if entry.job else RUN_DUE_SECONDS


def curl(entry: Entry) -> str:
    """A POSIX shell command of one line that calls the endpoint with `$CRON_SECRET`; it fails if the job did.

    `printf` is part of the shell, so that the secret is in no command line. `--data ''` sends
    `Content-Length: 0`: some servers and proxies answer 411 to a POST without it. No `--location`: a
    redirected POST would become a GET. No `--retry`: a second answer would hide a failure.
    """
    options = f"--silent --show-error --fail-with-body --max-time {max_time(entry)}"
    header = "printf 'Authorization: Bearer %s\\n' \"$CRON_SECRET\""
    return f"{header} | curl {options} --data '' --header @- {shlex.quote(entry.url)}"


def command(entry: Entry, python: str = "python") -> str:
    """The management command, as a shell command."""
    return shlex.join([*python.split(), "manage.py", *entry.command])
