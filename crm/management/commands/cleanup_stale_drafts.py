"""The daily clean-up of posts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from crm.models import Post
from crm.patterns import in_batches, reference_time


class Command(BaseCommand):
    """Deletes what was stale at the time of the slot, in batches."""

    help = "Delete draft posts that nobody has touched for seven days."

    def handle(self, *args: Any, **options: Any) -> None:
        """List the ids first, then delete batch by batch."""
        now = reference_time()
        stale = list(Post.objects.stale_drafts(now=now).order_by("pk").values_list("pk", flat=True))
        deleted = sum(self._delete(batch, now) for batch in in_batches(stale))
        self.stdout.write(f"Stale drafts: {deleted} deleted.")

    @transaction.atomic
    def _delete(self, batch: Sequence[int], now: datetime) -> int:
        """Delete one batch, except drafts that were saved since they were listed."""
        rows = Post.objects.stale_drafts(now=now).filter(pk__in=batch).order_by("pk")
        drafts = dict(rows.select_for_update().values_list("pk", "title"))
        Post.objects.filter(pk__in=drafts).delete()
        for pk, title in drafts.items():
            self.stdout.write(f"Deleted draft {pk}: {' '.join(title.split())}")  # in one line
        return len(drafts)
