"""Which database this process opens: another process compares, before it works on a run of this one.

In a test, settings name another database in a new process than in this one: Django's test runner has replaced
the name here. Two databases may well have runs with the same ids.
"""

from __future__ import annotations

import os
from typing import Any

from django.db import connections

from jobs_api.database import alias

REMEDY = "use jobs_api.testing.run_job, or the executor 'inline', in tests."


def identity() -> dict[str, str]:
    """The vendor, name, host and port of the database for runs, as this process uses it; for JSON."""
    connection = connections[alias()]
    settings = connection.settings_dict
    name = str(settings["NAME"])
    if connection.vendor == "sqlite" and not name.startswith(("file:", ":")):  # it may be relative, or a link
        name = os.path.realpath(name)
    return {
        "vendor": connection.vendor,
        "name": name,
        "host": str(settings.get("HOST") or ""),
        "port": str(settings.get("PORT") or ""),
    }


def difference(theirs: dict[str, str]) -> str | None:
    """Why this process must not work on the runs of a process with that `identity`; None: it is the same."""
    ours = identity()
    if ours == theirs:
        return None
    return (
        f"its trigger uses the database {_shown(theirs)}, but this process opens {_shown(ours)}. "
        f"If that is a test: {REMEDY}"
    )


def unshared() -> str | None:
    """Why no other process can see the runs of this one; None if others may."""
    connection: Any = connections[alias()]
    if connection.in_atomic_block:  # only in a test: elsewhere a trigger refuses to be in a transaction
        return f"This process uses a test database, which a new process would not open: {REMEDY}"
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        return f"This process uses a database in memory, which a new process could not open: {REMEDY}"
    return None


def _shown(database: dict[str, str]) -> str:
    """For the log. A name may be a whole address, with a password: then it is left out."""
    name, host = (_harmless(database[key]) for key in ("name", "host"))
    place = ":".join(part for part in (host, database["port"]) if part)
    return f"{name} ({database['vendor']}{place and f' at {place}'})"


def _harmless(text: str) -> str:
    return "(not shown)" if any(sign in text for sign in "@=?") else text
