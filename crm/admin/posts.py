"""Posts."""

from __future__ import annotations

from django.contrib import admin

from crm.models import Post


@admin.register(Post)
class PostAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Drafts that nobody touches are deleted after a week."""

    list_display = ["title", "status", "updated_at"]
    list_filter = ["status"]
    search_fields = ["title"]
