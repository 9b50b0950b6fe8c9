"""The queries."""

from __future__ import annotations

from typing import Any

import graphene
from django.db.models import QuerySet

from crm import models
from crm.schema import types
from crm.schema.filters import CustomerFilter, OrderFilter, ProductFilter
from crm.schema.pages import Pages
from crm.schema.permissions import require_to_read

CUSTOMER_KEYS = ("id", "name", "email", "created_at")
PRODUCT_KEYS = ("id", "name", "price", "stock")
ORDER_KEYS = ("id", "order_date", "total_amount", "status")


class Query(graphene.ObjectType):  # type: ignore[misc] # graphene has no type hints
    """Lists come in pages: continue with `after: endCursor` while `hasNextPage` is true."""

    hello = graphene.String(required=True, description="Answers whether GraphQL works.")
    all_customers = Pages(types.Customer, CustomerFilter, CUSTOMER_KEYS, description="Customers.")
    all_products = Pages(types.Product, ProductFilter, PRODUCT_KEYS, description="Products.")
    all_orders = Pages(types.Order, OrderFilter, ORDER_KEYS, description="Orders.")
    crm_stats = graphene.Field(types.CrmStats, description="Totals of everything.")

    def resolve_hello(self, info: graphene.ResolveInfo) -> str:
        """Always the same, because the heartbeat compares it."""
        return "Hello, GraphQL!"

    def resolve_all_customers(self, info: graphene.ResolveInfo, **_: Any) -> QuerySet[models.Customer]:
        """All rows; `Pages` filters them."""
        require_to_read(info, "crm.view_customer")
        return models.Customer.objects.all()

    def resolve_all_products(self, info: graphene.ResolveInfo, **_: Any) -> QuerySet[models.Product]:
        """All rows; `Pages` filters them."""
        require_to_read(info, "crm.view_product")
        return models.Product.objects.all()

    def resolve_all_orders(self, info: graphene.ResolveInfo, **_: Any) -> QuerySet[models.Order]:
        """All rows; `Pages` filters them. Customers and products are loaded for the whole page at once."""
        require_to_read(info, "crm.view_order")
        return models.Order.objects.select_related("customer").prefetch_related("products")

    def resolve_crm_stats(self, info: graphene.ResolveInfo) -> types.CrmStats:
        """Each of its fields is one query to the database."""
        require_to_read(info, "crm.view_customer", "crm.view_order")
        return types.CrmStats()
