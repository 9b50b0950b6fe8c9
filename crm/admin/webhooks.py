"""Who is told of events, and what they were told. deliver_webhooks does it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import URLField
from django.http import HttpRequest
from django.utils import timezone

from crm.admin.base import ActingAdmin, HistoryAdmin
from crm.models import WebhookDelivery, WebhookEndpoint
from crm.models.webhook import WebhookDeliveryQuerySet, WebhookEndpointQuerySet


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Its secret is made with it, and shown to those who may change it."""

    list_display = ["url", "event", "failing_since", "disabled_at", "disabled_reason"]
    list_filter = ["event"]
    search_fields = ["url"]
    readonly_fields = ["secret", "created_at", "failing_since", "disabled_at", "disabled_reason"]
    actions = ["enable"]
    formfield_overrides = {URLField: {"assume_scheme": "https"}}  # for an address without one

    def get_fields(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> tuple[str, ...]:
        """What is to be told where, and later also how that goes."""
        editable = ("url", "event")
        if obj is None:
            return editable
        secret = ("secret",) if self.has_change_permission(request, obj) else ()
        return (*editable, *secret, "created_at", "failing_since", "disabled_at", "disabled_reason")

    @admin.action(description="Enable again", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: WebhookEndpointQuerySet) -> None:
        """The disabled ones."""
        chosen, enabled = queryset.count(), queryset.enable(now=timezone.now())
        self.message_user(request, f"Enabled: {enabled} of {chosen}.")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(HistoryAdmin):
    """Tries of one delivery all have its message id."""

    list_display = [
        "message_id",
        "event",
        "endpoint",
        "attempts",
        "next_try_at",
        "delivered_at",
        "last_error",
    ]
    list_filter = ["event"]
    list_select_related = ["endpoint"]
    actions = ["try_again"]

    @admin.action(description="Try again now", permissions=["act"])
    def try_again(self, request: HttpRequest, queryset: WebhookDeliveryQuerySet) -> None:
        """Those that are not delivered."""
        chosen, due = queryset.count(), queryset.try_again(now=timezone.now())
        self.tell(request, "To be tried again", due, chosen)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They go with their endpoint, which asks here."""
        return super(ActingAdmin, self).has_delete_permission(request, obj)
