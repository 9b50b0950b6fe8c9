"""Placing orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import graphene
from django.db import IntegrityError
from graphql import GraphQLError

from crm import models
from crm.ordering import place
from crm.schema import types
from crm.schema.errors import explained
from crm.schema.ids import pk_of
from crm.schema.mutations.storing import at_most
from crm.schema.permissions import require
from crm.schema.scalars import Moment


class OrderInput(graphene.InputObjectType):  # type: ignore[misc]
    """Who orders what; a product that is named twice is ordered twice."""

    customer_id = graphene.ID(required=True)
    product_ids = graphene.List(graphene.NonNull(graphene.ID), required=True)
    order_date = Moment(description="now, if left out")


class CreateOrder(graphene.Mutation):  # type: ignore[misc]
    """Place an order at today's prices."""

    class Arguments:
        input = OrderInput(required=True)

    order = graphene.Field(types.Order)

    @staticmethod
    def mutate(root: None, info: graphene.ResolveInfo, input: OrderInput) -> CreateOrder:
        """Place one."""
        require(info, "crm.add_order")
        at_most(input.product_ids, "productIds")
        with explained():
            return CreateOrder(order=_place(input))


def _place(given: OrderInput) -> models.Order:
    customer, quantities = _customer(given.customer_id), _quantities(given.product_ids)
    try:
        return place(customer, quantities, order_date=given.order_date)
    except IntegrityError:
        _customer(given.customer_id)  # if it was deleted since, ...
        _quantities(given.product_ids)  # ... or one of these, they say so
        raise


def _customer(given: str) -> models.Customer:
    # Who was anonymised is nobody any more.
    customer = models.Customer.objects.filter(pk=pk_of("Customer", given), anonymised_at=None).first()
    if customer is None:
        raise GraphQLError("Invalid customer ID")
    return customer


def _quantities(given: Sequence[str]) -> dict[models.Product, int]:
    """How many of each.

    Raises:
        GraphQLError: one of them does not exist.
    """
    counts = Counter(pk_of("Product", value) for value in given)
    found = models.Product.objects.in_bulk(counts)
    if len(found) < len(counts):
        raise GraphQLError("Invalid product ID")
    return {found[pk]: count for pk, count in counts.items()}
