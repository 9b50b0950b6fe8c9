"""Let our migrations run while triggers arrive.

An ALTER TABLE needs a lock on the whole table. It waits behind every transaction that reads the table, and
every trigger waits behind it. So it waits a few seconds at most. Then the migration fails without a change
and can be run again. See also docs/decisions/migrations-beside-old-code.md.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddField, AddIndex, AlterField
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

SECONDS = 4.0
"""This is shorter than a trigger waits for the database."""


class BoundLocks(Operation):
    """On PostgreSQL, limit how long the next operations of this migration wait for a lock."""

    reversible = True
    reduces_to_sql = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change no model."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Set the limit for this transaction."""
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"SET LOCAL lock_timeout = '{round(SECONDS * 1000)}ms'")

    database_backwards = database_forwards

    def describe(self) -> str:
        """The text that `migrate --plan` shows."""
        return f"Wait for a lock at most {SECONDS:g} s"


class AddColumn(AddField):
    """Add a column whose default is a constant that the database knows (`db_default`).

    Both databases then only note the column, however many rows there are. Django would copy the whole table
    on SQLite, because it cannot take the default away again: here it stays.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Add it."""
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        field = model._meta.get_field(self.name)
        if not field.has_db_default() or _is_computed(field.db_default):
            raise ValueError(f"{self.name}: AddColumn only adds a column with a constant as db_default.")
        BaseDatabaseSchemaEditor.add_field(schema_editor, model, field)


def _is_computed(default: Any) -> bool:
    return hasattr(default, "resolve_expression") and not isinstance(default, models.Value)


class AddIndexConcurrently(AddIndex):
    """Add an index while runs are written; in a migration with `atomic = False`.

    On PostgreSQL a build that was broken off leaves an index that is not valid: it is dropped first, so that
    the migration can be run again. SQLite has nothing like it: there, writes wait until the table is read.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Build it."""
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self._is_beside(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        elif self.allow_migrate_model(schema_editor.connection.alias, model):
            name = schema_editor.quote_name(self.index.name)
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}", params=None)
            schema_editor.add_index(model, self.index, concurrently=True)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drop it."""
        model = from_state.apps.get_model(app_label, self.model_name)
        if not self._is_beside(schema_editor):
            super().database_backwards(app_label, schema_editor, from_state, to_state)
        elif self.allow_migrate_model(schema_editor.connection.alias, model):
            schema_editor.remove_index(model, self.index, concurrently=True)

    def _is_beside(self, schema_editor: Any) -> bool:
        """Whether the database can: a host that migrates in a transaction has the index, and writes wait."""
        connection = schema_editor.connection
        return connection.vendor == "postgresql" and not connection.in_atomic_block


class WidenText(AlterField):
    """Raise the max_length of a CharField, and change nothing else.

    PostgreSQL only stores the new limit: it neither reads nor writes a row. On SQLite this does nothing, as
    SQLite has no limit and Django would copy the whole table. Backwards it does nothing either: the previous
    version works with a wider column, and making it narrow again would read every row.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Widen it.

        Raises:
            ValueError: more than the limit would change.
        """
        before, after = (state.apps.get_model(app_label, self.model_name) for state in (from_state, to_state))
        _require_wider(before._meta.get_field(self.name), after._meta.get_field(self.name))
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """The column stays wide."""

    def describe(self) -> str:
        """The text that `migrate --plan` shows."""
        return f"Let {self.name} of {self.model_name} hold {getattr(self.field, 'max_length', 0)} characters"


def _require_wider(before: models.Field[Any, Any], after: models.Field[Any, Any]) -> None:
    (_, path, args, old), (_, new_path, new_args, new) = before.deconstruct(), after.deconstruct()
    old_limit, new_limit = old.pop("max_length", 0), new.pop("max_length", 0)
    if (
        (path, args, old) != (new_path, new_args, new)
        or not 0 < old_limit < new_limit
        or getattr(before, "db_index", False)
    ):
        raise ValueError(
            f"{after.name}: WidenText only raises the max_length of a CharField without an index."
        )
