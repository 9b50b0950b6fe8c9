"""The borders of the hour: which run compares what."""

from datetime import timedelta

import pytest

from crm.models import Order, Payment

from ..factories import NOW, ago, order, product
from ..stripe_stand_in import charge
from .reconciling import HOUR, NEXT, differences, paid, reconcile, summary, unpaid

pytestmark = pytest.mark.django_db


def test_an_order_paid_in_the_hour_after_its_charge_agrees(stripe):
    stripe.charges = [charge(paid(minutes=59), at=ago(minutes=61))]
    assert summary() == "0 charges, 1 orders, 1 agree, 0 differences (0 new), 0 resolved."


def test_a_charge_dated_just_after_the_hour_of_its_order_agrees(stripe):
    stripe.charges = [charge(paid(seconds=1), at=NOW + timedelta(seconds=1))]
    assert summary() == "0 charges, 1 orders, 1 agree, 0 differences (0 new), 0 resolved."


def test_a_charge_after_the_hour_is_left_to_the_next_run(stripe):
    stripe.charges = [charge(at=NOW), charge(unpaid(), at=NOW)]
    assert summary() == "0 charges, 0 orders, 0 agree, 0 differences (0 new), 0 resolved."
    assert not Payment.objects.exists()
    assert summary(NEXT) == "2 charges, 0 orders, 0 agree, 2 differences (2 new), 0 resolved."


def test_an_order_marked_as_paid_after_the_run_is_a_difference_until_the_next(stripe):
    late = unpaid(minutes=1)
    stripe.charges = [charge(late, at=ago(minutes=1))]
    assert summary() == "1 charges, 0 orders, 0 agree, 1 differences (1 new), 0 resolved."
    Order.objects.pay(now=NOW + timedelta(minutes=1))
    assert summary(NEXT) == "0 charges, 1 orders, 1 agree, 0 differences (0 new), 1 resolved."
    assert differences() == [("not_paid", late.pk, stripe.charges[0]["id"], NOW, NEXT)]
    assert Payment.objects.get().reconciled_at == NEXT


def test_a_late_run_does_not_miss_charges_of_orders_paid_since(stripe):
    """The first try to pay failed before the slot, the second succeeded after it."""
    bought = paid(minutes=-2)
    stripe.charges = [
        charge(bought, status="failed", at=ago(minutes=1)),
        charge(bought, at=NOW + timedelta(minutes=10)),
    ]
    assert summary() == "1 charges, 0 orders, 0 agree, 0 differences (0 new), 0 resolved."


def test_every_order_and_charge_is_compared_in_some_run(stripe):
    moments = [timedelta(minutes=minutes) for minutes in range(0, 180, 7)]
    orders = [order(products={product(): 1}, order_date=ago(hours=3) + moment) for moment in moments]
    stripe.charges = [charge(id=f"ch_{number}", at=ago(hours=3) + at) for number, at in enumerate(moments)]
    for slot in (ago(hours=2), ago(hours=1), NOW):
        reconcile(slot)
    assert {row[1] for row in differences(kind="no_charge")} == {one.pk for one in orders}
    assert {row[2] for row in differences(kind="no_order")} == {one["id"] for one in stripe.charges}


def test_a_transfer_that_takes_days_is_found_when_the_order_is_paid(stripe):
    slow = unpaid(days=3)
    stripe.charges = [charge(slow, status="pending", at=ago(days=3))]
    reconcile(ago(days=3) + HOUR)
    stripe.charges[0]["status"] = "succeeded"
    Order.objects.pay(now=ago(minutes=30))
    assert summary() == "0 charges, 1 orders, 1 agree, 0 differences (0 new), 0 resolved."
    assert Payment.objects.get().reconciled_at == NOW


def test_a_second_charge_days_later_is_found(stripe):
    bought = paid(days=3)
    stripe.charges = [charge(bought, at=ago(days=3)), charge(bought)]
    reconcile(ago(days=3) + HOUR)
    reconcile()
    assert differences() == [("twice", bought.pk, stripe.charges[1]["id"], NOW, None)]


def test_a_second_charge_after_the_first_was_given_back_is_none(stripe):
    bought = paid(days=3)
    stripe.charges = [charge(bought, at=ago(days=3)), charge(bought)]
    reconcile(ago(days=3) + HOUR)
    stripe.charges[0]["refunded"] = True
    assert "0 differences" in summary()
    assert Payment.objects.get(status="refunded").reconciled_at is None
