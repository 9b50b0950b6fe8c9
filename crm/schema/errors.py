"""How what goes wrong is told: foreseen refusals in words, anything else not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from graphql import GraphQLError


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


def is_unforeseen(error: Exception) -> bool:
    """Whether it is a fault of ours, rather than of the document or one raised to be read."""
    if not isinstance(error, GraphQLError):
        return True
    if not error.path:  # the document or its variables do not fit the schema
        return False
    return error.original_error is not None and not isinstance(error.original_error, GraphQLError)
