"""What the tables look like from outside: the fields listed here and no others."""

from __future__ import annotations

from typing import Any

import graphene
from graphene.relay import Node
from graphene_django import DjangoObjectType

from crm import models
from crm.schema import scalars  # noqa: F401 # teaches graphene-django its numbers and times
from crm.schema.connections import Counted
from crm.schema.permissions import require_to_read


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

    # Both may be null: who may not see them sees the rest of the order.
    customer = graphene.Field(Customer, description="Who ordered.")
    products = graphene.List(graphene.NonNull(Product), description="What was ordered.")

    def resolve_customer(self, info: graphene.ResolveInfo) -> models.Customer:
        """Whoever may see orders may not see people yet."""
        require_to_read(info, "crm.view_customer")
        customer: models.Customer = self.customer
        return customer

    def resolve_products(self, info: graphene.ResolveInfo) -> list[Any]:
        """In the order of their keys."""
        require_to_read(info, "crm.view_product")
        # Not order_by: it would ask the database again for each order of a page.
        return sorted(self.products.all(), key=lambda product: product.pk)
