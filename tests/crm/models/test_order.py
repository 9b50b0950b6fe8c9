from decimal import Decimal
from threading import Event

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError

from crm.models import Order, Product
from tests.jobs_api.concurrency.crowd import crowd

from ..factories import customer, order, product

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("price", ["0", "-0.01"])
def test_the_database_refuses_a_price_that_is_not_positive(price):
    with pytest.raises(IntegrityError, match="crm_product_price_is_positive"):
        Product.objects.create(name="Laptop", price=Decimal(price))


def test_the_database_refuses_a_negative_stock():
    with pytest.raises(IntegrityError, match="crm_product_stock_is_not_negative"):
        product(stock=-1)


@pytest.mark.parametrize(
    ("values", "message"),
    [({"price": 0}, "Price must be positive"), ({"price": 1, "stock": -1}, "Stock cannot be negative")],
)
def test_people_are_told_what_is_wrong(values, message):
    with pytest.raises(ValidationError) as told:
        Product(name="Laptop", **values).full_clean()
    assert told.value.messages == [message]


def test_the_smallest_and_the_largest_price_are_taken_exactly():
    assert [product(price=price).price for price in ("0.01", "99999999.99")] == [
        Decimal("0.01"),
        Decimal("99999999.99"),
    ]


def test_nothing_is_in_stock_unless_it_is_said():
    assert Product.objects.create(name="Laptop", price=1).stock == 0


# -- restocking -------------------------------------------------------------------------------


def stock():
    return list(Product.objects.order_by("pk").values_list("stock", flat=True))


def test_what_is_low_gets_ten_more_in_one_statement(django_assert_num_queries):
    low = [product(stock=0), product(stock=9)]
    product(stock=10)
    with django_assert_num_queries(1):
        restocked = Product.objects.restock()
    assert [(row, row.name, row.price, row.stock) for row in restocked] == [
        (low[0], "Laptop", Decimal("999.99"), 10),
        (low[1], "Laptop", Decimal("999.99"), 19),
    ]
    assert stock() == [10, 19, 10]


@pytest.mark.django_db(transaction=True)
def test_many_who_restock_at_the_same_moment_do_it_once():
    for count in range(20):
        product(stock=count)
    with crowd(6) as together:
        restocked = together(*[Product.objects.restock] * 6)
    assert sorted(row.stock for rows in restocked for row in rows) == list(range(10, 20))
    assert stock() == [*range(10, 20), *range(10, 20)]


@pytest.mark.django_db(transaction=True)
def test_restocking_waits_for_whoever_is_selling():
    laptop = product(stock=9)
    sold, restocked = Event(), Event()

    def sell():
        with transaction.atomic():
            Product.objects.filter(pk=laptop.pk).update(stock=F("stock") - 4)
            sold.set()
            assert not restocked.wait(0.3)

    def restock():
        sold.wait(10)
        rows = Product.objects.restock()
        restocked.set()
        return [row.stock for row in rows]

    with crowd(2) as together:
        assert together(sell, restock)[1] == [15]
    assert stock() == [15]


def test_the_database_refuses_an_unknown_status():
    with pytest.raises(IntegrityError, match="crm_order_status_is_known"):
        Order.objects.filter(pk=order().pk).update(status="lost")


def test_the_database_refuses_a_negative_total():
    with pytest.raises(IntegrityError, match="crm_order_total_is_not_negative"):
        Order.objects.filter(pk=order().pk).update(total_amount=-1)


@pytest.mark.parametrize("quantity", [0, -1])
def test_an_item_is_at_least_one_piece(quantity):
    with pytest.raises(IntegrityError, match="crm_order_item_quantity_is_positive"):
        order().items.update(quantity=quantity)


def test_an_item_costs_something():
    with pytest.raises(IntegrityError, match="crm_order_item_price_is_positive"):
        order().items.update(unit_price=0)


def test_a_product_stands_in_an_order_once():
    laptop = product()
    placed = order(products={laptop: 1})
    with pytest.raises(IntegrityError):
        placed.items.create(product=laptop, unit_price=laptop.price)


def test_what_was_ordered_cannot_be_deleted():
    laptop = product()
    order(products={laptop: 1})
    with pytest.raises(ProtectedError):
        laptop.delete()


def test_an_order_knows_its_customer_and_products():
    alice, laptop = customer(), product()
    placed = order(alice, products={laptop: 1})
    assert (placed.customer, list(placed.products.all()), list(alice.orders.all())) == (
        alice,
        [laptop],
        [placed],
    )
