from datetime import datetime
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from crm import ordering
from crm.models import Event, Order, OrderStatus, WebhookDelivery
from crm.ordering import compose, pay, place, place_all

from .factories import NOW, ago, customer, endpoint, order, product

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


# -- announcing -------------------------------------------------------------------------------


def announced(event):
    """Of which orders, and as what, endpoints are told."""
    rows = WebhookDelivery.objects.filter(event=event).order_by("pk")
    return [(row.payload["data"]["id"], row.payload["data"]["status"]) for row in rows]


def test_a_placed_order_is_announced():
    endpoint()
    order = place(customer(), {product(): 1})
    assert announced(Event.ORDER_CREATED) == [(order.pk, "pending")]


def test_an_order_that_is_rolled_back_is_announced_to_nobody():
    endpoint()
    with pytest.raises(IntegrityError), transaction.atomic():
        place(customer(), {product(): -1})
    assert announced(Event.ORDER_CREATED) == []


def test_an_order_that_cannot_be_announced_is_not_placed(monkeypatch):
    endpoint()
    monkeypatch.setattr(ordering, "order_data", lambda order: {"id": object()})  # no JSON
    with pytest.raises(TypeError):
        place(customer(), {product(): 1})
    assert not Order.objects.exists()


def test_an_order_that_nobody_wants_to_hear_of_takes_three_statements(django_assert_num_queries):
    buyer, items = customer(), {product(): 1, product("Mouse"): 2}
    with django_assert_num_queries(3 + 2):  # and a savepoint around them
        place(buyer, items)


def test_orders_that_are_stored_together_are_not_announced():
    endpoint()
    place_all([compose(customer(), {product(): 1})])
    assert announced(Event.ORDER_CREATED) == []


def test_paying_marks_and_announces_the_pending_ones():
    endpoint()
    pending, _, cancelled = (order(status=status) for status in OrderStatus)
    assert pay(Order.objects.all(), now=NOW) == 1
    assert announced(Event.ORDER_PAID) == [(pending.pk, "paid")]
    pending.refresh_from_db()
    cancelled.refresh_from_db()
    assert (pending.status, pending.paid_at, cancelled.status) == ("paid", NOW, "cancelled")


def test_who_pays_again_changes_and_announces_nothing():
    endpoint()
    order(status=OrderStatus.PENDING)
    assert [pay(Order.objects.all(), now=NOW) for _ in range(2)] == [1, 0]
    assert len(announced(Event.ORDER_PAID)) == 1


def test_paying_takes_any_query(django_assert_num_queries):
    endpoint()
    for _ in range(20):
        order(status=OrderStatus.PENDING)
    found = Order.objects.filter(customer__name__contains="Alice").select_related("customer")
    with django_assert_num_queries(5 + 2):  # and a savepoint around them
        assert pay(found.order_by("-order_date").distinct(), now=NOW) == 20
    assert len(announced(Event.ORDER_PAID)) == 20


def test_any_number_is_paid_with_statements_that_name_a_few(monkeypatch):
    """SQLite takes a quarter of a million values in a statement, and the admin pays all that are chosen."""
    monkeypatch.setattr(ordering, "PAID_AT_ONCE", 2)
    endpoint()
    orders = [order(status=OrderStatus.PENDING) for _ in range(5)]
    with CaptureQueriesContext(connection) as asked:
        assert pay(Order.objects.all(), now=NOW) == 5
    assert len([query for query in asked if query["sql"].startswith("UPDATE")]) == 3
    assert announced(Event.ORDER_PAID) == [(paid.pk, "paid") for paid in orders]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_pay_an_order_one_announces_it():
    endpoint()
    order(status=OrderStatus.PENDING)
    both, counts = Barrier(2), []

    def pay_at_once():
        both.wait()
        counts.append(pay(Order.objects.all(), now=NOW))
        connection.close()

    threads = [Thread(target=pay_at_once) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [0, 1]
    assert len(announced(Event.ORDER_PAID)) == 1
