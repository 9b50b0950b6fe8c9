"""API keys. A key is shown when it is made, and never again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from crm import access
from crm.admin.base import ActingAdmin
from crm.models import ApiKey


@admin.register(ApiKey)
class ApiKeyAdmin(ActingAdmin):
    """Whoever is no superuser makes keys for themselves only, or they could have anybody's permissions."""

    list_display = ["id", "name", "user", "created_at", "expires_at", "last_used_at", "revoked_at"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username"]
    actions = ["revoke"]

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        """Never the digest."""
        given = ("user", "name", "expires_at")
        return (*given, "created_at", "last_used_at", "revoked_at") if obj else given

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Whose key it can be."""
        if db_field.name == "user":
            users = User.objects.filter(is_active=True).order_by("username")
            own = users.filter(username=request.user.get_username())
            kwargs["queryset"] = users if request.user.is_superuser else own
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Make the key and show it; only its digest is stored."""
        row, key = access.create(obj.user, obj.name, expires_at=obj.expires_at, now=timezone.now())
        obj.pk = row.pk
        self.message_user(request, f"The key of {obj.name}, shown this once: {key}", messages.WARNING)

    @admin.action(description="Revoke", permissions=["act"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """Those that are not revoked yet."""
        now, chosen = timezone.now(), list(queryset.values_list("pk", flat=True))
        self.tell(request, "Revoked", sum(access.revoke(pk, now=now) for pk in chosen), len(chosen))
