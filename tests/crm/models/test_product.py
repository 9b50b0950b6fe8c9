from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from crm.models import Product

from ..factories import product

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
