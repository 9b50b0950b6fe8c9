"""Products."""

from __future__ import annotations

from django.contrib import admin

from crm.models import Product


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A new price is for new orders."""

    list_display = ["name", "price", "stock"]
    search_fields = ["name"]
