"""Let PostgreSQL itself keep a table append-only, with a way for its retention.

A trigger refuses every UPDATE and DELETE, by whatever way it comes. Deleting passes only in a transaction
that says from when on rows are kept (`deleting_before`), and only for rows that are older than that and than
`KEPT_DAYS`. TRUNCATE passes: the flush of a host's tests needs it. See docs/decisions/append-only.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connections
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

KEPT_DAYS = 30
"""Nothing younger is deleted, whatever a setting says. The trigger holds this number, too."""
SETTING = "jobs_api.kept_since"
"""A setting of a PostgreSQL transaction: rows before that instant may be deleted."""

# No percent sign may stand in these: a driver would take it for a parameter.
_CREATE = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    kept_since text := current_setting('{setting}', true);
BEGIN
    IF TG_OP = 'DELETE' AND kept_since <> '' THEN
        IF OLD.at < least(kept_since::timestamptz, now() - interval '{days} days') THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'insufficient_privilege',
        MESSAGE = 'The table {table} is append-only: its rows are neither changed nor deleted.',
        HINT = 'manage.py jobs_prune deletes rows that are older than its retention.';
END
$body$
"""
_ATTACH = "CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
_DETACH = "DROP TRIGGER IF EXISTS {name} ON {table}"
_DROP = "DROP FUNCTION IF EXISTS {name}()"


class AppendOnly(Operation):
    """On PostgreSQL, refuse UPDATE and DELETE in the table of a model that has a column `at`.

    The function stands in the schema of the table, so that each tenant has its own. It needs no superuser.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """As it stands in a migration."""
        return type(self).__name__, [], {"model_name": self.model_name}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change no model."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Add the trigger."""
        self._execute(app_label, schema_editor, to_state, _CREATE, _DETACH, _ATTACH)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Remove it."""
        self._execute(app_label, schema_editor, to_state, _DETACH, _DROP)

    def _execute(self, app_label: str, schema_editor: Any, state: Any, *statements: str) -> None:
        connection, model = schema_editor.connection, state.apps.get_model(app_label, self.model_name)
        if connection.vendor != "postgresql" or not self.allow_migrate_model(connection.alias, model):
            return
        table = model._meta.db_table
        names = {"table": table, "name": f"{table}_append_only", "setting": SETTING, "days": KEPT_DAYS}
        for statement in statements:
            schema_editor.execute(statement.format(**names).strip(), params=None)

    def describe(self) -> str:
        """The text that `migrate --plan` shows."""
        return f"Let PostgreSQL refuse to change or delete rows of {self.model_name}"


@contextmanager
def deleting_before(instant: datetime, using: str) -> Iterator[None]:
    """Within a transaction, let rows of before that instant be deleted here."""
    if connections[using].vendor != "postgresql":
        yield
        return
    _set(instant.isoformat(), using)
    yield  # after an error the transaction is rolled back, and the setting with it
    _set("", using)


def _set(value: str, using: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, value])
