from decimal import Decimal

import pytest

from crm.graphql import client as documents
from crm.models import Customer, OrderStatus

from ..factories import NOW, customer, order, product
from .local import data

pytestmark = pytest.mark.django_db


def stats():
    return data(documents.CRM_STATS)["crmStats"]


def test_an_empty_shop_has_nothing():
    assert stats() == {"totalCustomers": 0, "totalOrders": 0, "totalRevenue": "0.00"}


def test_all_orders_are_counted_and_cancelled_ones_earn_nothing():
    alice, thing = customer(), product(price="10.10")
    for status in OrderStatus.values:
        order(alice, products={thing: 1}, status=status)
    customer()
    assert stats() == {"totalCustomers": 2, "totalOrders": 3, "totalRevenue": "20.20"}


def test_revenue_is_exact_where_floats_are_not():
    for price in ("0.10", "0.20", "99999999.99"):
        order(products={product(price=price): 1})
    assert Decimal(stats()["totalRevenue"]) == Decimal("100000000.29")


def test_who_was_anonymised_is_still_counted():
    order()
    before = stats()
    Customer.objects.all().anonymise(now=NOW)
    assert stats() == before


@pytest.mark.parametrize("orders", [1, 50])
def test_they_take_one_statement_each(django_assert_num_queries, orders):
    for _ in range(orders):
        order()
    with django_assert_num_queries(3):
        assert stats()["totalOrders"] == orders
