"""What customers sent in, and deciding what the model was not sure of."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, SuspiciousFileOperation
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator

from crm.admin.base import ActingAdmin
from crm.models import Upload, UploadStatus
from crm.models.upload import UploadQuerySet


class PersonFilter(admin.SimpleListFilter):
    """What the model has left to people."""

    title, parameter_name = "waits for a person", "person"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choice."""
        return [("yes", "Yes")]

    def queryset(self, request: HttpRequest, queryset: Any) -> UploadQuerySet:
        """Those that wait, or all."""
        found: UploadQuerySet = queryset
        return found.for_a_person() if self.value() else found


@admin.register(Upload)
class UploadAdmin(ActingAdmin):
    """A person's decision replaces that of the model."""

    list_display = ["id", "customer", "excerpt", "status", "reason", "created_at"]
    list_filter = [PersonFilter, "status"]
    list_select_related = ["customer"]
    autocomplete_fields = ["customer"]
    actions = ["approve", "reject"]

    def get_fields(self, request: HttpRequest, obj: Upload | None = None) -> tuple[str, ...]:
        """What is sent in, and later also what became of it."""
        if obj is None:
            return ("customer", "text", "file")
        return ("customer", "created_at", "status", "reason", "checked_at", "text", "download")

    def get_readonly_fields(self, request: HttpRequest, obj: Upload | None = None) -> list[str]:
        """And the link."""
        return [*super().get_readonly_fields(request, obj), "download"]

    @admin.action(description="Approve", permissions=["act"])
    def approve(self, request: HttpRequest, queryset: UploadQuerySet) -> None:
        """Those that are not approved yet."""
        self._decide(request, queryset, UploadStatus.APPROVED)

    @admin.action(description="Reject", permissions=["act"])
    def reject(self, request: HttpRequest, queryset: UploadQuerySet) -> None:
        """Those that are not rejected yet."""
        self._decide(request, queryset, UploadStatus.REJECTED)

    def _decide(self, request: HttpRequest, queryset: UploadQuerySet, status: UploadStatus) -> None:
        reason, chosen = f"by {request.user.get_username()}", queryset.count()
        done = queryset.exclude(status=status).decide(status, reason, now=timezone.now())
        self.tell(request, status.label, done, chosen)

    def get_urls(self) -> list[URLPattern]:
        """One more page: the file."""
        view = self.admin_site.admin_view(self.send_file)
        return [path("<int:pk>/file/", view, name="crm_upload_file"), *super().get_urls()]

    @admin.display(description="text")
    def excerpt(self, upload: Upload) -> str:
        """Its beginning: enough to decide most."""
        return Truncator(upload.text or f"[{PurePath(str(upload.file.name)).name}]").chars(80)

    @admin.display(description="file")
    def download(self, upload: Upload) -> str:
        """A link, if there is one."""
        if not upload.file.name:
            return "-"
        url = reverse("admin:crm_upload_file", args=[upload.pk], current_app=self.admin_site.name)
        return format_html('<a href="{}">{}</a>', url, PurePath(upload.file.name).name)

    def send_file(self, request: HttpRequest, pk: int) -> FileResponse:
        """To save, not to show: an HTML file from a stranger would run as a page of this site."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        upload = get_object_or_404(Upload.objects.exclude(file=""), pk=pk)
        try:
            return FileResponse(upload.file.open("rb"), as_attachment=True)
        except (OSError, SuspiciousFileOperation) as error:
            raise Http404("The file cannot be read.") from error
