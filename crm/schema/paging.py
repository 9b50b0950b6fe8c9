"""Which arguments of a connection can mean a page.

graphene-django asserts some of that, which would be told as a fault of ours, and fails on the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError
from graphql_relay import cursor_to_offset

from crm.cost import MAX_PAGE


def check_page(arguments: Mapping[str, Any]) -> None:
    """Let pass what can be one.

    Raises:
        GraphQLError: which of the arguments cannot be, and what could.
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    _check_size(given)
    _check_place(given)


def _check_size(given: Mapping[str, Any]) -> None:
    for name in ("first", "last"):
        if not 0 <= given.get(name, 0) <= MAX_PAGE:
            raise GraphQLError(f"`{name}` must be from 0 to {MAX_PAGE}; for more, ask for the next page.")


def _check_place(given: Mapping[str, Any]) -> None:
    places = {name: _place(name, given[name]) for name in ("after", "before") if name in given}
    if places.get("after", -1) >= places.get("before", float("inf")):
        raise GraphQLError("`before` must be a later cursor than `after`.")
    if given.get("offset", 0) < 0:
        raise GraphQLError("`offset` must be 0 or more.")
    if "offset" in given and "before" in given:
        raise GraphQLError("Give `offset` or `before`, not both.")


def _place(name: str, cursor: str) -> int:
    place: int | None = cursor_to_offset(cursor)
    if place is None or place < 0:
        raise GraphQLError(f"`{name}` must be a cursor that a page of this list has given.")
    return place
