"""Pages of a list: relay connections that filter, sort and count, and refuse instead of cutting short."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import graphene
from django.db.models import QuerySet
from graphene_django import DjangoConnectionField

from crm.cost import MAX_PAGE
from crm.schema.filters import Filters
from crm.schema.lists import check_filters, choices, filtered, input_of, ordered
from crm.schema.paging import check_page


class Counted(graphene.relay.Connection):  # type: ignore[misc] # graphene has no type hints
    """A page that knows how long the whole list is."""

    class Meta:
        abstract = True

    total_count = graphene.Int(required=True, description="How many there are on all pages together.")

    def resolve_total_count(self, info: graphene.ResolveInfo) -> int:
        """What paging has counted anyway."""
        return int(self.length)


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
        """What makes the list of the rows."""
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
        """Check the page before graphene-django asserts that it is one."""
        check_page(arguments)
        return super().connection_resolver(*how, **arguments)
