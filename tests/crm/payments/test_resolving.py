"""Differences that go away, and that come back."""

from datetime import timedelta

import pytest

from crm.models import Order, OrderStatus, Payment

from ..factories import NOW, ago
from ..stripe_stand_in import charge
from .reconciling import NEXT, differences, everything, paid, reconcile, summary, unpaid

pytestmark = pytest.mark.django_db


def in_three_days(minutes=0):
    return NOW + timedelta(days=3, minutes=minutes)


def test_a_charge_that_is_given_its_order_days_later_resolves_both_differences(stripe):
    bought = paid()
    stripe.charges = [charge()]
    assert "2 differences (2 new)" in summary()
    stripe.charges[0]["metadata"] = {"order_id": str(bought.pk)}
    assert summary(in_three_days()) == "0 charges, 0 orders, 0 agree, 0 differences (0 new), 2 resolved."
    assert {row[4] for row in differences()} == {in_three_days()}
    assert Payment.objects.get().reconciled_at == in_three_days()


@pytest.mark.parametrize(
    "wrong", [{"amount": 100, "amount_captured": 100}, {"currency": "jpy"}, {"metadata": {}}]
)
def test_a_wrong_charge_that_is_given_back_days_later_is_resolved(stripe, wrong):
    stripe.charges = [charge(unpaid()) | wrong]
    assert "1 differences (1 new)" in summary()
    stripe.charges[0]["refunded"] = True
    assert "0 differences (0 new), 1 resolved" in summary(in_three_days())


def test_a_transfer_that_arrives_days_after_its_order_was_marked_as_paid_is_resolved(stripe):
    bought = paid()
    stripe.charges = [charge(bought, status="pending")]
    reconcile()
    assert differences() == [("no_charge", bought.pk, "", NOW, None)]
    stripe.charges[0]["status"] = "succeeded"
    assert "1 resolved" in summary(in_three_days())
    assert Payment.objects.get().reconciled_at == in_three_days()


def test_an_order_that_is_not_paid_after_all_needs_no_charge(stripe):
    bought = paid()
    reconcile()
    Order.objects.filter(pk=bought.pk).update(status=OrderStatus.CANCELLED)
    assert "1 resolved" in summary(in_three_days())


def test_what_still_stands_stays_as_it_was_found(stripe):
    bought = paid()
    stripe.charges = [charge(bought, amount="1.00")]
    reconcile()
    said = reconcile(in_three_days())
    assert "0 orders, 0 agree, 1 differences (0 new), 0 resolved." in said
    assert "(new)" not in said
    assert [row[3:] for row in differences()] == [(NOW, None)]


def test_what_is_resolved_is_told_and_can_come_back(stripe):
    stripe.charges = [charge(id="ch_1", amount="10.00")]
    reconcile()
    stripe.charges[0]["refunded"] = True
    line = "Charge ch_1: charge for an order that is not here: charged 10.00 usd naming no order"
    assert reconcile(NEXT).startswith(f"{line} (resolved)\n")
    stripe.charges[0]["refunded"] = False
    assert f"{line} (new)" in reconcile(NEXT)
    assert differences() == [("no_order", None, "ch_1", NOW, None)]


def test_a_charge_that_the_provider_has_no_more_leaves_its_difference_open(stripe):
    stripe.charges = [charge()]
    reconcile()
    stripe.charges = []
    assert "0 resolved" in summary(in_three_days())
    assert differences(resolved_at=None)


@pytest.mark.parametrize(("days", "resolved"), [(7, True), (7.01, False)])
def test_after_a_week_a_difference_is_not_asked_about_any_more(stripe, days, resolved):
    stripe.charges = [charge()]
    reconcile()
    stripe.charges[0]["refunded"] = True
    reconcile(NOW + timedelta(days=days))
    assert bool(differences(resolved_at=None)) is not resolved


def test_only_so_many_differences_are_asked_about_and_the_newest_first(stripe, monkeypatch):
    monkeypatch.setattr("crm.payments.books.OPEN_AT_MOST", 2)
    times = [ago(minutes=minutes) for minutes in (200, 140, 80, 20)]
    stripe.charges = [charge(at=at) for at in times]
    for slot in (ago(hours=3), ago(hours=2), ago(hours=1), NOW):
        reconcile(slot)
    before = len(stripe.asked)
    reconcile(NOW + timedelta(days=1))
    asked = [path.rpartition("/")[2] for path, _ in stripe.asked[before:] if "?" not in path]
    assert sorted(asked) == sorted(one["id"] for one in stripe.charges[2:])


def test_a_second_time_for_the_same_slot_asks_about_no_others(stripe, monkeypatch):
    monkeypatch.setattr("crm.payments.books.OPEN_AT_MOST", 1)
    stripe.charges = [charge(), charge()]
    reconcile()
    for one in stripe.charges:
        one["refunded"] = True
    for _ in range(2):
        reconcile(in_three_days())
        assert len(differences(resolved_at=None)) == 1


def test_an_old_slot_run_again_resolves_nothing_that_was_found_later(stripe):
    stripe.charges = [charge(at=NOW)]
    reconcile(NEXT)
    stripe.charges[0]["refunded"] = True
    reconcile(ago(days=1))
    assert differences(resolved_at=None)


def test_an_old_slot_run_again_leaves_later_findings_alone(stripe):
    bought = paid(minutes=-30)
    stripe.charges = [charge(bought, status="failed", at=ago(minutes=1))]
    reconcile(NEXT)
    before = everything()
    assert before[1]
    reconcile(NOW)
    assert everything() == before
