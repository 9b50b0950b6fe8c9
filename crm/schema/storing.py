"""From the input of a mutation to a row in the database, or to the reasons why it is refused."""

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
"""The longest list that one mutation accepts."""
_TEXT = forms.CharField(required=False)


def at_most(items: Sequence[Any], name: str) -> None:
    """Refuse long lists: they would keep the database busy.

    Raises:
        GraphQLError: names the limit.
    """
    if len(items) > MAX_ITEMS:
        raise GraphQLError(f"{name}: at most {MAX_ITEMS:,} at once, not {len(items):,}")


def values(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an input that are not null; texts are cleaned as in a Django form.

    Raises:
        ValidationError: a text cannot be stored.
    """
    return {name: _clean(name, value) for name, value in given.items() if value is not None}


def store(row: Row) -> Row:
    """Insert the row, in a savepoint if there is a transaction. The constraints of the database decide.

    Raises:
        ValidationError: has a message for each fault.
    """
    try:
        row.clean_fields()  # such as the length of texts, which SQLite does not check
        with transaction.atomic():
            row.save(force_insert=True)
    except (ValidationError, IntegrityError):
        row.full_clean()
        raise
    return row


def reasons(error: ValidationError) -> str:
    """The messages of an error in one line, with the names of the fields."""
    if not hasattr(error, "error_dict"):
        return "; ".join(error.messages)
    found = error.message_dict.items()
    return "; ".join(
        text if field == NON_FIELD_ERRORS else f"{field}: {text}" for field, texts in found for text in texts
    )


@contextmanager
def explained() -> Iterator[None]:
    """Turn a ValidationError into a GraphQLError, which the client sees."""
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
