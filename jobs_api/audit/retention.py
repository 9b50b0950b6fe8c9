"""Delete entries that are older than AUDIT_DAYS: the only way to delete any, and it is on record itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connections, transaction

from jobs_api.audit.trail import record
from jobs_api.conf import AUDIT_DAYS_LEAST, config
from jobs_api.database import alias
from jobs_api.database.append_only import deleting_before
from jobs_api.models import AuditEntry

BATCH = 5000
TABLE = AuditEntry._meta.db_table
_OLDEST = f"SELECT id FROM {TABLE} WHERE at < %s ORDER BY at, id LIMIT %s"  # noqa: S608 - our own names
_DELETE = f"DELETE FROM {TABLE} WHERE id IN ({_OLDEST})"  # noqa: S608


def kept_since(at: datetime) -> datetime:
    """Entries of before that instant may go; those of the last 30 days never, whatever the setting says."""
    return at - timedelta(days=max(config().audit_days, AUDIT_DAYS_LEAST))


def prune(*, at: datetime, batch: int = BATCH) -> int:
    """Delete old entries in batches, and record each with what it deleted; returns how many entries.

    Args:
        at: by the database's clock.
    """
    total, before = 0, kept_since(at)
    while done := _delete_batch(before, at, batch):
        total += done
    return total


def _delete_batch(before: datetime, at: datetime, batch: int) -> int:
    using = alias()
    conn = connections[using]
    with transaction.atomic(using), deleting_before(before, using):
        with conn.cursor() as cursor:  # the ORM refuses
            cursor.execute(_DELETE, [conn.ops.adapt_datetimefield_value(before), batch])
            done = int(cursor.rowcount)
        if done:
            record("prune", at=at, subject="audit", result=f"deleted {done}", details={"before": before})
    return done
