"""What a migration may do while the version before it serves, on a table of ten million rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import migrations, models
from django.db.migrations.migration import Migration
from django.db.models.expressions import Value

from jobs_api.database.migrating import BoundLocks, WidenText

REVIEWED = {"copy_known": "reads jobs_api_jobstate, a row for each job, and writes a new table"}
"""Functions and SQL that somebody has looked at, and why they lock nothing for long."""
KEEPS_OLD_CODE = (
    migrations.RemoveField,
    migrations.RenameField,
    migrations.DeleteModel,
    migrations.RenameModel,
    migrations.AlterModelTable,
    migrations.AlterField,
)
"""Old code reads and writes the columns as they were; most of these rewrite the table, too."""


def faults(migration: Migration, existing: set[str]) -> list[str]:
    """What is wrong with a migration, given the models (in lower case) whose tables have rows already."""
    return [f"{migration.name}: {fault}" for fault in _faults(migration, existing)]


def _faults(migration: Migration, existing: set[str]) -> Iterator[str]:
    new: set[str] = set()
    bounded = False
    for operation in migration.operations:
        bounded |= isinstance(operation, BoundLocks)
        model = str(getattr(operation, "model_name", getattr(operation, "name", ""))).lower()
        if isinstance(operation, migrations.CreateModel):
            new.add(model)
            yield from _references(operation.fields, existing)
        elif isinstance(operation, (migrations.RunPython, migrations.RunSQL)):
            yield from _unreviewed(operation)
        elif model in existing - new:
            yield from _alters(operation, migration)
            if not bounded and not _concurrent(operation):
                yield f"{_told(operation)} waits for its lock without end: begin with BoundLocks()"


def _told(operation: Any) -> str:
    return f"{type(operation).__name__} {getattr(operation, 'model_name', '')}"


def _alters(operation: Any, migration: Migration) -> Iterator[str]:
    if isinstance(operation, WidenText):  # it makes sure of that itself
        return
    if isinstance(operation, KEEPS_OLD_CODE):
        yield f"{_told(operation)}: the version before cannot go on beside it"
    elif isinstance(operation, migrations.AddField):
        yield from _column(operation)
    elif isinstance(operation, (migrations.AddIndex, migrations.RemoveIndex)):
        if not _concurrent(operation):
            yield f"{_told(operation)} locks out writes while it works: make it CONCURRENTLY"
        elif migration.atomic:
            yield f"{_told(operation)}: CONCURRENTLY needs atomic = False"
    elif isinstance(operation, migrations.AddConstraint):
        valid_later = type(operation).__name__ == "AddConstraintNotValid"
        if not valid_later:
            yield f"{_told(operation)} reads the table under its lock: add it NOT VALID, validate it later"
    elif isinstance(operation, (migrations.AlterUniqueTogether, migrations.AlterIndexTogether)):
        yield f"{_told(operation)} builds an index under its lock"


def _column(operation: Any) -> Iterator[str]:
    field = operation.field
    if not field.null and not field.has_db_default():
        yield f"{_told(operation)}.{operation.name}: the version before inserts rows without it: db_default"
    if field.has_db_default() and not _constant(field.db_default):
        yield f"{_told(operation)}.{operation.name}: a computed default rewrites the table"
    if isinstance(field, models.GeneratedField):
        yield f"{_told(operation)}.{operation.name}: a generated column rewrites the table"
    if field.unique or field.db_index or field.remote_field:
        yield f"{_told(operation)}.{operation.name} builds an index under its lock"
    if field.null and field.has_default():
        yield f"{_told(operation)}.{operation.name}: Django writes it into every row: db_default, or none"


def _constant(default: Any) -> bool:
    return not hasattr(default, "resolve_expression") or isinstance(default, Value)


def _references(fields: Any, existing: set[str]) -> Iterator[str]:
    for name, field in fields:
        target = str(getattr(field.remote_field, "model", "")).rpartition(".")[2].lower()
        if target in existing:
            yield f"{name} refers to {target}: its foreign key locks out writes there until it is committed"


def _unreviewed(operation: Any) -> Iterator[str]:
    name = getattr(getattr(operation, "code", None), "__name__", str(getattr(operation, "sql", "")))
    if name not in REVIEWED:
        yield f"{type(operation).__name__} {name}: say in REVIEWED why it locks nothing for long"


def _concurrent(operation: Any) -> bool:
    return type(operation).__name__.endswith("Concurrently")
