from functools import partial

import pytest
from django.db import IntegrityError, connection

from crm.models import Customer
from crm.schema import schema
from crm.schema.storing import MAX_ITEMS, store
from tests.jobs_api.concurrency.crowd import crowd

from ..asking import key_with, post, told
from ..factories import customer

pytestmark = pytest.mark.django_db

CREATE = """
mutation ($input: CustomerInput!) {
  createCustomer(input: $input) { customer { id name email phone createdAt } message }
}
"""
BULK = """
mutation ($input: [CustomerInput!]!) {
  bulkCreateCustomers(input: $input) { customers { name email } errors }
}
"""
PHONE = "Invalid phone: write +1234567890 or 123-456-7890"
RESERVED = "Addresses at example.invalid are reserved: write another"
ALICE = {"name": "Alice", "email": "alice@example.com", "phone": "+1234567890"}


@pytest.fixture
def key(db):
    return key_with("crm.add_customer")


@pytest.fixture
def create(client, key):
    return lambda **fields: post(client, CREATE, key=key, input=ALICE | fields)


@pytest.fixture
def bulk(client, key):
    return lambda *rows: post(client, BULK, key=key, input=list(rows))


def rows(count):
    return [{"name": f"Customer {n}", "email": f"c{n}@example.com"} for n in range(1, count + 1)]


# -- one --------------------------------------------------------------------------------------


def test_a_customer_is_stored_and_answered(create):
    answer = create().json()["data"]["createCustomer"]
    assert answer["message"] == "Customer created successfully"
    stored = Customer.objects.get()
    assert (stored.name, stored.email, stored.phone) == ("Alice", "alice@example.com", "+1234567890")
    assert answer["customer"].items() > ALICE.items()
    assert answer["customer"]["createdAt"] == stored.created_at.isoformat()


@pytest.mark.parametrize("phone", [None, "", "   "])
def test_a_phone_may_be_missing(create, phone):
    assert told(create(phone=phone)) == []
    assert Customer.objects.get().phone == ""


def test_space_around_a_text_is_nobodys_name(create):
    create(name="  Alice ", email=" alice@example.com\n")
    stored = Customer.objects.get()
    assert (stored.name, stored.email) == ("Alice", "alice@example.com")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"phone": "12345"}, PHONE),
        ({"phone": "1234567890"}, PHONE),
        ({"name": ""}, "name: This field cannot be blank."),
        ({"name": " \n"}, "name: This field cannot be blank."),
        ({"name": "x" * 10_000}, "name: Ensure this value has at most 100 characters (it has 10000)."),
        ({"name": "Ali\0ce"}, "name: Null characters are not allowed."),
        ({"name": "Alice\nTotal: 0"}, "name: Write it on one line, without control characters."),
        ({"email": "deleted-1@Example.invalid"}, RESERVED),
        ({"phone": "+1234567890\0"}, "phone: Null characters are not allowed."),
        ({"email": "alice"}, "email: Enter a valid email address."),
        ({"email": "alice@é.com"}, "Write the email address in ASCII, and its domain as xn--..."),
        (
            {"name": "", "phone": "1"},
            f"name: This field cannot be blank.; {PHONE}",
        ),
    ],
)
def test_bad_values_are_refused_and_named(create, fields, message):
    answer = create(**fields)
    assert (answer.status_code, told(answer)) == (200, [message])
    assert answer.json()["data"] == {"createCustomer": None}
    assert not Customer.objects.exists()


@pytest.mark.parametrize("email", ["alice@example.com", "ALICE@Example.com"])
def test_an_email_is_taken_in_any_case(create, email):
    customer(email="alice@example.com")
    assert told(create(email=email)) == ["Email already exists"]
    assert Customer.objects.count() == 1


@pytest.mark.parametrize("missing", ["name", "email"])
def test_name_and_email_are_required_by_the_schema(client, key, missing):
    fields = {name: value for name, value in ALICE.items() if name != missing}
    answer = post(client, CREATE, key=key, input=fields)
    assert answer.status_code == 400
    assert f"Field '{missing}' of required type 'String!' was not provided." in told(answer)[0]


def test_of_many_who_take_an_email_at_the_same_moment_one_gets_it(transactional_db, client):
    key = key_with("crm.add_customer")
    with crowd(4) as together:
        answers = together(*[lambda: post(client.__class__(), CREATE, key=key, input=ALICE)] * 4)
    assert sorted(map(told, answers)) == [[]] + [["Email already exists"]] * 3
    assert {answer.status_code for answer in answers} == {200}
    assert Customer.objects.count() == 1


def test_a_refusal_that_cannot_be_explained_is_not_hidden(monkeypatch):
    customer(email="alice@example.com")
    monkeypatch.setattr(Customer, "full_clean", lambda self: None)  # as if the other was deleted since
    with pytest.raises(IntegrityError):
        store(Customer(**ALICE))


# -- many -------------------------------------------------------------------------------------


def test_what_is_reported_created_is_in_the_database(bulk):
    answer = bulk(*rows(3)).json()["data"]["bulkCreateCustomers"]
    assert answer["errors"] == []
    assert {(c["name"], c["email"]) for c in answer["customers"]} == set(
        Customer.objects.values_list("name", "email")
    )
    assert len(answer["customers"]) == 3


def test_a_bad_row_is_named_and_the_others_are_stored(bulk):
    customer(email="taken@example.com")
    good = rows(2)
    answer = bulk(
        good[0],
        {"name": "Bob", "email": "TAKEN@example.com"},
        {"name": "Bob", "email": "bob@example.com", "phone": "1"},
        good[1],
        {"name": "Twice", "email": "C1@example.com"},
        {"name": "\0", "email": "bob"},
    ).json()["data"]["bulkCreateCustomers"]
    assert answer == {
        "customers": good,
        "errors": [
            "Row 2: Email already exists",
            f"Row 3: {PHONE}",
            "Row 5: Email already exists",
            "Row 6: name: Null characters are not allowed.",
        ],
    }
    assert list(Customer.objects.order_by("pk").values("name", "email"))[1:] == good


def test_what_is_reported_comes_in_the_order_of_the_rows(bulk):
    good = rows(3)[::-1]
    bad = [{"name": "", "email": "z@example.com"}, {"name": "", "email": "a@example.com"}]
    answer = bulk(*good, *bad).json()["data"]["bulkCreateCustomers"]
    errors = [f"Row {number}: name: This field cannot be blank." for number in (4, 5)]
    assert answer == {"customers": good, "errors": errors}


def test_of_many_who_add_the_same_rows_in_another_order_each_is_answered(transactional_db, client):
    """Each address that two add makes one wait for the other, never each for the other."""
    key, given = key_with("crm.add_customer"), rows(100)
    shouted = [row | {"email": f" {row['email'].upper()}"} for row in given]
    orders = [given, shouted[::-1], given[35:] + shouted[:35], shouted]
    with crowd(4) as together:
        answers = together(*[partial(post, client.__class__(), BULK, key=key, input=some) for some in orders])
    assert [answer.status_code for answer in answers] == [200] * 4
    found = [answer.json()["data"]["bulkCreateCustomers"] for answer in answers]
    assert sum(len(answer["customers"]) for answer in found) == Customer.objects.count() == 100
    assert sum(len(answer["errors"]) for answer in found) == 3 * 100


def test_if_it_fails_on_the_way_nothing_is_stored_or_reported(bulk, monkeypatch):
    save = Customer.save

    def save_but_the_third(self, **how):
        if self.email == "c3@example.com":
            raise RuntimeError("The disk is full.")
        save(self, **how)

    monkeypatch.setattr(Customer, "save", save_but_the_third)
    answer = bulk(*rows(4))
    assert (answer.status_code, answer.json()) == (500, {"errors": [{"message": "Internal error"}]})
    assert not Customer.objects.exists()


def test_it_is_over_before_it_is_reported(transactional_db, client, monkeypatch):
    """Whatever fails while the answer is made cannot take back what the answer says."""
    key, inside = key_with("crm.add_customer"), []
    field = schema.graphql_schema.type_map["Customer"].fields["name"]
    monkeypatch.setattr(field, "resolve", lambda *_: inside.append(connection.in_atomic_block))
    post(client, BULK, key=key, input=rows(1))
    assert inside == [False]


def test_bulk_creation_is_bounded(bulk):
    assert told(bulk(*rows(MAX_ITEMS + 1))) == ["input: at most 1,000 at once, not 1,001"]
    assert not Customer.objects.exists()


def test_a_row_takes_one_statement_and_a_savepoint(client, key, django_assert_num_queries):
    post(client, "{ hello }", key=key)
    with django_assert_num_queries(1 + 2 + 2 + 3 * 20):  # the key, its permissions, the transaction, the rows
        assert told(post(client, BULK, key=key, input=rows(20))) == []


# -- who may ----------------------------------------------------------------------------------


@pytest.mark.parametrize("document", [CREATE, BULK])
def test_it_takes_the_permission_to_add_customers(client, document):
    key = key_with("crm.view_customer", "crm.change_customer", "crm.add_order")
    given = ALICE if document == CREATE else [ALICE]
    assert told(post(client, document, key=key, input=given)) == ["You lack a permission: crm.add_customer."]
    assert not Customer.objects.exists()
