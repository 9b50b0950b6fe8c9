"""Which problem a caller is told of where a statement, or anything else, has failed."""

from __future__ import annotations

from jobs_api.database import AWAY, ERRORS, lacks_tables, not_migrated, unsupported
from jobs_api.exceptions import DatabaseBusy, InternalError, NotReady, Problem


def problem_of(error: Exception) -> Problem:
    """The same for every entrance: a database that may take it later, one without tables, or a bug."""
    if isinstance(error, Problem):
        return error
    if reason := unsupported():
        return NotReady(reason)
    if isinstance(error, ERRORS) and lacks_tables(error):
        return NotReady(not_migrated())
    return DatabaseBusy() if isinstance(error, AWAY) else InternalError()
