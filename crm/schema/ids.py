"""Ids as clients write them: the global id that answers contain, or the plain primary key."""

from __future__ import annotations

import re

from django.db.models import BigAutoField
from graphql import GraphQLError
from graphql_relay import from_global_id

NUMBER = re.compile(r"[1-9][0-9]{0,18}")
LAST = BigAutoField.MAX_BIGINT


def pk_of(kind: str, value: str | int) -> int:
    """The primary key that `value` names, as an id of GraphQL type `kind`, such as ``Customer``.

    Raises:
        GraphQLError: "Invalid customer ID": malformed, of another type, or too large a number.
    """
    named = from_global_id(str(value))
    number = named.id if named.type == kind else str(value)
    if not NUMBER.fullmatch(number) or int(number) > LAST:
        raise GraphQLError(f"Invalid {kind.lower()} ID")
    return int(number)
