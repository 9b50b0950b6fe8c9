from decimal import Decimal

import pytest

from crm.models import Product

from ..asking import key_with, post, told
from ..factories import product

pytestmark = pytest.mark.django_db

CREATE = (
    "mutation ($input: ProductInput!) { createProduct(input: $input) { product { id name price stock } } }"
)
RESTOCK = "mutation { updateLowStockProducts { updatedProducts { name stock } message } }"
LAPTOP = {"name": "Laptop", "price": "999.99", "stock": 5}


@pytest.fixture
def key(db):
    return key_with("crm.add_product")


@pytest.fixture
def create(client, key):
    return lambda **fields: post(client, CREATE, key=key, input=LAPTOP | fields)


def literally(client, key, price):
    document = (
        f'mutation {{ createProduct(input: {{name: "Laptop", price: {price}}}) {{ product {{ price }} }} }}'
    )
    return post(client, document, key=key)


def test_a_product_is_stored_and_answered(create):
    answer = create().json()["data"]["createProduct"]["product"]
    stored = Product.objects.get()
    assert (stored.name, stored.price, stored.stock) == ("Laptop", Decimal("999.99"), 5)
    assert answer.items() > LAPTOP.items()


@pytest.mark.parametrize(
    ("price", "exactly"),
    [("999.99", "999.99"), ('"999.99"', "999.99"), ("1e3", "1000.00"), ("5", "5.00"), ("99999999.99",) * 2],
)
def test_a_price_in_the_document_is_exact(client, key, price, exactly):
    answer = literally(client, key, price)
    assert answer.json() == {"data": {"createProduct": {"product": {"price": exactly}}}}
    assert Product.objects.get().price == Decimal(exactly)


@pytest.mark.parametrize("missing", [{"stock": None}, {}])
def test_nothing_is_in_stock_unless_it_is_said(client, key, missing):
    given = {"name": "Laptop", "price": 1} | missing
    assert told(post(client, CREATE, key=key, input=given)) == []
    assert Product.objects.get().stock == 0


DIGITS = "price: Ensure that there are no more than {}."


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"price": 0}, "Price must be positive"),
        ({"name": "Laptop\nPhone"}, "name: Write it on one line, without control characters."),
        ({"price": "-0.01"}, "Price must be positive"),
        ({"stock": -1}, "Stock cannot be negative"),
        ({"price": 0, "stock": -1}, "Price must be positive; Stock cannot be negative"),
        ({"price": "0.001"}, DIGITS.format("2 decimal places")),
        ({"price": 100000000}, DIGITS.format("8 digits before the decimal point")),
        ({"price": 1e19}, DIGITS.format("10 digits in total")),
        ({"name": ""}, "name: This field cannot be blank."),
        ({"name": "x" * 10_000}, "name: Ensure this value has at most 200 characters (it has 10000)."),
        ({"name": "\0"}, "name: Null characters are not allowed."),
    ],
)
def test_bad_values_are_refused_and_named(create, fields, message):
    answer = create(**fields)
    assert (answer.status_code, told(answer)) == (200, [message])
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("stock", 2**31),
        ("stock", 1.5),
        ("stock", "5"),
        ("price", "1e20000"),
        ("price", "much"),
        ("price", []),
    ],
)
def test_values_of_no_such_type_are_refused_and_named(create, field, value):
    answer = create(**{field: value})
    assert answer.status_code == 400
    assert f"at 'input.{field}'" in told(answer)[0]
    assert not Product.objects.exists()


def test_low_stock_gets_ten_more_and_is_named(client):
    for name, stock in (("Laptop", 0), ("Mouse", 9), ("Screen", 10), ("Phone", 500)):
        product(name, stock=stock)
    answer = post(client, RESTOCK, key=key_with("crm.change_product"))
    assert answer.json()["data"]["updateLowStockProducts"] == {
        "updatedProducts": [{"name": "Laptop", "stock": 10}, {"name": "Mouse", "stock": 19}],
        "message": "2 low-stock products updated",
    }
    assert dict(Product.objects.values_list("name", "stock")) == {
        "Laptop": 10,
        "Mouse": 19,
        "Screen": 10,
        "Phone": 500,
    }


def test_with_enough_of_everything_nothing_changes(client):
    product(stock=10)
    answer = post(client, RESTOCK, key=key_with("crm.change_product"))
    assert answer.json()["data"]["updateLowStockProducts"] == {
        "updatedProducts": [],
        "message": "0 low-stock products updated",
    }


@pytest.mark.parametrize(
    ("document", "permission"), [(CREATE, "crm.add_product"), (RESTOCK, "crm.change_product")]
)
def test_each_takes_its_permission(client, document, permission):
    product(stock=1)
    others = {"crm.add_product", "crm.change_product", "crm.view_product", "crm.add_customer"} - {permission}
    answer = post(client, document, key=key_with(*others), input=LAPTOP)
    assert told(answer) == [f"You lack a permission: {permission}."]
    assert list(Product.objects.values_list("stock", flat=True)) == [1]
