import pytest
from django.db import IntegrityError
from django.db.models import ProtectedError

from crm.models import Order

from ..factories import customer, order, product

pytestmark = pytest.mark.django_db


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
