from datetime import UTC, datetime, timedelta

import pytest
from graphql_relay import to_global_id

from crm.models import Order, OrderStatus

from ..asking import key_with, post, told
from ..factories import NOW, ago, customer, order, product
from .local import data, page, page_refusal, values

pytestmark = pytest.mark.django_db
MOMENT = timedelta.resolution


def customers(**given):
    return values("allCustomers", "name", filter=given, orderBy="name")


def products(**given):
    return values("allProducts", "name", filter=given, orderBy="name")


def orders(**given):
    """The primary keys of those that fit."""
    keys = {to_global_id("Order", pk): pk for pk in Order.objects.values_list("pk", flat=True)}
    return [keys[found] for found in values("allOrders", "id", filter=given)]


# -- customers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"nameIcontains": "aLI"}, ["Alice Martin", "Natalie"]),
        ({"nameIcontains": "e m"}, ["Alice Martin"]),
        ({"nameIcontains": " "}, ["Alice Martin", "Bob Weber"]),
        ({"emailIcontains": "@A.example"}, ["Alice Martin"]),
        ({"phonePattern": "+1"}, ["Alice Martin"]),
        ({"phonePattern": "123-4"}, ["Bob Weber"]),
        ({"phonePattern": "234"}, []),  # a prefix only
        ({"nameIcontains": "ali", "phonePattern": "+1"}, ["Alice Martin"]),  # all of it applies
        ({"nameIcontains": None, "createdAtGte": None}, ["Alice Martin", "Bob Weber", "Natalie"]),
        ({}, ["Alice Martin", "Bob Weber", "Natalie"]),
        (None, ["Alice Martin", "Bob Weber", "Natalie"]),
    ],
)
def test_customers_are_found_by_what_is_written(given, found):
    customer("Alice Martin", email="alice@a.example", phone="+1234567890")
    customer("Bob Weber", email="bob@b.example", phone="123-456-7890")
    customer("Natalie", email="n@c.example", phone="+4412345678")
    assert values("allCustomers", "name", filter=given, orderBy="name") == found


@pytest.mark.parametrize(("text", "found"), [("%", ["50% off"]), ("_", ["a_b"]), ("\\", ["c\\d"])])
def test_wildcards_are_letters_like_others(text, found):
    for name in ("50% off", "a_b", "c\\d", "plain"):
        customer(name)
        product(name)
    assert customers(nameIcontains=text) == products(nameIcontains=text) == found
    assert customers(phonePattern=text) == []


BORDERS = {
    "day before": datetime(2024, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    "midnight": datetime(2025, 1, 1, tzinfo=UTC),
    "noon": datetime(2025, 1, 1, 12, tzinfo=UTC),
    "last moment": datetime(2025, 1, 1, 23, 59, 59, 999999, tzinfo=UTC),
    "next day": datetime(2025, 1, 2, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("suffix", "text", "found"),
    [
        ("Gte", "2025-01-01", ["midnight", "noon", "last moment", "next day"]),
        ("Lte", "2025-01-01", ["day before", "midnight", "noon", "last moment"]),
        ("Gte", "2025-01-01T12:00:00Z", ["noon", "last moment", "next day"]),
        ("Lte", "2025-01-01T12:00:00Z", ["day before", "midnight", "noon"]),
        ("Lte", "2025-01-01T00:00:00", ["day before", "midnight"]),  # with a time it is no day
        ("Lte", "2025-01-01T13:00:00+01:00", ["day before", "midnight", "noon"]),
    ],
)
def test_a_date_alone_is_all_of_the_day(suffix, text, found):
    shared = customer()
    for name, moment in BORDERS.items():
        customer(name, created_at=moment)
        order(shared, order_date=moment)
    names = values("allCustomers", "name", filter={f"createdAt{suffix}": text}, orderBy="createdAt")
    assert [name for name in names if name in BORDERS] == found
    dates = values("allOrders", "orderDate", filter={f"orderDate{suffix}": text}, orderBy="orderDate")
    assert dates == [BORDERS[name].isoformat() for name in found]


@pytest.mark.parametrize(
    ("day", "offset", "hours"), [("2025-03-30", "+01:00", 23), ("2025-10-26", "+02:00", 25)]
)
def test_the_day_is_that_of_the_servers_zone_and_as_long_as_its_clocks_make_it(settings, day, offset, hours):
    settings.TIME_ZONE = "Europe/Berlin"
    start = datetime.fromisoformat(f"{day}T00:00:00{offset}").astimezone(UTC)
    end, shared = start + timedelta(hours=hours), customer()
    for moment in (start - MOMENT, start, end - MOMENT, end):
        order(shared, order_date=moment)
    found = values("allOrders", "orderDate", filter={"orderDateGte": day, "orderDateLte": day})
    assert [datetime.fromisoformat(text) for text in found] == [start, end - MOMENT]


# -- products ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"nameIcontains": "LAPTOP"}, ["Laptop", "Laptop stand"]),
        ({"priceGte": "39.90"}, ["Laptop", "Laptop stand"]),
        ({"priceGte": "39.91"}, ["Laptop"]),
        ({"priceLte": "39.90"}, ["Laptop stand", "Mouse"]),
        ({"priceLte": 39.89}, ["Mouse"]),
        ({"priceGte": 10, "priceLte": 40}, ["Laptop stand", "Mouse"]),
        ({"stockGte": 10}, ["Laptop stand", "Mouse"]),
        ({"stockGte": 11}, ["Mouse"]),
        ({"stockLte": 10}, ["Laptop", "Laptop stand"]),
        ({"stockLte": 0}, []),
        ({"lowStock": True}, ["Laptop"]),  # fewer than ten
        ({"lowStock": False}, ["Laptop stand", "Mouse"]),
        ({"lowStock": None}, ["Laptop", "Laptop stand", "Mouse"]),
    ],
)
def test_products_are_found_by_price_and_stock(given, found):
    product("Laptop", price="999.99", stock=9)
    product("Laptop stand", price="39.90", stock=10)
    product("Mouse", price="10", stock=11)
    assert products(**given) == found


def test_prices_are_compared_as_they_are_written():
    product("Exact", price="0.30")
    literal = "{ allProducts(filter: {priceGte: 0.30, priceLte: 0.30}) { totalCount } }"
    assert data(literal)["allProducts"]["totalCount"] == 1


# -- orders -----------------------------------------------------------------------------------


@pytest.fixture
def shop():
    """Three orders: Alice's laptop and stand, Alice's mouse, Bob's laptop."""
    alice, bob = customer("Alice Martin"), customer("Bob Weber")
    laptop, stand = product("Laptop", price="999.99"), product("Laptop stand", price="40")
    mouse = product("Mouse", price="10")
    both = order(alice, products={laptop: 1, stand: 1}, status=OrderStatus.PENDING)
    small = order(alice, products={mouse: 1}, order_date=ago(days=2))
    other = order(bob, products={laptop: 1}, status=OrderStatus.CANCELLED)
    Order.objects.filter(pk=small.pk).update(reminded_at=NOW)
    return {"both": both.pk, "small": small.pk, "other": other.pk, "laptop": laptop, "mouse": mouse}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"totalAmountGte": "1039.99"}, ["both"]),
        ({"totalAmountGte": 500}, ["both", "other"]),
        ({"totalAmountLte": 10}, ["small"]),
        ({"totalAmountLte": "9.99"}, []),
        ({"customerName": "alice"}, ["both", "small"]),
        ({"customerName": "weber"}, ["other"]),
        ({"productName": "LAPTOP"}, ["both", "other"]),  # once, though it has two
        ({"productName": "stand"}, ["both"]),
        ({"status": "pending"}, ["both"]),
        ({"status": "paid"}, ["small"]),
        ({"status": "cancelled"}, ["other"]),
        ({"reminded": True}, ["small"]),
        ({"reminded": False}, ["both", "other"]),
        ({"reminded": None}, ["both", "small", "other"]),
        ({"orderDateGte": "2026-03-01"}, ["both", "other"]),
        ({"orderDateLte": "2026-02-28"}, ["small"]),
        ({"customerName": "Alice", "productName": "Laptop", "totalAmountGte": 500}, ["both"]),
    ],
)
def test_orders_are_found_by_customer_product_total_date_and_status(shop, given, found):
    assert orders(**given) == [shop[name] for name in found]


def test_either_id_of_a_product_finds_its_orders(shop):
    for key in (shop["laptop"].pk, str(shop["laptop"].pk), to_global_id("Product", shop["laptop"].pk)):
        assert orders(productId=key) == [shop["both"], shop["other"]]
    assert orders(productId=shop["laptop"].pk, productName="mouse") == []
    assert orders(productId=2**62) == []


def test_an_order_is_counted_once_however_many_of_its_products_fit(shop):
    assert page("allOrders", filter={"productName": "Laptop"}, first=1)["totalCount"] == 2


# -- who may look for what --------------------------------------------------------------------

COUNT = "query ($f: OrderFilter) { allOrders(filter: $f, first: 0) { totalCount } }"
VIEW_PRODUCT = {"productName": "crm.view_product", "productId": "crm.view_product"}


@pytest.mark.parametrize(("name", "needed"), [("customerName", "crm.view_customer"), *VIEW_PRODUCT.items()])
@pytest.mark.parametrize("value", ["1", ""])
def test_who_may_not_see_something_cannot_find_orders_by_it_either(client, name, needed, value):
    """Letter by letter, the count alone would tell what is hidden."""
    others = {"crm.view_order", "crm.view_customer", "crm.view_product"} - {needed}
    answer = post(client, COUNT, key=key_with(*others), f={name: value})
    assert told(answer) == [f"You lack a permission: {needed}."]
    assert answer.json()["data"] == {"allOrders": None}


def test_who_may_see_orders_only_can_find_them_by_what_is_theirs(client):
    key = key_with("crm.view_order")
    for given in (None, {"status": "paid", "totalAmountGte": 1}, {"customerName": None, "productId": None}):
        assert told(post(client, COUNT, key=key, f=given)) == []


def test_every_permission_that_is_missing_is_named_once(client):
    given = {"customerName": "a", "productName": "a", "productId": "1"}
    key = key_with("crm.view_order")
    message = "You lack a permission: crm.view_customer and crm.view_product."
    assert told(post(client, COUNT, key=key, f=given)) == [message]
    both = key_with("crm.view_order", "crm.view_customer", "crm.view_product")
    assert told(post(client, COUNT, key=both, f=given)) == []


# -- what cannot be looked for ----------------------------------------------------------------


@pytest.mark.parametrize("given", ["", "x", "0", "-1", to_global_id("Customer", 1), "9" * 40, "1\x00"])
def test_a_malformed_product_id_is_an_error_rather_than_no_filter(given):
    assert page_refusal("allOrders", filter={"productId": given}) == "Invalid product ID"


@pytest.mark.parametrize(
    ("field", "given", "message"),
    [
        ("allOrders", {"status": "lost"}, "status: Choose one of pending, paid, cancelled."),
        ("allOrders", {"status": "PENDING\x00"}, "status: Choose one of pending, paid, cancelled."),
        ("allOrders", {"customerName": "\x00"}, "customerName: Null characters are not allowed."),
        ("allOrders", {"productName": "\x00"}, "productName: Null characters are not allowed."),
        ("allCustomers", {"phonePattern": "+1\x00"}, "phonePattern: Null characters are not allowed."),
        ("allCustomers", {"nameIcontains": "x" * 255}, "nameIcontains: Ensure this value has at most 254"),
        ("allProducts", {"priceGte": "9.999"}, "priceGte: Ensure that there are no more than 2 decimal"),
        ("allProducts", {"priceLte": "1e15"}, "priceLte: Ensure that there are no more than 10 digits"),
        ("allOrders", {"totalAmountGte": "1e15"}, "totalAmountGte: Ensure that there are no more than 14"),
    ],
)
def test_what_no_row_can_hold_is_an_error_that_names_the_field(field, given, message):
    assert page_refusal(field, filter=given).startswith(message)
