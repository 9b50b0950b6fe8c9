"""What a migration of ours needs that runs while triggers come in.

An ALTER TABLE needs a lock of the whole table. It waits for it behind whatever transaction reads there, and
every trigger waits behind it. So it waits a few seconds at most: then the migration fails, nothing has
changed, and it is run again. What else holds: docs/decisions/migrations-beside-old-code.md.
"""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

SECONDS = 4.0
"""Shorter than a trigger waits for the database."""


class BoundLocks(Operation):
    """Let the operations after it, in this migration, wait at most so long for a lock; on PostgreSQL."""

    reversible = True
    reduces_to_sql = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The models stay as they are."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Set it for this transaction."""
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"SET LOCAL lock_timeout = '{round(SECONDS * 1000)}ms'")

    database_backwards = database_forwards

    def describe(self) -> str:
        """As `migrate --plan` shows it."""
        return f"Wait for a lock at most {SECONDS:g} s"
