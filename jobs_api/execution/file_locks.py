"""SQLite has one lock for all writes: a command that holds it blocks its own heartbeat and all reapers.

So a lease may be valid although it could not be renewed. The file's lock shows that, and reading it never
waits.
"""

from __future__ import annotations

import sqlite3

from django.db import DatabaseError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from jobs_api.conf import config
from jobs_api.database import alias
from jobs_api.runs import sql
from jobs_api.runs.types import Lease

ASK_AGAIN = 1.0
"""For how many seconds a lease counts as valid after its file was found locked."""
LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def apply() -> bool:
    """Whether runs are stored in such a file."""
    return connections[alias()].vendor == "sqlite"


def held_for(lease: Lease) -> float:
    """For how many seconds the lease is certainly valid: it is renewed if possible; 0 if it was lost.

    It uses its own connection, because the command's may be in a transaction.
    """
    own = connections[alias()].copy()
    own.settings_dict["OPTIONS"] = {**own.settings_dict["OPTIONS"], "timeout": 0}
    try:
        return config().lease_seconds if sql.renew(own, lease) else 0
    except DatabaseError as error:  # locked: no process can take the lease now, and reading is allowed
        return ASK_AGAIN if _is_locked(error) and _stands(own, lease) else 0
    finally:
        own.close()


def _stands(own: BaseDatabaseWrapper, lease: Lease) -> bool:
    try:
        return sql.stands(own, lease)
    except DatabaseError as error:  # without a write-ahead log a commit blocks readers, too
        return _is_locked(error)


def _is_locked(error: DatabaseError) -> bool:
    code = getattr(error.__cause__, "sqlite_errorcode", 0)
    return isinstance(error, OperationalError) and code & 0xFF in LOCKED
