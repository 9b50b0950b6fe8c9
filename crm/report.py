"""The weekly report: totals by GraphQL, revenue per week by the database, and the mail that brings them."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, datetime, timedelta
from decimal import Decimal
from email.message import Message, MIMEPart
from typing import Any, NamedTuple

from django.core.mail import EmailMultiAlternatives
from django.db.models import DateField, Sum
from django.db.models.functions import TruncWeek
from django.template.loader import render_to_string
from django.utils import timezone

from crm.chart import HEIGHT, WIDTH, describe
from crm.clock import aware, start_of
from crm.graphql.client import CRM_STATS, ask
from crm.models import Order
from crm.templatetags.crm_money import money

WEEKS = 12
CHART = "chart@crm"


class Week(NamedTuple):
    """Monday to Sunday."""

    monday: date
    revenue: Decimal


class Figures(NamedTuple):
    """The present totals, and the last whole weeks, oldest first."""

    customers: int
    orders: int
    revenue: Decimal
    weeks: list[Week]

    @property
    def last_week(self) -> Decimal:
        """The revenue of last week."""
        return self.weeks[-1].revenue

    @property
    def text(self) -> str:
        """The line of the log, after the time."""
        return f" - Report: {self.customers} customers, {self.orders} orders, {self.revenue:.2f} revenue"


def figures(*, now: datetime) -> Figures:
    """The present totals, and the weeks before the week of `now`."""
    stats = ask(CRM_STATS)["crmStats"]
    revenue = Decimal(str(stats["totalRevenue"]))
    return Figures(stats["totalCustomers"], stats["totalOrders"], revenue, weeks(now=now))


def weeks(*, now: datetime) -> list[Week]:
    """The twelve whole weeks before the week of `now`, in the current time zone."""
    today = timezone.localtime(aware(now)).date()
    monday = today - timedelta(days=today.weekday())
    mondays = [monday - timedelta(weeks=weeks) for weeks in range(WEEKS, 0, -1)]
    orders = Order.objects.earning().filter(
        order_date__gte=start_of(mondays[0]), order_date__lt=start_of(monday)
    )
    rows = orders.values(monday=TruncWeek("order_date", output_field=DateField()))
    revenue = dict(rows.annotate(revenue=Sum("total_amount")).values_list("monday", "revenue"))
    return [Week(monday, revenue.get(monday, Decimal(0))) for monday in mondays]


class ReportMail(EmailMultiAlternatives):
    """A mail whose HTML shows the picture `cid:chart@crm`, which comes with it."""

    chart = b""

    def message(self, *args: Any, **options: Any) -> Any:
        """The message of Django, with the picture beside the HTML."""
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
    picture = {"source": f"cid:{CHART}", "alt": describe(figures.weeks), "width": WIDTH, "height": HEIGHT}
    context = {"figures": figures, "chart": picture}
    text, html = (render_to_string(f"crm/mail/report.{kind}", context) for kind in ("txt", "html"))
    mail = ReportMail(f"Weekly report: {money(figures.last_week)}", text, to=[to])
    mail.attach_alternative(html, "text/html")
    mail.chart = chart
    return mail


def _put_beside(part: Message, picture: Message) -> None:
    """Make of `part` a multipart/related of what it was and the picture (RFC 2387).

    Django has a way to attach a picture to a mail, not to its HTML, and another one in each version.
    """
    original = deepcopy(part)
    del part["Content-Type"], part["Content-Transfer-Encoding"], part["Content-Disposition"]
    part["Content-Type"] = 'multipart/related; type="text/html"'
    part.set_payload([original, picture])
