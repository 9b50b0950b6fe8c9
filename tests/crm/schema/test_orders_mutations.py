from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import timezone
from graphql_relay import to_global_id

from crm.models import Customer, Order, OrderStatus, Product
from crm.schema import mutations

from ..asking import key_with, post, told
from ..factories import NOW, customer, product

pytestmark = pytest.mark.django_db

CREATE = """
mutation ($input: OrderInput!) {
  createOrder(input: $input) {
    order { id customer { name } products { name price } totalAmount orderDate status }
  }
}
"""
BRIEF = "mutation ($input: OrderInput!) { createOrder(input: $input) { order { id } } }"


@pytest.fixture
def key(db):
    return key_with("crm.add_order", "crm.view_customer", "crm.view_product")


@pytest.fixture
def create(client, key):
    def create(buyer, *products, **fields):
        given = {
            "customerId": getattr(buyer, "pk", buyer),
            "productIds": [getattr(p, "pk", p) for p in products],
        }
        return post(client, CREATE, key=key, input=given | fields)

    return create


def test_an_order_is_stored_and_answered_with_customer_and_products(create):
    answer = create(customer("Alice"), product(price="999.99"), product("Mouse", price="39.90"))
    stored = Order.objects.get()
    assert answer.json()["data"]["createOrder"]["order"] == {
        "id": to_global_id("Order", stored.pk),
        "customer": {"name": "Alice"},
        "products": [{"name": "Laptop", "price": "999.99"}, {"name": "Mouse", "price": "39.90"}],
        "totalAmount": "1039.89",
        "orderDate": stored.order_date.isoformat(),
        "status": "pending",
    }
    assert (stored.total_amount, stored.status) == (Decimal("1039.89"), OrderStatus.PENDING)


def test_an_order_is_of_now_unless_it_is_said(create):
    before = timezone.now()
    create(customer(), product())
    assert before <= Order.objects.get().order_date <= timezone.now()


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("2025-01-31T23:30:00-05:00", datetime(2025, 2, 1, 4, 30, tzinfo=UTC)),
        ("2025-01-31", datetime(2025, 1, 31, tzinfo=UTC)),
    ],
)
def test_an_order_date_that_is_given_is_kept(create, given, stored):
    assert told(create(customer(), product(), orderDate=given)) == []
    assert Order.objects.get().order_date == stored


def test_global_ids_and_plain_keys_are_the_same(create):
    buyer, laptop = customer(), product()
    answer = create(
        to_global_id("Customer", buyer.pk), to_global_id("Product", laptop.pk), str(laptop.pk), laptop.pk
    )
    assert told(answer) == []
    assert Order.objects.get().items.get().quantity == 3


def test_a_product_that_is_named_twice_is_ordered_twice(create):
    laptop, mouse = product(price="999.99"), product("Mouse", price="39.90")
    create(customer(), laptop, mouse, laptop)
    stored = Order.objects.get()
    assert dict(stored.items.values_list("product", "quantity")) == {laptop.pk: 2, mouse.pk: 1}
    assert stored.total_amount == Decimal("2039.88")


NOBODYS = [
    "0",
    "-1",
    "999999",
    "9" * 30,
    "",
    "x",
    "1.0",
    "\0",
    "null",
    "Q3VzdG9tZXI6",
    "T3JkZXI6MQ==",
    " 1",
    "\N{ARABIC-INDIC DIGIT ONE}",
]


@pytest.mark.parametrize("wrong", NOBODYS)
def test_an_unknown_customer_is_refused(create, wrong):
    assert told(create(wrong, product())) == ["Invalid customer ID"]
    assert not Order.objects.exists()


def test_who_was_anonymised_does_not_order(create):
    former = customer()
    Customer.objects.filter(pk=former.pk).anonymise(now=NOW)
    assert told(create(former, product())) == ["Invalid customer ID"]
    assert not Order.objects.exists()


@pytest.mark.parametrize("wrong", NOBODYS)
def test_an_unknown_product_is_not_left_out_in_silence(create, wrong):
    assert told(create(customer(), product(), wrong)) == ["Invalid product ID"]
    assert not Order.objects.exists()


def test_the_id_of_another_kind_is_none(create):
    buyer, laptop = customer(), product()
    assert told(create(to_global_id("Product", buyer.pk), laptop)) == ["Invalid customer ID"]
    assert told(create(buyer, to_global_id("Customer", laptop.pk))) == ["Invalid product ID"]


def test_an_order_of_nothing_is_refused(create):
    answer = create(customer())
    assert told(answer) == ["At least one product must be selected"]
    assert answer.json()["data"] == {"createOrder": None}


def test_an_order_is_bounded(create):
    laptop = product(price="99999999.99")
    assert told(create(customer(), *[laptop] * 1001)) == ["productIds: at most 1,000 at once, not 1,001"]
    assert told(create(customer(), *[laptop] * 1000)) == []
    assert Order.objects.get().total_amount == Decimal("99999999990.00")


@pytest.mark.parametrize("date", ["yesterday", "2025-02-30", "", 5, "0001-01-01T00:00:00+14:00"])
def test_a_date_that_is_none_is_refused_and_named(create, date):
    answer = create(customer(), product(), orderDate=date)
    assert answer.status_code == 400
    assert "at 'input.orderDate'" in told(answer)[0]
    assert not Order.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("rows", "message"), [(Customer.objects, "Invalid customer ID"), (Product.objects, "Invalid product ID")]
)
def test_what_is_deleted_meanwhile_is_unknown(create, monkeypatch, rows, message):
    buyer, laptop, place = customer(), product(), mutations.place

    def too_late(*what, **how):
        rows.all().delete()
        return place(*what, **how)

    monkeypatch.setattr(mutations, "place", too_late)
    assert told(create(buyer, laptop)) == [message]
    assert not Order.objects.exists()


def test_many_products_take_no_more_statements_than_few(client, key, django_assert_max_num_queries):
    buyer, shelf = customer(), [product() for _ in range(30)]
    given = {"customerId": buyer.pk, "productIds": [item.pk for item in shelf]}
    with django_assert_max_num_queries(12):
        assert told(post(client, BRIEF, key=key, input=given)) == []


def test_it_takes_the_permission_to_add_orders_and_no_other(client):
    given = {"customerId": customer().pk, "productIds": [product().pk]}
    lacks = key_with("crm.add_customer", "crm.view_order", "crm.change_order")
    assert told(post(client, BRIEF, key=lacks, input=given)) == ["You lack a permission: crm.add_order."]
    assert not Order.objects.exists()
    assert told(post(client, BRIEF, key=key_with("crm.add_order"), input=given)) == []


def test_an_order_does_not_show_a_customer_to_whoever_may_not_see_customers(client):
    given = {"customerId": customer("Alice").pk, "productIds": [product().pk]}
    answer = post(client, CREATE, key=key_with("crm.add_order", "crm.view_product"), input=given)
    assert told(answer) == ["You lack a permission: crm.view_customer."]
    assert "Alice" not in answer.content.decode()
    shown = answer.json()["data"]["createOrder"]["order"]
    assert (shown["customer"], len(shown["products"])) == (None, 1)  # the order is there, and is told so
