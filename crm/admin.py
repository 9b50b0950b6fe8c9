"""The admin's pages: history can be read, and what may be done to it is an action.

Django's admin classes take no type argument at run time, hence the comments for mypy.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied, SuspiciousFileOperation
from django.db.models import QuerySet, URLField
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator

from crm import api_keys, models, ordering
from crm.models.content import UploadQuerySet
from crm.models.order import OrderQuerySet
from crm.models.webhook import WebhookDeliveryQuerySet, WebhookEndpointQuerySet


class ActingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Nobody edits these rows by hand. Actions call the methods that the rest of the app calls.

    Actions ask for `permissions=["act"]`: the permission to change, which edits nothing here.
    """

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody edits them."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Also what no form shows."""
        return [field.name for field in self.opts.fields if not field.editable]

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Whether somebody may use the actions."""
        codename = get_permission_codename("change", self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}")

    def report(self, request: HttpRequest, what: str, done: int, chosen: int) -> None:
        """Say how many of the chosen rows an action changed; the others were not in a state for it."""
        self.message_user(request, f"{what}: {done} of {chosen}.")


class HistoryAdmin(ActingAdmin):
    """What programs wrote: nobody adds to it, and nobody takes away from it."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """None is made by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It stays."""
        return False


@admin.register(models.Customer)
class CustomerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A customer with orders cannot be deleted; an anonymised one can only be looked at."""

    list_display = ["name", "email", "phone", "created_at", "anonymised_at"]
    search_fields = ["name", "email"]
    date_hierarchy = "created_at"

    def has_change_permission(self, request: HttpRequest, obj: models.Customer | None = None) -> bool:
        """The database would refuse to give an anonymised customer a name."""
        anonymised = obj is not None and obj.anonymised_at is not None
        return not anonymised and super().has_change_permission(request, obj)


@admin.register(models.Product)
class ProductAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A new price is for new orders."""

    list_display = ["name", "price", "stock"]
    search_fields = ["name"]


class OrderItemInline(admin.TabularInline):  # type: ignore[type-arg]
    """What was ordered."""

    model = models.OrderItem
    fields = ["product", "quantity", "unit_price", "amount"]
    readonly_fields = ["amount"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.OrderItem]:
        """With their products, in one statement."""
        return super().get_queryset(request).select_related("product")


@admin.register(models.Order)
class OrderAdmin(HistoryAdmin):
    """The history of revenue: an order that nobody wants is cancelled."""

    list_display = ["id", "customer", "order_date", "total_amount", "status", "paid_at"]
    list_filter = ["status", "order_date"]
    list_select_related = ["customer"]
    inlines = [OrderItemInline]
    actions = ["pay", "cancel"]

    @admin.action(description="Mark as paid", permissions=["act"])
    def pay(self, request: HttpRequest, queryset: OrderQuerySet) -> None:
        """The pending ones."""
        chosen, paid = queryset.count(), ordering.pay(queryset, now=timezone.now())
        self.report(request, "Marked as paid", paid, chosen)

    @admin.action(description="Cancel", permissions=["act"])
    def cancel(self, request: HttpRequest, queryset: OrderQuerySet) -> None:
        """The pending ones."""
        chosen, cancelled = queryset.count(), queryset.cancel()
        self.report(request, "Cancelled", cancelled, chosen)


@admin.register(models.Payment)
class PaymentAdmin(HistoryAdmin):
    """Charges, as the provider describes them."""

    list_display = ["charge_id", "order", "amount", "currency", "status", "reconciled_at"]
    list_filter = ["status"]
    list_select_related = ["order"]
    search_fields = ["charge_id"]


@admin.register(models.PaymentDifference)
class PaymentDifferenceAdmin(HistoryAdmin):
    """Each resolves itself once the provider's books and ours agree."""

    list_display = ["detail", "kind", "order", "charge_id", "found_at", "resolved_at"]
    list_filter = [("resolved_at", admin.EmptyFieldListFilter), "kind"]
    list_select_related = ["order"]
    search_fields = ["charge_id"]


@admin.register(models.Post)
class PostAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Drafts that nobody touches are deleted after a week."""

    list_display = ["title", "status", "updated_at"]
    list_filter = ["status"]
    search_fields = ["title"]


@admin.register(models.Upload)
class UploadAdmin(ActingAdmin):
    """A person decides what is pending though it was checked, and may overrule the model."""

    list_display = ["id", "customer", "excerpt", "status", "reason", "created_at", "checked_at"]
    list_filter = ["status", ("checked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["customer"]
    autocomplete_fields = ["customer"]
    actions = ["approve", "reject"]

    def get_fields(self, request: HttpRequest, obj: models.Upload | None = None) -> tuple[str, ...]:
        """What is sent in, and later also what became of it."""
        if obj is None:
            return ("customer", "text", "file")
        return ("customer", "created_at", "status", "reason", "checked_at", "text", "download")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """And the link."""
        return [*super().get_readonly_fields(request, obj), "download"]

    @admin.action(description="Approve", permissions=["act"])
    def approve(self, request: HttpRequest, queryset: UploadQuerySet) -> None:
        """Those that are not approved yet."""
        self._decide(request, queryset, models.UploadStatus.APPROVED)

    @admin.action(description="Reject", permissions=["act"])
    def reject(self, request: HttpRequest, queryset: UploadQuerySet) -> None:
        """Those that are not rejected yet."""
        self._decide(request, queryset, models.UploadStatus.REJECTED)

    def _decide(self, request: HttpRequest, queryset: UploadQuerySet, status: models.UploadStatus) -> None:
        reason, chosen = f"by {request.user.get_username()}", queryset.count()
        done = queryset.exclude(status=status).decide(status, reason, now=timezone.now())
        self.report(request, status.label, done, chosen)

    @admin.display(description="text")
    def excerpt(self, upload: models.Upload) -> str:
        """The beginning of the text: enough to decide most."""
        return Truncator(upload.text or f"[{PurePath(str(upload.file.name)).name}]").chars(80)

    @admin.display(description="file")
    def download(self, upload: models.Upload) -> str:
        """A link, if there is a file."""
        if not upload.file.name:
            return "-"
        url = reverse("admin:crm_upload_file", args=[upload.pk], current_app=self.admin_site.name)
        return format_html('<a href="{}">{}</a>', url, PurePath(upload.file.name).name)

    def get_urls(self) -> list[URLPattern]:
        """One more page: the file."""
        view = self.admin_site.admin_view(self.send_file)
        return [path("<int:pk>/file/", view, name="crm_upload_file"), *super().get_urls()]

    def send_file(self, request: HttpRequest, pk: int) -> FileResponse:
        """To save, not to show: an HTML file from a stranger would run as a page of this site."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        upload = get_object_or_404(models.Upload.objects.exclude(file=""), pk=pk)
        try:
            return FileResponse(upload.file.open("rb"), as_attachment=True)
        except (OSError, SuspiciousFileOperation) as error:
            raise Http404("The file cannot be read.") from error


@admin.register(models.WebhookEndpoint)
class WebhookEndpointAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Its secret is made with it, and shown to those who may change it."""

    list_display = ["url", "event", "failing_since", "disabled_at", "disabled_reason"]
    list_filter = ["event"]
    search_fields = ["url"]
    readonly_fields = ["secret", "created_at", "failing_since", "disabled_at", "disabled_reason"]
    actions = ["enable"]
    formfield_overrides = {URLField: {"assume_scheme": "https"}}  # for an address without one

    def get_fields(self, request: HttpRequest, obj: models.WebhookEndpoint | None = None) -> tuple[str, ...]:
        """With the secret, once there is one."""
        if obj is None:
            return ("url", "event")
        secret = ("secret",) if self.has_change_permission(request, obj) else ()
        return ("url", "event", *secret, "created_at", "failing_since", "disabled_at", "disabled_reason")

    @admin.action(description="Enable again", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: WebhookEndpointQuerySet) -> None:
        """The disabled ones."""
        chosen, enabled = queryset.count(), queryset.enable(now=timezone.now())
        self.message_user(request, f"Enabled: {enabled} of {chosen}.")


@admin.register(models.WebhookDelivery)
class WebhookDeliveryAdmin(HistoryAdmin):
    """All tries of one delivery have its message id."""

    list_display = ["__str__", "endpoint", "attempts", "next_try_at", "delivered_at", "last_error"]
    list_filter = ["event"]
    list_select_related = ["endpoint"]
    actions = ["try_again"]

    @admin.action(description="Try again now", permissions=["act"])
    def try_again(self, request: HttpRequest, queryset: WebhookDeliveryQuerySet) -> None:
        """Those that are not delivered."""
        chosen, due = queryset.count(), queryset.try_again(now=timezone.now())
        self.report(request, "To be tried again", due, chosen)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They go with their endpoint, which asks here."""
        return super(ActingAdmin, self).has_delete_permission(request, obj)


@admin.register(models.SentMail)
class SentMailAdmin(HistoryAdmin):
    """Without its row here, a mail would go out again."""

    list_display = ["key", "sent_at"]
    search_fields = ["key"]


@admin.register(models.ApiKey)
class ApiKeyAdmin(ActingAdmin):
    """`manage.py crm_api_key` makes keys and shows each once; here they are revoked. Never the digest."""

    list_display = ["id", "name", "user", "created_at", "expires_at", "last_used_at", "revoked_at"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username"]
    fields = ["user", "name", "created_at", "expires_at", "last_used_at", "revoked_at"]
    actions = ["revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only a digest is stored, so no page could show the key."""
        return False

    @admin.action(description="Revoke", permissions=["act"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[models.ApiKey]) -> None:
        """Those that are not revoked yet."""
        now, chosen = timezone.now(), list(queryset.values_list("pk", flat=True))
        self.report(request, "Revoked", sum(api_keys.revoke(pk, now=now) for pk in chosen), len(chosen))
