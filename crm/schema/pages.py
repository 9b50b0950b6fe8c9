"""Lists in pages: relay connections with a filter, an order and a count of all rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import graphene
from django.db.models import QuerySet
from graphene.utils.str_converters import to_camel_case, to_snake_case
from graphene_django import DjangoConnectionField
from graphene_django.filter.utils import get_filtering_args_from_filterset
from graphql import GraphQLError
from graphql_relay import cursor_to_offset

from crm.schema.filters import Filters
from crm.schema.permissions import require_to_read

MAX_PAGE = 100
"""Rows on one page of a list."""


class Pages(DjangoConnectionField):  # type: ignore[misc] # graphene-django has no type hints
    """A list of `node` with `filter` and `orderBy`, in pages of `MAX_PAGE` or fewer.

    The field's resolver gives all the rows, or raises.
    """

    def __init__(self, node: Any, filters: type[Filters], keys: Sequence[str], **how: Any) -> None:
        order_by = graphene.String(
            description=f"{choices(keys)}; several with commas; `-` before one reverses"
        )
        super().__init__(node, filter=input_of(filters, node), order_by=order_by, max_limit=MAX_PAGE, **how)
        self._filters, self._keys = filters, keys

    def get_queryset_resolver(self) -> Any:
        """The function that filters and sorts the rows."""
        return partial(self.resolve_queryset, filters=self._filters, keys=self._keys)

    @classmethod
    def resolve_queryset(
        cls,
        connection: Any,
        rows: QuerySet[Any],
        info: graphene.ResolveInfo,
        arguments: Mapping[str, Any],
        *,
        filters: type[Filters],
        keys: Sequence[str],
    ) -> QuerySet[Any]:
        """The rows asked for, in the order asked for."""
        given = arguments.get("filter") or {}
        check_filters(info, filters, given)
        return ordered(filtered(rows, filters, given), keys, arguments.get("order_by"))

    @classmethod
    def connection_resolver(cls, *how: Any, **arguments: Any) -> Any:
        """Check the arguments first: graphene-django would fail with an assertion."""
        check_page(arguments)
        return super().connection_resolver(*how, **arguments)


def input_of(filters: type[Filters], node: Any) -> graphene.InputObjectType:
    """The input type of the `filter` argument: its fields are the filters of the FilterSet."""
    arguments = get_filtering_args_from_filterset(filters, node)
    fields = {
        name: graphene.InputField(of.type, description=of.description) for name, of in arguments.items()
    }
    return type(filters.__name__, (graphene.InputObjectType,), fields | {"__doc__": filters.__doc__})()


def check_filters(info: Any, filters: type[Filters], given: Mapping[str, Any]) -> None:
    """Refuse filters on data that the user may not see.

    Raises:
        GraphQLError: names the missing permission.
    """
    used = (permission for name, permission in filters.needs.items() if given.get(name) is not None)
    require_to_read(info, *sorted(set(used)))


def filtered(rows: QuerySet[Any], filters: type[Filters], given: Mapping[str, Any]) -> QuerySet[Any]:
    """The rows that match the filters.

    Raises:
        GraphQLError: names each value that is not valid, and says why.
    """
    found = filters(given, rows)
    if not found.is_valid():
        faults = (f"{to_camel_case(name)}: {' '.join(texts)}" for name, texts in found.errors.items())
        raise GraphQLError(" ".join(faults))
    matching: QuerySet[Any] = found.qs
    return matching


def ordered(rows: QuerySet[Any], keys: Sequence[str], order_by: str | None) -> QuerySet[Any]:
    """The rows, sorted by keys such as ``-totalAmount,id`` and then by primary key.

    Without the primary key, equal rows could come in another order on each page.

    Raises:
        GraphQLError: a key is not one of `keys`, or is there twice; lists `keys`.
    """
    words = [to_snake_case(word.strip()) for word in order_by.split(",")] if order_by else []
    names = [word.removeprefix("-") for word in words]
    if not set(names) <= set(keys) or len(set(names)) < len(names):
        raise GraphQLError(f"`orderBy` takes each of these once: {choices(keys)}.")
    return rows.order_by(*words, "pk")


def choices(keys: Sequence[str]) -> str:
    """The keys in camel case, as clients write them."""
    return ", ".join(map(to_camel_case, keys))


def check_page(arguments: Mapping[str, Any]) -> None:
    """Check `first`, `last`, `after`, `before` and `offset`.

    Raises:
        GraphQLError: names the wrong argument, and says what is allowed.
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
