"""Sending webhooks, every two minutes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from crm.models import WebhookDelivery
from crm.patterns import in_batches, reference_time
from crm.webhooks.delivery import Outcome, Try, deliver

RUN_SECONDS = 75
"""After so long no try is begun: what is left is better off in the next run than in its way."""
MOST = 1000
"""How many deliveries a run takes on."""


class Command(BaseCommand):
    """Says ids and answers only: payloads are for their receivers, and a URL may hold a key.

    What is due is asked of the slot, so a second run of it finds nothing to do. When to try again
    counts from the clock: a slot that is run late would else use up all tries in a row. Endpoints take
    turns, so that many deliveries to one of them do not keep the others waiting.
    """

    help = "Send the webhooks that are due, signed; try again later what is not accepted."

    def handle(self, *args: Any, **options: Any) -> None:
        """Tidy up, then send."""
        due = reference_time()
        self._forget(due)
        tries = list(self._send(due))
        outcomes = Counter(made.outcome for made in tries)
        disabled = sum(bool(made.disabled) for made in tries)
        counts = [f"{outcomes[outcome]} {outcome.value}" for outcome in Outcome]
        counts.append(f"{disabled} endpoint{'' if disabled == 1 else 's'} disabled")
        self.stdout.write(f"Webhooks: {', '.join(counts)}.")

    def _send(self, due: datetime) -> Iterator[Try]:
        end = time.monotonic() + RUN_SECONDS
        found = WebhookDelivery.objects.in_turns(now=due).values_list("pk", flat=True)[:MOST]
        for (pk,) in in_batches(list(found), size=1):
            if time.monotonic() > end:
                self.stdout.write("The time is over; the rest is for the next run.")
                return
            if made := deliver(pk, due=due, now=max(due, timezone.now())):
                self._tell(made)
                yield made

    def _tell(self, made: Try) -> None:
        said = f"{made.answer}, {made.outcome.value}"
        self.stdout.write(f"Delivery {made.delivery} to endpoint {made.endpoint}: {said}.")
        if made.disabled:
            self.stdout.write(f"Endpoint {made.endpoint} disabled: {made.disabled}")

    def _forget(self, now: datetime) -> None:
        """Delete what is of no interest any more: a table that is read so often has to stay small."""
        stale = WebhookDelivery.objects.stale(now=now).order_by("pk")[:MOST]
        for batch in in_batches(list(stale.values_list("pk", flat=True))):
            WebhookDelivery.objects.filter(pk__in=batch).delete()
            self.stdout.write(f"Old deliveries: {len(batch)} deleted.")
