"""What the report says: totals by GraphQL, revenue per week by the database."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import DateField, Sum
from django.db.models.functions import TruncWeek
from django.utils import timezone

from crm.clock import aware, start_of
from crm.graphql.client import ask
from crm.graphql.documents import CRM_STATS
from crm.logs import Log
from crm.models import Order

WEEKS = 12
LOG = Log(file="crm_report_log.txt", stamp="%Y-%m-%d %H:%M:%S")


class Week(NamedTuple):
    """Monday to Sunday."""

    monday: date
    revenue: Decimal


class Figures(NamedTuple):
    """Totals of the moment it was asked, and the last whole weeks, oldest first."""

    customers: int
    orders: int
    revenue: Decimal
    weeks: list[Week]

    @property
    def last_week(self) -> Decimal:
        """Its revenue."""
        return self.weeks[-1].revenue

    @property
    def text(self) -> str:
        """What the log says of them, after the time."""
        return f" - Report: {self.customers} customers, {self.orders} orders, {self.revenue:.2f} revenue"


def figures(*, now: datetime) -> Figures:
    """The present totals, and the weeks before that of `now`."""
    stats = ask(CRM_STATS)["crmStats"]
    revenue = Decimal(str(stats["totalRevenue"]))
    return Figures(stats["totalCustomers"], stats["totalOrders"], revenue, weeks(now=now))


def weeks(*, now: datetime) -> list[Week]:
    """Twelve whole weeks of the current time zone; the one that `now` lies in is not over and not there."""
    today = timezone.localtime(aware(now)).date()
    monday = today - timedelta(days=today.weekday())
    mondays = [monday - timedelta(weeks=weeks) for weeks in range(WEEKS, 0, -1)]
    orders = Order.objects.earning().filter(
        order_date__gte=start_of(mondays[0]), order_date__lt=start_of(monday)
    )
    rows = orders.values(monday=TruncWeek("order_date", output_field=DateField()))
    revenue = dict(rows.annotate(revenue=Sum("total_amount")).values_list("monday", "revenue"))
    return [Week(monday, revenue.get(monday, Decimal(0))) for monday in mondays]
