from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from crm.models import DifferenceKind, Order, OrderStatus
from crm.payments.compare import Case, Finding, Hour, findings
from crm.payments.provider import Charge

from ..factories import NOW, ago
from ..stripe_stand_in import charge

GONE = [{"status": "failed"}, {"status": "pending"}, {"captured": False}, {"refunded": True}]
"""Charges without money."""
HOUR = Hour.before(NOW)
ORDERED = "ordered 10.00 usd"
OF_JPY = "of the smallest unit of jpy"


def an_order(amount="10.00", *, status=OrderStatus.PAID, paid_at=None):
    return Order(pk=7, total_amount=Decimal(amount), status=status, paid_at=paid_at or ago(minutes=30))


def found(order, *charges):
    """The kinds of difference, each with its charge."""
    case = Case(order, [Charge.model_validate(one) for one in charges])
    return [(finding.kind, finding.charge_id) for finding in findings(case, until=NOW)]


def of(amount="10.00", **fields):
    return charge(7, amount=amount, **fields)


def test_a_paid_order_and_a_charge_of_its_amount_agree():
    assert found(an_order(), of()) == []


def test_a_paid_order_needs_a_charge():
    assert found(an_order()) == [("no_charge", "")]


@pytest.mark.parametrize("fields", GONE)
def test_a_charge_without_money_is_none_for_a_paid_order(fields):
    assert found(an_order(), of(**fields)) == [("no_charge", "")]


@pytest.mark.parametrize("fields", GONE)
@pytest.mark.parametrize("order", [None, an_order(status=OrderStatus.PENDING)])
def test_a_charge_without_money_is_no_difference_by_itself(fields, order):
    assert found(order, of(**fields)) == []


def test_of_an_order_paid_after_the_hour_not_all_charges_are_known_yet():
    assert found(an_order(paid_at=NOW)) == []
    assert found(an_order(paid_at=NOW), of(status="failed")) == []
    assert found(an_order(paid_at=ago(seconds=1))) == [("no_charge", "")]


@pytest.mark.parametrize("status", [OrderStatus.PENDING, OrderStatus.CANCELLED])
def test_money_for_an_order_that_is_not_paid(status):
    taken = of()
    assert found(an_order(status=status), taken) == [("not_paid", taken["id"])]


def test_money_for_no_order_of_ours():
    first, second = of(), of()
    assert found(None, first, second) == [("no_order", first["id"]), ("no_order", second["id"])]


def test_a_cent_is_a_difference():
    wrong = of("9.99")
    assert found(an_order("10.00"), wrong) == [("amount", wrong["id"])]


def test_money_given_back_in_part_was_taken_all_the_same():
    assert found(an_order(), of(amount_refunded=400)) == []


def test_money_taken_in_part_is_a_difference():
    part = of(amount_captured=400)
    assert found(an_order(), part) == [("amount", part["id"])]


def test_another_currency_is_one_difference_whatever_the_amount():
    other = of("9.99", currency="jpy")
    assert found(an_order(), other) == [("currency", other["id"])]


def test_the_currency_is_that_of_the_settings(settings):
    settings.CRM_CURRENCY = "EUR"
    assert found(an_order(), of(currency="eur")) == []


def test_a_second_charge_is_one_too_many_in_whatever_order_they_come():
    first, second = of(id="ch_b", at=ago(minutes=20)), of(id="ch_a", at=ago(minutes=10))
    for charges in ([first, second], [second, first]):
        assert found(an_order(), *charges) == [("twice", second["id"])]


def test_a_second_charge_that_was_given_back_is_none():
    assert found(an_order(), of(), of(refunded=True)) == []


def test_the_charge_that_fits_is_the_orders_own():
    wrong, right = of("1.00", at=ago(minutes=20)), of(at=ago(minutes=10))
    assert found(an_order(), wrong, right) == [("twice", wrong["id"])]


@pytest.mark.parametrize(
    ("order", "made", "line"),
    [
        (an_order(), None, f"Order 7: paid order without a charge: {ORDERED}"),
        (
            an_order(),
            of("9.00", id="ch_1Ab"),
            f"Order 7, charge ch_1Ab: another amount than ordered: charged 9.00 usd, {ORDERED}",
        ),
        (
            an_order(),
            of("9.00", id="ch_1", currency="jpy"),
            f"Order 7, charge ch_1: another currency than ours: charged 900 {OF_JPY}, {ORDERED}",
        ),
        (
            an_order(status=OrderStatus.CANCELLED),
            of(id="ch_1"),
            "Order 7, charge ch_1: charged, but the order is not paid: charged 10.00 usd, order is cancelled",
        ),
        (
            None,
            of(id="ch_1"),
            "Charge ch_1: charge for an order that is not here: charged 10.00 usd for order 7",
        ),
        (
            None,
            charge("Alice", amount="0.05", id="ch_1"),
            "Charge ch_1: charge for an order that is not here: charged 0.05 usd naming no order",
        ),
    ],
)
def test_a_difference_is_told_in_one_line(order, made, line):
    (finding,) = findings(Case(order, [Charge.model_validate(made)] if made else []), until=NOW)
    assert str(finding) == line


def test_what_is_told_fits_into_its_column():
    most = charge("9" * 18, currency="jpy") | {"amount": 10**14 - 1, "amount_captured": 10**14 - 1}
    order = Order(pk=7, total_amount=Decimal(10**12 - 1), status=OrderStatus.PAID, paid_at=ago(minutes=1))
    for case in (None, order):
        (finding,) = findings(Case(case, [Charge.model_validate(most)]), until=NOW)
        assert len(finding.detail) <= 200


def test_a_difference_is_known_by_its_charge_or_else_by_its_order():
    assert Finding(DifferenceKind.AMOUNT, 7, "ch_1", "").key == ("amount", "ch_1")
    assert Finding(DifferenceKind.NO_CHARGE, 7, "", "").key == ("no_charge", 7)


def test_the_hour_before_a_slot_ends_before_it():
    assert [HOUR.holds(moment) for moment in (ago(hours=1), ago(microseconds=1))] == [True, True]
    assert [HOUR.holds(moment) for moment in (ago(hours=1, microseconds=1), NOW, None)] == [False] * 3


def test_it_is_told_in_the_zone_of_the_settings():
    with timezone.override("Asia/Kolkata"):
        assert str(HOUR) == "2026-03-01 06:30 to 07:30"
    assert HOUR.end - HOUR.start == timedelta(hours=1)
