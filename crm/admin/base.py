"""What the pages share."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.http import HttpRequest


class ActingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Nothing is edited by hand. Actions call the methods that the rest of the app calls.

    They ask for `permissions=["act"]`: the permission to change, which here edits nothing.
    """

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows can be read."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What no form would show."""
        return [field.name for field in self.opts.fields if not field.editable]

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Whether somebody may use the actions."""
        codename = get_permission_codename("change", self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}")

    def tell(self, request: HttpRequest, what: str, done: int, chosen: int) -> None:
        """Say how many of the chosen rows an action was for; the others were not in a state for it."""
        self.message_user(request, f"{what}: {done} of {chosen}.")


class HistoryAdmin(ActingAdmin):
    """What programs wrote: nobody adds to it, and nobody takes away from it."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """None is made by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It stays."""
        return False
