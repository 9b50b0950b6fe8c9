"""Customers."""

from __future__ import annotations

from django.contrib import admin

from crm.models import Customer


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who has ordered cannot be deleted."""

    list_display = ["name", "email", "phone", "created_at", "anonymised_at"]
    search_fields = ["name", "email"]
    date_hierarchy = "created_at"
