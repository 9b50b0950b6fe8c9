"""The weekly report."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm import conf
from crm.chart import draw
from crm.mailing import Mailer, key, reachable_staff
from crm.patterns import Log, in_batches, reference_time
from crm.report import Figures, compose, figures

LOG = Log(file="crm_report_log.txt", stamp="%Y-%m-%d %H:%M:%S")


class Command(BaseCommand):
    """Logs first: the line is written even if the mail server is down."""

    help = "Log how many customers and orders there are and the revenue, and mail it with a chart."

    def handle(self, *args: Any, **options: Any) -> None:
        """One line per slot, and one mail per recipient and slot."""
        self.now, self.sent = reference_time(), 0
        found = figures(now=self.now)
        added = LOG.add(self.now, found.text, conf.log_dir())
        self.stdout.write(LOG.line(self.now, found.text) + ("" if added else " (was logged already)"))
        recipients = _recipients()
        with Mailer(self.stdout.write) as mailer:
            self._mail(found, recipients, mailer)
        self.stdout.write(f"Report mails: {self.sent} of {len(recipients)} sent.")
        mailer.finish()

    def _mail(self, found: Figures, recipients: list[str], mailer: Mailer) -> None:
        chart = draw(found.weeks)
        for (address,) in in_batches(recipients, size=1):
            message = compose(found, chart, to=address)
            with mailer.trying(address):
                sent = mailer.send_once(key("crm_report", self.now, address), message, now=timezone.now())
                self.sent += sent
                self.stdout.write(f"{address}: {'mailed' if sent else 'was mailed already'}.")


def _recipients() -> list[str]:
    found = conf.report_recipients() or [colleague.email for colleague in reachable_staff()]
    if not found:
        raise CommandError(
            "Nobody to mail the report to: name addresses in CRM_REPORT_RECIPIENTS, or give an e-mail "
            "address to an active staff user."
        )
    return found
