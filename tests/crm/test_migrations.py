import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from .factories import NOW, ago

pytestmark = pytest.mark.django_db(transaction=True)
FIRST, WHOLE = [("crm", "0001_initial")], [("crm", "0002_the_whole_app")]


def migrate(target):
    """The models as they are at that migration."""
    executor = MigrationExecutor(connection)
    executor.migrate(target)
    return executor.loader.project_state(target).apps


@pytest.fixture
def first():
    """The database as it was at first; afterwards it is as the other tests need it."""
    yield migrate(FIRST)
    migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())


def orders_in(apps, **dated):
    buyer = apps.get_model("crm", "Customer").objects.create(name="Alice", email="alice@example.com")
    order = apps.get_model("crm", "Order")
    for status, order_date in dated.items():
        order.objects.create(customer=buyer, status=status, order_date=order_date, total_amount=10)


def paid_at(apps):
    return dict(apps.get_model("crm", "Order").objects.values_list("status", "paid_at"))


def test_orders_that_were_paid_already_count_as_paid_when_they_were_placed(first):
    orders_in(first, paid=ago(days=40), pending=ago(days=1), cancelled=ago(days=2))
    assert paid_at(migrate(WHOLE)) == {"paid": ago(days=40), "pending": None, "cancelled": None}


def test_it_can_be_taken_back_and_applied_again(first):
    orders_in(first, paid=NOW)
    migrate(WHOLE)
    kept = (
        migrate(FIRST).get_model("crm", "Order").objects.values_list("status", "order_date", "total_amount")
    )
    assert list(kept) == [("paid", NOW, 10)]
    assert paid_at(migrate(WHOLE)) == {"paid": NOW}


def test_a_new_database_has_no_order_to_say_anything_of(first):
    assert paid_at(migrate(WHOLE)) == {}


def test_who_has_a_reserved_address_gets_another(first):
    customers = first.get_model("crm", "Customer").objects
    for email in ("deleted-1@Example.invalid", "alice@example.com"):
        customers.create(name="Alice", email=email)
    customers.create(name="Former customer", email="deleted-9@example.invalid", anonymised_at=NOW)
    emails = (
        migrate(WHOLE).get_model("crm", "Customer").objects.order_by("pk").values_list("email", flat=True)
    )
    assert list(emails) == [
        "deleted-1@Example.invalid.invalid",
        "alice@example.com",
        "deleted-9@example.invalid",
    ]


def test_a_domain_of_other_letters_is_spelt_in_ascii(first):
    customers = first.get_model("crm", "Customer").objects
    for email in ("a@É.com", "alice@example.com"):
        customers.create(name="Alice", email=email)
    whole = migrate(WHOLE).get_model("crm", "Customer").objects.order_by("pk")
    assert list(whole.values_list("email", flat=True)) == ["a@xn--9ca.com", "alice@example.com"]
