import pytest
from graphql_relay import to_global_id

from crm.schema import schema

from ..factories import customer, order, product
from .local import data

FIELDS = {
    "Customer": {"id", "name", "email", "phone", "createdAt"},
    "Product": {"id", "name", "price", "stock"},
    "Order": {"id", "customer", "products", "orderDate", "totalAmount", "status"},
}


@pytest.mark.parametrize(("name", "fields"), FIELDS.items())
def test_only_these_fields_are_seen_from_outside(name, fields):
    """None leads back from a customer or product to orders: a short document could ask for all there is."""
    assert set(schema.graphql_schema.get_type(name).fields) == fields


def test_filters_are_one_argument_with_exactly_these_fields():
    inputs = {
        name: set(schema.graphql_schema.get_type(f"{name}Filter").fields)
        for name in ("Customer", "Product", "Order")
    }
    assert inputs == {
        "Customer": {"nameIcontains", "emailIcontains", "createdAtGte", "createdAtLte", "phonePattern"},
        "Product": {"nameIcontains", "priceGte", "priceLte", "stockGte", "stockLte", "lowStock"},
        "Order": {"totalAmountGte", "totalAmountLte", "orderDateGte", "orderDateLte", "customerName"}
        | {"productName", "productId", "status", "reminded"},
    }


@pytest.mark.django_db
def test_an_order_shows_its_customer_and_a_plain_list_of_products():
    alice, laptop, mouse = customer("Alice Martin"), product(price="999.99"), product("Mouse", price="10")
    placed = order(alice, products={mouse: 3, laptop: 1})
    document = "{ allOrders { edges { node { %s } } } }"
    fields = "id status totalAmount orderDate customer { id name } products { id name price }"
    assert data(document % fields)["allOrders"]["edges"] == [
        {
            "node": {
                "id": to_global_id("Order", placed.pk),
                "status": "paid",
                "totalAmount": "1029.99",
                "orderDate": "2026-03-01T02:00:00+00:00",
                "customer": {"id": to_global_id("Customer", alice.pk), "name": "Alice Martin"},
                "products": [
                    {"id": to_global_id("Product", laptop.pk), "name": "Laptop", "price": "999.99"},
                    {"id": to_global_id("Product", mouse.pk), "name": "Mouse", "price": "10.00"},
                ],
            }
        }
    ]
