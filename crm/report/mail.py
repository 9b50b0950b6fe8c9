"""The report as a mail, with its chart inside."""

from __future__ import annotations

from copy import deepcopy
from email.message import Message, MIMEPart
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from crm.report.chart import HEIGHT, WIDTH, describe
from crm.report.figures import Figures
from crm.templatetags.crm_money import money

CHART = "chart@crm"


class ReportMail(EmailMultiAlternatives):
    """A mail whose HTML shows the picture `cid:chart@crm`, which comes with it."""

    chart = b""

    def message(self, *args: Any, **options: Any) -> Any:
        """As Django writes it, with the picture beside the HTML."""
        message = super().message(*args, **options)
        html = next(part for part in message.walk() if part.get_content_type() == "text/html")
        _put_beside(html, self._picture())
        return message

    def _picture(self) -> MIMEPart:
        part = MIMEPart()
        part.set_content(
            self.chart, "image", "png", disposition="inline", filename="revenue.png", cid=f"<{CHART}>"
        )
        return part


def compose(figures: Figures, chart: bytes, *, to: str) -> ReportMail:
    """The report for one address, with the PNG of its chart."""
    text = render_to_string("crm/mail/report.txt", {"figures": figures})
    mail = ReportMail(f"Weekly report: {money(figures.last_week)}", text, to=[to])
    mail.attach_alternative(page(figures, chart=f"cid:{CHART}"), "text/html")
    mail.chart = chart
    return mail


def page(figures: Figures, *, chart: str) -> str:
    """The HTML of the report; `chart` is the address of the picture."""
    shown = {"source": chart, "alt": describe(figures.weeks), "width": WIDTH, "height": HEIGHT}
    return render_to_string("crm/mail/report.html", {"figures": figures, "chart": shown})


def _put_beside(part: Message, picture: Message) -> None:
    """Make of `part` a multipart/related of what it was and the picture (RFC 2387).

    Django has a way to attach a picture to a mail, not to its HTML, and another one in each version.
    """
    original = deepcopy(part)
    del part["Content-Type"], part["Content-Transfer-Encoding"], part["Content-Disposition"]
    part["Content-Type"] = 'multipart/related; type="text/html"'
    part.set_payload([original, picture])
