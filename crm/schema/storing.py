"""From what somebody sent to a row in the database, or to the reasons why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from graphql import GraphQLError

Row = TypeVar("Row", bound=Model)

MAX_ITEMS = 1_000
"""How many rows or products one mutation takes."""
_TEXT = forms.CharField(required=False)


def at_most(items: Sequence[Any], name: str) -> None:
    """Refuse lists that would keep the database busy for long.

    Raises:
        GraphQLError: says how many there may be.
    """
    if len(items) > MAX_ITEMS:
        raise GraphQLError(f"{name}: at most {MAX_ITEMS:,} at once, not {len(items):,}")


def values(given: Mapping[str, Any]) -> dict[str, Any]:
    """What an input says, without what is null; texts as Django's forms take them.

    Raises:
        ValidationError: a text that no database stores.
    """
    return {name: _clean(name, value) for name, value in given.items() if value is not None}


def store(row: Row) -> Row:
    """Insert it, inside a transaction with a savepoint of its own. The database's rules decide.

    Raises:
        ValidationError: all that is wrong with it, in words.
    """
    try:
        row.clean_fields()  # the length of texts, for one, of which SQLite has no rules
        with transaction.atomic():
            row.save(force_insert=True)
    except (ValidationError, IntegrityError):
        row.full_clean()
        raise
    return row


def reasons(error: ValidationError) -> str:
    """Its messages in one line, with the names of fields where they do not name one themselves."""
    if not hasattr(error, "error_dict"):
        return "; ".join(error.messages)
    found = error.message_dict.items()
    return "; ".join(
        text if field == NON_FIELD_ERRORS else f"{field}: {text}" for field, texts in found for text in texts
    )


@contextmanager
def explained() -> Iterator[None]:
    """Turn a ValidationError within into a GraphQLError with its reasons."""
    try:
        yield
    except ValidationError as error:
        raise GraphQLError(reasons(error)) from error


def _clean(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return _TEXT.clean(value)
    except ValidationError as error:
        raise ValidationError({name: error}) from error
