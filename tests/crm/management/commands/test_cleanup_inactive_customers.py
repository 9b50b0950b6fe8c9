from datetime import datetime, timedelta
from threading import Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.db.models import QuerySet, Sum

from crm.management.commands import cleanup_inactive_customers
from crm.models import Customer, Order, OrderItem, OrderStatus
from crm.models.customer import CustomerQuerySet
from crm.ordering import place
from crm.patterns import in_batches
from crm.schema.storing import store

from ...factories import NOW, ago, customer, order, product
from ...running import run

pytestmark = pytest.mark.django_db
YEAR, MOMENT = timedelta(days=365), timedelta.resolution


def clean(**how):
    return run("cleanup_inactive_customers", **({"run_date": NOW} | how))


def found(someone):
    """What became of a customer."""
    row = Customer.objects.filter(pk=someone.pk).first()
    return "deleted" if row is None else "anonymised" if row.anonymised_at else "kept"


def buyer(*ordered_days_ago, created_at=None, **fields):
    someone = customer(created_at=created_at or ago(days=900), **fields)
    for days in ordered_days_ago:
        order(someone, order_date=ago(days=days))
    return someone


# -- the five cases ---------------------------------------------------------------------------


def test_whoever_came_long_ago_and_never_ordered_is_deleted():
    old = buyer()
    clean()
    assert found(old) == "deleted"


def test_whoever_came_yesterday_and_has_not_ordered_yet_is_kept():
    new = buyer(created_at=ago(days=1))
    clean()
    assert found(new) == "kept"


def test_nobody_can_take_the_address_that_somebody_is_to_get():
    former = buyer(730)
    with pytest.raises(ValidationError, match="reserved"):
        store(Customer(name="Mallory", email=f"Deleted-{former.pk}@Example.invalid"))
    clean()
    assert found(former) == "anonymised"


def test_whoever_last_ordered_two_years_ago_is_anonymised():
    former = buyer(730, name="Alice Martin", phone="+1234567890")
    clean()
    assert found(former) == "anonymised"
    assert former.orders.count() == 1


def test_whoever_ordered_long_ago_and_again_lately_is_kept():
    regular = buyer(730, 400, 30)
    clean()
    assert found(regular) == "kept"


def test_whoever_ordered_lately_is_kept():
    recent = buyer(30)
    clean()
    assert found(recent) == "kept"


# -- what must not change ---------------------------------------------------------------------


def test_revenue_and_history_stay():
    for days in ((), (730,), (730, 30), (30,)):
        buyer(*days)
    before = Order.objects.aggregate(Sum("total_amount")), Order.objects.count(), OrderItem.objects.count()
    clean()
    assert before == (
        Order.objects.aggregate(Sum("total_amount")),
        Order.objects.count(),
        OrderItem.objects.count(),
    )


@pytest.mark.parametrize("status", OrderStatus.values)
def test_an_order_counts_whatever_became_of_it(status):
    someone = buyer()
    order(someone, order_date=ago(days=30), status=status)
    clean()
    assert found(someone) == "kept"


def test_an_order_dated_ahead_counts():
    someone = buyer(-2)
    clean()
    assert found(someone) == "kept"


# -- where the year begins --------------------------------------------------------------------


@pytest.mark.parametrize(("age", "fate"), [(YEAR, "kept"), (YEAR + MOMENT, "deleted")])
def test_over_a_year_means_more_than_365_days(age, fate):
    someone = buyer(created_at=NOW - age)
    clean()
    assert found(someone) == fate


@pytest.mark.parametrize(("age", "fate"), [(YEAR, "kept"), (YEAR + MOMENT, "anonymised")])
def test_an_order_of_exactly_365_days_ago_still_counts(age, fate):
    someone = buyer()
    order(someone, order_date=NOW - age)
    clean()
    assert found(someone) == fate


def test_the_slot_decides_not_the_time_it_runs_at():
    someone = buyer(created_at=ago(days=300))  # long ago by now, but not at the time of the slot
    clean(run_date=NOW)
    assert found(someone) == "kept"


def test_a_naive_slot_is_refused():
    with pytest.raises(ValueError, match="has no time zone"):
        clean(run_date=datetime(2026, 3, 1))  # noqa: DTZ001


# -- what it says -----------------------------------------------------------------------------


def test_it_counts_customers_not_rows():
    for days in ((), (), (730, 731, 732), (30,)):
        buyer(*days)
    assert clean().splitlines()[-1] == "Inactive customers: 2 deleted, 1 anonymised."


def test_it_names_customers_by_number_only():
    never, former = buyer(name="Alice Martin"), buyer(730, name="Bob Weber")
    said = clean()
    assert f"Deleted customer {never.pk}.\nAnonymised customer {former.pk}.\n" in said
    assert not any(word in said for word in ("Alice", "Bob", "@"))


# -- again, and in between --------------------------------------------------------------------


@pytest.mark.parametrize("ordered", [(), (730,)])
def test_whoever_orders_while_it_runs_is_kept(monkeypatch, ordered):
    someone = buyer(*ordered)

    def after_an_order(items):
        order(someone, order_date=ago(minutes=1))
        yield from in_batches(items)

    monkeypatch.setattr(cleanup_inactive_customers, "in_batches", after_an_order)
    assert clean() == "Inactive customers: 0 deleted, 0 anonymised.\n"
    assert found(someone) == "kept"


@pytest.mark.django_db(transaction=True)
def test_nobody_can_order_for_a_customer_who_is_being_deleted(monkeypatch):
    someone, laptop, outcome = buyer(), product(), []

    def order_meanwhile():
        try:
            place(someone, {laptop: 1}, order_date=NOW)
        except IntegrityError:
            outcome.append("refused")
        finally:
            connection.close()

    thread = Thread(target=order_meanwhile)

    def delete_slowly(rows):
        thread.start()
        thread.join(0.3)
        return QuerySet.delete(rows)

    monkeypatch.setattr(CustomerQuerySet, "delete", delete_slowly)
    assert "1 deleted" in clean()
    thread.join()
    assert (outcome, found(someone)) == (["refused"], "deleted")
