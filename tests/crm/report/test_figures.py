from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from crm.models import OrderStatus
from crm.report.figures import Figures, Week, figures, weeks

from ..factories import customer, order, product

pytestmark = pytest.mark.django_db
SLOT = datetime(2026, 11, 23, 6, tzinfo=UTC)
"""A Monday."""
MOMENT = timedelta.resolution


def sell(price, moment, *, status=OrderStatus.PAID):
    return order(products={product(price=price): 1}, order_date=moment, status=status)


def revenues(now=SLOT):
    return {week.monday: week.revenue for week in weeks(now=now) if week.revenue}


def test_there_are_twelve_weeks_up_to_the_one_that_is_not_over():
    found = weeks(now=SLOT)
    assert [found[0], found[-1]] == [
        Week(date(2026, 8, 31), Decimal(0)),
        Week(date(2026, 11, 16), Decimal(0)),
    ]
    assert len(found) == 12


@pytest.mark.parametrize("days", [0, 3, 6])
def test_they_are_the_same_all_week(days):
    assert weeks(now=SLOT + timedelta(days=days)) == weeks(now=SLOT)


def test_revenue_is_that_of_the_week_it_was_made_in():
    first, last = datetime(2026, 8, 31, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)
    for price, moment in (
        ("1", first - MOMENT),
        ("2", first),
        ("4", last - timedelta(days=7)),
        ("8", last - MOMENT),
    ):
        sell(price, moment)
    sell("16", last)
    assert revenues() == {date(2026, 8, 31): Decimal(2), date(2026, 11, 16): Decimal(12)}


def test_a_cancelled_order_is_no_revenue():
    sell("5.25", SLOT - timedelta(days=7))
    sell("7", SLOT - timedelta(days=7), status=OrderStatus.PENDING)
    sell("100", SLOT - timedelta(days=7), status=OrderStatus.CANCELLED)
    assert revenues() == {date(2026, 11, 16): Decimal("12.25")}
    assert figures(now=SLOT).revenue == Decimal("12.25")


def test_weeks_are_those_of_the_settings_zone():
    """In New York a week begins at 5:00 UTC, and where clocks go back on Sunday at 4:00 before."""
    for price, moment in (
        ("1", datetime(2026, 11, 16, 4, 59, tzinfo=UTC)),
        ("2", datetime(2026, 11, 16, 5, tzinfo=UTC)),
        ("4", datetime(2026, 10, 26, 3, 59, tzinfo=UTC)),
        ("8", datetime(2026, 10, 26, 4, tzinfo=UTC)),
    ):
        sell(price, moment)
    with timezone.override("America/New_York"):
        assert revenues(SLOT + timedelta(hours=5)) == {
            date(2026, 10, 19): Decimal(4),
            date(2026, 10, 26): Decimal(8),
            date(2026, 11, 9): Decimal(1),
            date(2026, 11, 16): Decimal(2),
        }


def test_a_naive_slot_is_refused():
    with pytest.raises(ValueError, match="has no time zone"):
        weeks(now=datetime(2026, 11, 23, 6))  # noqa: DTZ001


def test_totals_come_from_graphql():
    customer()
    sell("999.90", SLOT)
    sell("0.60", SLOT - timedelta(days=900))
    assert figures(now=SLOT)[:3] == (3, 2, Decimal("1000.50"))


def test_the_line_of_the_log_has_the_agreed_shape():
    assert Figures(3, 2, Decimal("1000.5"), []).text == " - Report: 3 customers, 2 orders, 1000.50 revenue"


def test_many_orders_take_as_many_statements_as_few(django_assert_num_queries):
    for count in (1, 20):
        for number in range(count):
            sell("10", SLOT - timedelta(days=number))
        with django_assert_num_queries(4):
            figures(now=SLOT)
