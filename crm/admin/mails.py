"""Mails that went out."""

from __future__ import annotations

from django.contrib import admin

from crm.admin.base import HistoryAdmin
from crm.models import SentMail


@admin.register(SentMail)
class SentMailAdmin(HistoryAdmin):
    """Without its row here, a mail would go out again."""

    list_display = ["key", "sent_at"]
    search_fields = ["key"]
