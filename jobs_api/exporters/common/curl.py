"""The call by curl, for platforms that run a shell command; no list of processes shows the secret."""

from __future__ import annotations

import shlex

from jobs_api.exporters.common import unix
from jobs_api.exporters.common.plan import Entry

HEADER = "printf 'Authorization: Bearer %s\\n' \"$CRON_SECRET\""
"""What a shell pipes into `curl --header @-`."""


def curl(entry: Entry) -> str:
    """A POSIX shell command of one line that calls the endpoint with `$CRON_SECRET`; it fails if the job did.

    `printf` is part of the shell, so that the secret is in no command line.
    """
    return f"{HEADER} | {from_headers(entry)}"


def from_headers(entry: Entry) -> str:
    """The same, but for its headers: standard input has them."""
    return unix.line(unix.curl(entry, "@-"))


def command(entry: Entry, python: str = "python") -> str:
    """The management command, as a shell command."""
    return shlex.join([*python.split(), "manage.py", *entry.command])
