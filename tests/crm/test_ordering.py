from datetime import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from crm.models import Order
from crm.ordering import compose, place, place_all

from .factories import ago, customer, product

pytestmark = pytest.mark.django_db


def test_the_total_is_what_the_items_cost_together():
    order = place(customer(), {product(price="999.99"): 2, product("Mouse", price="39.90"): 1})
    order.refresh_from_db()
    assert order.total_amount == Decimal("2039.88")
    assert sum(item.amount for item in order.items.all()) == order.total_amount


def test_a_new_price_changes_neither_item_nor_total():
    laptop = product(price="999.99")
    order = place(customer(), {laptop: 1})
    laptop.price = Decimal("1299.00")
    laptop.save()
    order.refresh_from_db()
    assert (order.total_amount, order.items.get().unit_price) == (Decimal("999.99"),) * 2


def test_an_order_date_that_is_given_is_kept():
    assert place(customer(), {product(): 1}, order_date=ago(days=3)).order_date == ago(days=3)


def test_an_order_date_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="has no time zone"):
        place(customer(), {product(): 1}, order_date=datetime(2026, 3, 1))  # noqa: DTZ001


def test_an_order_of_nothing_is_refused():
    with pytest.raises(ValidationError, match="At least one product must be selected"):
        place(customer(), {})


def test_many_orders_are_stored_together_or_not_at_all():
    good, bad = compose(customer(), {product(): 1}), compose(customer(), {product(): -1})
    with pytest.raises(IntegrityError), transaction.atomic():
        place_all([good, bad])
    assert not Order.objects.exists()


def test_many_orders_take_two_statements(django_assert_num_queries):
    baskets = [compose(customer(), {product(): 1, product("Mouse"): 2}) for _ in range(20)]
    with django_assert_num_queries(2 + 2):  # and a savepoint around them
        place_all(baskets)
    assert Order.objects.filter(items__quantity=2).count() == 20
