import pytest

from crm.models import OrderStatus, Product
from crm.schema.pages import ordered
from crm.schema.queries import CUSTOMER_KEYS, ORDER_KEYS, PRODUCT_KEYS

from ..factories import ago, customer, order, product
from .local import page_refusal, values

pytestmark = pytest.mark.django_db


def stocked(**arguments):
    return values("allProducts", "name", **arguments)


@pytest.fixture
def products():
    for name, price, stock in [("Mouse", "10", 5), ("Laptop", "900", 5), ("Cable", "10", 30)]:
        product(name, price=price, stock=stock)


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("name", ["Cable", "Laptop", "Mouse"]),
        ("-name", ["Mouse", "Laptop", "Cable"]),
        ("price", ["Mouse", "Cable", "Laptop"]),
        ("-stock", ["Cable", "Mouse", "Laptop"]),
        ("stock,-price", ["Laptop", "Mouse", "Cable"]),
        (" stock , name ", ["Laptop", "Mouse", "Cable"]),
        ("-id", ["Cable", "Laptop", "Mouse"]),
        ("", ["Mouse", "Laptop", "Cable"]),
        (None, ["Mouse", "Laptop", "Cable"]),
    ],
)
def test_rows_come_by_the_keys_and_then_in_the_order_they_were_added(products, key, names):
    assert stocked(orderBy=key) == names


@pytest.mark.parametrize(("order_by", "keys"), [(None, ("pk",)), ("-price,name", ("-price", "name", "pk"))])
def test_the_database_is_always_told_which_of_equal_rows_comes_first(order_by, keys):
    """It may seem to know by itself, until it has much to sort."""
    assert ordered(Product.objects.all(), PRODUCT_KEYS, order_by).query.order_by == keys


def test_names_are_taken_in_both_spellings():
    customer("New", created_at=ago(days=1))
    customer("Old", created_at=ago(days=2))
    for key in ("createdAt", "created_at"):
        assert values("allCustomers", "name", orderBy=key) == ["Old", "New"]
        assert values("allCustomers", "name", orderBy=f"-{key}") == ["New", "Old"]


def test_orders_can_be_sorted_by_each_of_their_keys():
    late = order(products={product(price="1"): 1}, order_date=ago(days=1), status=OrderStatus.PAID)
    early = order(products={product(price="2"): 1}, order_date=ago(days=2), status=OrderStatus.CANCELLED)
    dates = [late.order_date.isoformat(), early.order_date.isoformat()]
    for key in ("id", "totalAmount", "-orderDate", "-status"):
        assert values("allOrders", "orderDate", orderBy=key) == dates, key


@pytest.mark.parametrize(
    ("field", "choices"),
    [
        ("allCustomers", "id, name, email, createdAt"),
        ("allProducts", "id, name, price, stock"),
        ("allOrders", "id, orderDate, totalAmount, status"),
    ],
)
@pytest.mark.parametrize(
    "key",
    ["password", "?", "-", ",", "name,", "--id", "id,id", "id,-id", "items__product", "pk", "\x00", "\ud800"],
)
def test_another_key_is_an_error_that_lists_them_all(field, choices, key):
    assert page_refusal(field, orderBy=key) == f"`orderBy` takes each of these once: {choices}."


@pytest.mark.parametrize(
    ("field", "keys"),
    [("allCustomers", CUSTOMER_KEYS), ("allProducts", PRODUCT_KEYS), ("allOrders", ORDER_KEYS)],
)
def test_every_key_that_is_listed_can_be_used(field, keys):
    assert values(field, "id", orderBy=",".join(keys)) == []


def test_filters_and_order_work_together(products):
    assert stocked(filter={"priceLte": 10}, orderBy="-stock") == ["Cable", "Mouse"]
