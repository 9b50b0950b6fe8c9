"""Payments, and where the provider's books and ours differ. reconcile_payments writes both."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from crm.admin.base import HistoryAdmin
from crm.models import Payment, PaymentDifference


@admin.register(Payment)
class PaymentAdmin(HistoryAdmin):
    """As the provider tells of them."""

    list_display = ["charge_id", "order", "amount", "currency", "status", "reconciled_at"]
    list_filter = ["status"]
    list_select_related = ["order"]
    search_fields = ["charge_id"]


class StateFilter(admin.SimpleListFilter):
    """Whether somebody still has to look at it."""

    title = parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choices."""
        return [("open", "Open"), ("resolved", "Resolved")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The differences of that state, or all."""
        return queryset.filter(resolved_at__isnull=self.value() == "open") if self.value() else queryset


@admin.register(PaymentDifference)
class PaymentDifferenceAdmin(HistoryAdmin):
    """Each resolves itself once the books agree."""

    list_display = ["detail", "kind", "order", "charge_id", "found_at", "resolved_at"]
    list_filter = [StateFilter, "kind"]
    list_select_related = ["order"]
    search_fields = ["charge_id"]
