"""Keep the rows of ours in another scheduler's table in step with the declarations."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any
from zlib import crc32

from django.db import transaction
from django.db.models import Model, QuerySet

from jobs_api.bridges.common.choosing import MARK
from jobs_api.exceptions import BadInput

BATCH = 100


@dataclasses.dataclass(frozen=True, slots=True)
class Changes:
    """What was done, or what there is to do: the names of rows."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything was not in step."""
        return bool(self.added or self.changed or self.removed)


def row_name(name: str, longest: int) -> str:
    """The name of a job's row: marked as ours, and cut where the column is too short."""
    text = MARK + name
    return text if len(text) <= longest else f"{text[: longest - 9]}~{crc32(text.encode()):08x}"


def keep_in_step(
    rows: QuerySet[Any],
    wanted: Mapping[str, Mapping[str, Any]],
    *,
    is_ours: Callable[[Any], bool],
    once: Mapping[str, Any],
    renewed: Mapping[str, Any],
    check: bool,
) -> Changes:
    """Add, change and remove rows, in one transaction and few statements. No signals are sent.

    Args:
        rows: all rows of the table; of those whose name begins with our mark, `is_ours` tells which are ours.
        wanted: the fields of each row, by its name.
        once: fields that are set when a row is added and left alone later: operators may change them.
        renewed: fields that are also set when a row is added or changed.
        check: only look.

    Raises:
        BadInput: a row that is not ours has the name of one of ours.
    """
    with transaction.atomic(using=rows.db):
        marked = rows.select_for_update().filter(name__startswith=MARK)
        found = {row.name: row for row in marked if is_ours(row)}
        _require_free(rows, set(wanted) - set(found))
        stale = [row for name, row in found.items() if name not in wanted]
        added = [rows.model(name=name, **once, **wanted[name]) for name in wanted if name not in found]
        changed = [row for name, row in found.items() if name in wanted and _set(row, wanted[name])]
        for row in (*added, *changed):
            _set(row, renewed)
        if not check:
            rows.filter(pk__in=[row.pk for row in stale]).delete()
            rows.bulk_create(added, batch_size=BATCH)
            if changed:
                rows.bulk_update(changed, {*wanted[changed[0].name], *renewed}, batch_size=BATCH)
    return Changes(*(tuple(sorted(row.name for row in each)) for each in (added, changed, stale)))


def _require_free(rows: QuerySet[Any], names: set[str]) -> None:
    if taken := sorted(rows.filter(name__in=names).values_list("name", flat=True)):
        raise BadInput(f"A row that is not ours has the name {taken[0]!r}: rename it, or delete it.")


def _set(row: Model, fields: Mapping[str, Any]) -> bool:
    """Set what differs; whether anything did."""
    differing = {name: value for name, value in fields.items() if getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    return bool(differing)
