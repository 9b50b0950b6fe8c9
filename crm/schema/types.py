"""The GraphQL types. Only the fields listed here are visible to clients."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import graphene
from graphene.relay import Node
from graphene_django import DjangoObjectType

from crm import models
from crm.schema import scalars  # teaches graphene-django its numbers and times
from crm.schema.permissions import require_to_read


class Counted(graphene.relay.Connection):  # type: ignore[misc] # graphene has no type hints
    """A page that also has the length of the whole list."""

    class Meta:
        abstract = True

    total_count = graphene.Int(required=True, description="How many there are on all pages together.")

    def resolve_total_count(self, info: graphene.ResolveInfo) -> int:
        """Paging has counted the rows already."""
        return int(self.length)


class Customer(DjangoObjectType):  # type: ignore[misc] # graphene-django has no type hints
    """Someone who may order."""

    class Meta:
        model = models.Customer
        interfaces = (Node,)
        connection_class = Counted
        fields = ("name", "email", "phone", "created_at")


class Product(DjangoObjectType):  # type: ignore[misc] # graphene-django has no type hints
    """Something to order."""

    class Meta:
        model = models.Product
        interfaces = (Node,)
        connection_class = Counted
        fields = ("name", "price", "stock")


class Order(DjangoObjectType):  # type: ignore[misc] # graphene-django has no type hints
    """What a customer ordered at one time."""

    class Meta:
        model = models.Order
        interfaces = (Node,)
        connection_class = Counted
        fields = ("order_date", "total_amount", "status")
        convert_choices_to_enum = False  # "pending", in answers as in filters

    # Both may be null: a user without the permission still sees the rest of the order.
    customer = graphene.Field(Customer, description="Who ordered.")
    products = graphene.List(graphene.NonNull(Product), description="What was ordered.")

    def resolve_customer(self, info: graphene.ResolveInfo) -> models.Customer:
        """Needs a permission of its own."""
        require_to_read(info, "crm.view_customer")
        customer: models.Customer = self.customer
        return customer

    def resolve_products(self, info: graphene.ResolveInfo) -> list[Any]:
        """Sorted by primary key."""
        require_to_read(info, "crm.view_product")
        # Not order_by: that would be one more query for each order of the page.
        return sorted(self.products.all(), key=lambda product: product.pk)


class CrmStats(graphene.ObjectType):  # type: ignore[misc] # graphene has no type hints
    """Totals, each computed by the database when asked for."""

    total_customers = graphene.Int(required=True, description="All on record, anonymised ones included.")
    total_orders = graphene.Int(required=True, description="All ever placed, whatever became of them.")
    total_revenue = scalars.Money(required=True, description="What all orders but cancelled ones come to.")

    def resolve_total_customers(self, info: graphene.ResolveInfo) -> int:
        """One COUNT."""
        return models.Customer.objects.count()

    def resolve_total_orders(self, info: graphene.ResolveInfo) -> int:
        """One COUNT."""
        return models.Order.objects.count()

    def resolve_total_revenue(self, info: graphene.ResolveInfo) -> Decimal:
        """One SUM."""
        return models.Order.objects.revenue()
