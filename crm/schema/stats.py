"""The totals of the whole business."""

from __future__ import annotations

from decimal import Decimal

import graphene

from crm.models import Customer, Order
from crm.schema.scalars import Money


class CrmStats(graphene.ObjectType):  # type: ignore[misc] # graphene has no type hints
    """Totals, each computed by the database when asked for."""

    total_customers = graphene.Int(required=True, description="All on record, anonymised ones included.")
    total_orders = graphene.Int(required=True, description="All ever placed, whatever became of them.")
    total_revenue = Money(required=True, description="What all orders but the cancelled ones come to.")

    def resolve_total_customers(self, info: graphene.ResolveInfo) -> int:
        """One COUNT."""
        return Customer.objects.count()

    def resolve_total_orders(self, info: graphene.ResolveInfo) -> int:
        """One COUNT."""
        return Order.objects.count()

    def resolve_total_revenue(self, info: graphene.ResolveInfo) -> Decimal:
        """One SUM."""
        return Order.objects.revenue()
