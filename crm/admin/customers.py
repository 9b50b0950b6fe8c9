"""Customers."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from crm.models import Customer


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who has ordered cannot be deleted; who was anonymised can only be looked at."""

    list_display = ["name", "email", "phone", "created_at", "anonymised_at"]
    search_fields = ["name", "email"]
    date_hierarchy = "created_at"

    def has_change_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        """Nobody stays nobody: the database would refuse a name."""
        anonymised = obj is not None and obj.anonymised_at is not None
        return not anonymised and super().has_change_permission(request, obj)
