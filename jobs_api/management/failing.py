"""What a command says and returns where it cannot do its work: one line on stderr, and an exit status.

Only what may pass by itself is 75, so that a crontab or a wrapper may try again. None of it shows a password.
"""

from __future__ import annotations

import re

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import DatabaseError

from jobs_api import conf
from jobs_api.database import AWAY, ERRORS, lacks_tables, not_migrated
from jobs_api.exceptions import DatabaseBusy, JobsApiError, NotReady
from jobs_api.text import one_line

TEMPORARY = 75
"""EX_TEMPFAIL of sysexits.h."""
UNWRITABLE = 74
"""EX_IOERR of sysexits.h."""
INTERRUPTED, NOBODY_READS = 130, 141
"""As a shell counts a program that a signal has ended: SIGINT, SIGPIPE."""

UNTAKEN = (
    "The database was not available: {} {}See with jobs_list or jobs_show what was done, then try again."
)
HINTS = (
    (r"\block|statement timeout", "Another process holds a lock, which passes. "),
    (r"database \S+ does not exist|catalog", "Create it, then run `manage.py migrate`. "),
    (r"unable to open", "Does its folder exist, and may this user write there? "),
    (r"read-?only", "It takes no writes: is it a replica, or a file of another user? "),
    (r"password|authentication|role \S+ does not exist|pg_hba", "Are user and password right? "),
    (r"permission denied", "Its user lacks a right on our tables. "),
    (r"too many|remaining connection slots|pool", "It has no connection to spare. "),
    (r"malformed|not a database|corrupt", "Its file is damaged: restore a backup. "),
    (r"connect|server|host|closed|timed? ?out|answer", "Is it up? "),
)
"""The first that fits what the database said."""
_DENIED = "42501"


def of(error: Exception) -> CommandError | None:
    """The error of the command; None where the exception is a bug, whose traceback somebody needs."""
    if isinstance(error, JobsApiError):
        temporary = isinstance(error, (DatabaseBusy, NotReady))
        return CommandError(error.detail, returncode=TEMPORARY if temporary else 1)
    if isinstance(error, ImproperlyConfigured):
        return CommandError(one_line(str(error)))
    if not isinstance(error, ERRORS):
        return None
    if lacks_tables(error):
        return CommandError(not_migrated(), returncode=TEMPORARY)
    return CommandError(_untaken(error), returncode=TEMPORARY) if _is_away(error) else None


def _is_away(error: Exception) -> bool:
    """Whether the database refuses everything, so that nobody needs our lines of code."""
    denied = getattr(error.__cause__, "sqlstate", None) == _DENIED
    return isinstance(error, AWAY) or type(error) is DatabaseError or denied


def _untaken(error: Exception) -> str:
    said = without_secrets(one_line(str(error))).rstrip(".") or type(error).__name__
    hint = next((hint for pattern, hint in HINTS if re.search(pattern, said, re.IGNORECASE)), "")
    return UNTAKEN.format(said if said.endswith("?") else f"{said}.", hint)


def without_secrets(text: str) -> str:
    """What a driver says, without the passwords of DATABASES and of addresses."""
    for database in settings.DATABASES.values():
        password = str(database.get("PASSWORD") or "")
        text = text.replace(password, "***") if password else text
    text = re.sub(r"(\w+://)[^\s/@]+@", r"\1***@", text)
    return re.sub(r"(password=)('[^']*'|\S+)", r"\1***", text, flags=re.IGNORECASE)


def require_valid_setting() -> None:
    """Raise for a JOBS_API that would fail anywhere; `manage.py check` names everything that is wrong.

    Raises:
        ImproperlyConfigured: it is no dictionary, or a value is of the wrong kind.
    """
    known = ((key, value) for key, value in conf.raw_setting().items() if key in conf.FIELDS)
    faults = [conf.setting_fault(), *(conf.bad_value(key, value) for key, value in known)]
    if fault := next(filter(None, faults), None):
        raise ImproperlyConfigured(fault)
