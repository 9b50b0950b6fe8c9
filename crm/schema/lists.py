"""Which rows a list contains and in what order, as `filter` and `orderBy` say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import graphene
from django.db.models import QuerySet
from graphene.utils.str_converters import to_camel_case, to_snake_case
from graphene_django.filter.utils import get_filtering_args_from_filterset
from graphql import GraphQLError

from crm.schema.filters import Filters
from crm.schema.permissions import require_to_read


def input_of(filters: type[Filters], node: Any) -> graphene.InputObjectType:
    """An argument of the type that has the name of the FilterSet, and a field for each of its filters."""
    arguments = get_filtering_args_from_filterset(filters, node)
    fields = {
        name: graphene.InputField(of.type, description=of.description) for name, of in arguments.items()
    }
    return type(filters.__name__, (graphene.InputObjectType,), fields | {"__doc__": filters.__doc__})()


def check_filters(info: Any, filters: type[Filters], given: Mapping[str, Any]) -> None:
    """Let nobody look for what they may not see.

    Raises:
        GraphQLError: says which permission the filters in use take.
    """
    used = (permission for name, permission in filters.needs.items() if given.get(name) is not None)
    require_to_read(info, *sorted(set(used)))


def filtered(rows: QuerySet[Any], filters: type[Filters], given: Mapping[str, Any]) -> QuerySet[Any]:
    """The rows that fit.

    Raises:
        GraphQLError: names each value that cannot be looked for, and why.
    """
    found = filters(given, rows)
    if not found.is_valid():
        faults = (f"{to_camel_case(name)}: {' '.join(texts)}" for name, texts in found.errors.items())
        raise GraphQLError(" ".join(faults))
    fitting: QuerySet[Any] = found.qs
    return fitting


def ordered(rows: QuerySet[Any], keys: Sequence[str], order_by: str | None) -> QuerySet[Any]:
    """The rows by keys such as ``-totalAmount,id``, and by primary key where those are the same.

    Without that last key the database could give equal rows in another order for each page.

    Raises:
        GraphQLError: another key than `keys`, or one twice; says which there are.
    """
    words = [to_snake_case(word.strip()) for word in order_by.split(",")] if order_by else []
    names = [word.removeprefix("-") for word in words]
    if not set(names) <= set(keys) or len(set(names)) < len(names):
        raise GraphQLError(f"`orderBy` takes each of these once: {choices(keys)}.")
    return rows.order_by(*words, "pk")


def choices(keys: Sequence[str]) -> str:
    """Keys as clients write them."""
    return ", ".join(map(to_camel_case, keys))
