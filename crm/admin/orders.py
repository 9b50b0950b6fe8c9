"""Orders. `crm.ordering` places them; here they are read, marked as paid and cancelled."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from crm import ordering
from crm.admin.base import HistoryAdmin
from crm.models import Order, OrderItem
from crm.models.order import OrderQuerySet


class OrderItemInline(admin.TabularInline):  # type: ignore[type-arg]
    """What was ordered."""

    model = OrderItem
    fields = ["product", "quantity", "unit_price", "amount"]
    readonly_fields = ["amount"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderItem]:
        """With their products, in one statement."""
        return super().get_queryset(request).select_related("product")


@admin.register(Order)
class OrderAdmin(HistoryAdmin):
    """The history of revenue: what is not wanted is cancelled."""

    list_display = ["id", "customer", "order_date", "total_amount", "status", "paid_at"]
    list_filter = ["status", "order_date"]
    list_select_related = ["customer"]
    inlines = [OrderItemInline]
    actions = ["pay", "cancel"]

    @admin.action(description="Mark as paid", permissions=["act"])
    def pay(self, request: HttpRequest, queryset: OrderQuerySet) -> None:
        """The pending ones."""
        chosen, paid = queryset.count(), ordering.pay(queryset, now=timezone.now())
        self.tell(request, "Marked as paid", paid, chosen)

    @admin.action(description="Cancel", permissions=["act"])
    def cancel(self, request: HttpRequest, queryset: OrderQuerySet) -> None:
        """The pending ones."""
        chosen, cancelled = queryset.count(), queryset.cancel()
        self.tell(request, "Cancelled", cancelled, chosen)
