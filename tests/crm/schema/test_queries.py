from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from graphql_relay import to_global_id

from ..asking import key_with, post, told
from ..factories import NOW, customer, order, product, user
from .local import data, result

pytestmark = pytest.mark.django_db

CUSTOMERS = """
{ allCustomers(filter: {nameIcontains: "Ali", createdAtGte: "2025-01-01"}) {
    edges { node { id name email createdAt } } } }
"""
PRODUCTS = """
{ allProducts(filter: {priceGte: 100, priceLte: 1000}, orderBy: "-stock") {
    edges { node { id name price stock } } } }
"""
ORDERS = """
{ allOrders(filter: {customerName: "Alice", productName: "Laptop", totalAmountGte: 500}) {
    edges { node { id customer { name } products { name } totalAmount orderDate } } } }
"""


def nodes(answer):
    """What the edges of the only list hold."""
    (found,) = answer.values()
    return [edge["node"] for edge in found["edges"]]


# -- the checkpoint queries -------------------------------------------------------------------


def test_the_first_checkpoint_finds_customers_by_name_and_date():
    new_year = datetime(2025, 1, 1, tzinfo=UTC)
    alice = customer("Alice Martin", email="alice@example.com", created_at=new_year)
    customer("Natalie", created_at=NOW)
    customer("Alice Early", created_at=datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC))
    customer("Bob Weber")
    found = nodes(data(CUSTOMERS))
    assert [row["name"] for row in found] == ["Alice Martin", "Natalie"]
    assert found[0] == {
        "id": to_global_id("Customer", alice.pk),
        "name": "Alice Martin",
        "email": "alice@example.com",
        "createdAt": "2025-01-01T00:00:00+00:00",
    }


def test_the_second_checkpoint_finds_products_by_price_with_the_largest_stock_first():
    product("Cable", price="99.99", stock=9)
    product("Chair", price="100", stock=3)
    product("Desk", price="1000", stock=20)
    phone = product("Phone", price="599.5", stock=7)
    product("Server", price="1000.01", stock=1)
    found = nodes(data(PRODUCTS))
    assert [(row["name"], row["price"], row["stock"]) for row in found] == [
        ("Desk", "1000.00", 20),
        ("Phone", "599.50", 7),
        ("Chair", "100.00", 3),
    ]
    assert found[1]["id"] == to_global_id("Product", phone.pk)


def test_the_third_checkpoint_finds_orders_by_customer_product_and_total():
    alice, bob = customer("Alice Martin"), customer("Bob Weber")
    laptop, stand = product("Laptop", price="999.99"), product("Laptop stand", price="39.90")
    wanted = order(alice, products={laptop: 1, stand: 2})
    order(alice, products={stand: 12})  # 478.80
    order(alice, products={product("Monitor", price="700"): 1})
    order(bob, products={laptop: 1})
    assert nodes(data(ORDERS)) == [
        {
            "id": to_global_id("Order", wanted.pk),
            "customer": {"name": "Alice Martin"},
            "products": [{"name": "Laptop"}, {"name": "Laptop stand"}],
            "totalAmount": "1079.79",
            "orderDate": "2026-03-01T02:00:00+00:00",
        }
    ]


@pytest.mark.parametrize("document", [CUSTOMERS, PRODUCTS, ORDERS])
def test_they_are_answered_over_http_to_a_key_that_may_read(client, document):
    key = key_with("view_customer", "view_product", "view_order")
    answer = post(client, document, key=key)
    assert (answer.status_code, nodes(answer.json()["data"])) == (200, [])


# -- who may read -----------------------------------------------------------------------------

READABLE = {
    "{ allCustomers { totalCount } }": ["view_customer"],
    "{ allProducts { totalCount } }": ["view_product"],
    "{ allOrders { totalCount } }": ["view_order"],
    "{ allOrders { edges { node { customer { name } } } } }": ["view_order", "view_customer"],
    "{ allOrders { edges { node { products { name } } } } }": ["view_order", "view_product"],
    "{ crmStats { totalRevenue } }": ["view_customer", "view_order"],
}


class Context:
    def __init__(self, asking):
        self.user = asking


@pytest.mark.parametrize(("document", "needed"), READABLE.items())
def test_each_field_needs_the_permission_to_see_its_table(document, needed):
    order()
    assert result(document, Context(user(*needed))).errors is None
    for missing in needed:
        (error,) = result(document, Context(user(*set(needed) - {missing}))).errors
        assert f"crm.{missing}" in error.message


@pytest.mark.parametrize("document", READABLE)
def test_nobody_reads_without_logging_in_but_where_reading_is_open(document, settings):
    order()
    (error,) = result(document, Context(AnonymousUser())).errors
    assert error.message.startswith("Log in")
    settings.DEBUG = settings.CRM_OPEN_READING = True
    assert result(document, Context(AnonymousUser())).errors is None


def test_a_refused_field_tells_nothing_of_the_others(client):
    placed = order(customer("Alice Martin"))
    document = "{ allOrders { edges { node { id customer { name } } } } hello }"
    answer = post(client, document, key=key_with("view_order"))
    assert told(answer) == ["You lack a permission: crm.view_customer."]
    node = {"id": to_global_id("Order", placed.pk), "customer": None}
    assert answer.json()["data"] == {"allOrders": {"edges": [{"node": node}]}, "hello": "Hello, GraphQL!"}
    assert placed.customer.name not in answer.content.decode()


# -- statements -------------------------------------------------------------------------------


def stock_up(number):
    laptop, mouse = product(), product("Mouse")
    for _ in range(number):
        order(customer(), products={laptop: 1, mouse: 2})
        product("Cable")


@pytest.mark.parametrize("number", [10, 100])
@pytest.mark.parametrize(
    ("field", "wanted", "statements"),
    [
        ("allCustomers", "id name email phone createdAt", 2),  # count, rows
        ("allProducts", "id name price stock", 2),
        ("allOrders", "id orderDate totalAmount status customer { id name } products { id name price }", 3),
    ],
)
def test_a_page_takes_the_same_statements_however_long(
    django_assert_num_queries, field, wanted, statements, number
):
    stock_up(number)
    with django_assert_num_queries(statements):
        found = data(f"{{ {field} {{ totalCount edges {{ node {{ {wanted} }} }} }} }}")
    assert len(found[field]["edges"]) == min(100, found[field]["totalCount"]) >= number


def test_what_was_not_asked_for_is_not_counted(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert data("{ hello }") == {"hello": "Hello, GraphQL!"}
