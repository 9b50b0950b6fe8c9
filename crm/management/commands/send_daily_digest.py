"""The morning mail for the staff."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.formats import date_format

from crm.batches import in_batches
from crm.clock import reference_time
from crm.digest import Digest, digest
from crm.mailing import Mailer, compose, forget, key
from crm.staff import Colleague, reachable_staff


class Command(BaseCommand):
    """The numbers are computed once, however many read them."""

    help = "Mail each active staff user the numbers of the day before and what waits for a person."

    def handle(self, *args: Any, **options: Any) -> None:
        """One mail per user and slot; of the mails of all jobs, old notes are deleted here, once a day."""
        self.now, self.sent = reference_time(), 0
        forget(now=self.now)
        staff, numbers = reachable_staff(), digest(now=self.now)
        with Mailer(self.stdout.write) as mailer:
            for (colleague,) in in_batches(staff, size=1):
                self._mail(colleague, numbers, mailer)
        if not staff:
            self.stdout.write("No active staff user has an e-mail address.")
        self.stdout.write(f"Digest mails for {numbers.day}: {self.sent} of {len(staff)} sent.")
        mailer.finish()

    def _mail(self, colleague: Colleague, numbers: Digest, mailer: Mailer) -> None:
        subject = f"CRM on {date_format(numbers.day, 'j F Y')}"
        message = compose("digest", {"digest": numbers}, subject=subject, to=colleague.email)
        with mailer.trying(f"User {colleague.pk}"):
            sent = mailer.send_once(
                key("digest", self.now, f"user {colleague.pk}"), message, now=timezone.now()
            )
            self.sent += sent
            self.stdout.write(f"User {colleague.pk}: {'mailed' if sent else 'was mailed already'}.")
