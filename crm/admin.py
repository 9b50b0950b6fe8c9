"""The admin's pages. Orders can be read and their status set; `crm.ordering` places them.

Django's admin classes take no type argument at run time, hence the comments for mypy.
"""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from crm.models import Customer, Order, OrderItem, Post, Product


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Customers; who has ordered cannot be deleted."""

    list_display = ["name", "email", "phone", "created_at", "anonymised_at"]
    search_fields = ["name", "email"]
    date_hierarchy = "created_at"


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Products."""

    list_display = ["name", "price", "stock"]
    search_fields = ["name"]


class OrderItemInline(admin.TabularInline):  # type: ignore[type-arg]
    """What was ordered, to read."""

    model = OrderItem
    readonly_fields = ["product", "quantity", "unit_price", "amount"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        """The total is fixed."""
        return False


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Orders."""

    list_display = ["id", "customer", "order_date", "total_amount", "status"]
    list_filter = ["status", "order_date"]
    list_select_related = ["customer"]
    readonly_fields = ["customer", "order_date", "total_amount", "reminded_at"]
    inlines = [OrderItemInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The admin does not compute totals."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        """Orders are the history of revenue: cancel them."""
        return False


@admin.register(Post)
class PostAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Posts."""

    list_display = ["title", "status", "updated_at"]
    list_filter = ["status"]
    search_fields = ["title"]
