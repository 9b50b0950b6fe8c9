"""The nightly look at what customers have sent in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm import moderation
from crm.models import Upload
from crm.moderation.judges import NotJudged, Outcome
from crm.patterns import in_batches, reference_time

BATCH = 20
"""Each may be a megabyte of text."""


class Command(BaseCommand):
    """Decides once: what is decided or waits for a person is not judged again."""

    help = "Approve or reject what customers sent in; what the model is not sure of waits for a person."

    def handle(self, *args: Any, **options: Any) -> None:
        """Judge what had come by the time of the slot."""
        now = reference_time()
        waiting = Upload.objects.unchecked().filter(created_at__lte=now).order_by("pk")
        found: Counter[str] = Counter()
        for batch in in_batches(list(waiting.values_list("pk", flat=True)), size=BATCH):
            found.update(self._moderate(batch, now))
        self.stdout.write(
            f"Uploads: {found['approved']} approved, {found['rejected']} rejected, "
            f"{found['uncertain']} for a person."
        )
        if failed := found["failed"]:
            raise CommandError(f"{failed} uploads could not be judged; the output says which and why.")

    def _moderate(self, batch: Sequence[int], now: datetime) -> list[str]:
        uploads = list(Upload.objects.unchecked().filter(pk__in=batch).order_by("pk"))
        outcomes = zip(uploads, moderation.judge(uploads), strict=True)
        return [self._note(upload, outcome, now) for upload, outcome in outcomes]

    def _note(self, upload: Upload, outcome: Outcome, now: datetime) -> str:
        """Store and tell one outcome; returns what it counts as. Reasons may quote: the admin has them."""
        if isinstance(outcome, NotJudged):
            self.stdout.write(f"Upload {upload.pk}: not judged, {outcome}.")
            return "failed"
        mine = Upload.objects.unchecked().filter(pk=upload.pk)
        if not mine.decide(outcome.status, outcome.reason, now=now):
            self.stdout.write(f"Upload {upload.pk}: decided by somebody else meanwhile.")
            return "decided"
        self.stdout.write(f"Upload {upload.pk}: {outcome.verdict}.")
        return outcome.verdict
