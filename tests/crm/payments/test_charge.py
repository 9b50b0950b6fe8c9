from decimal import Decimal

import pytest
from pydantic import ValidationError

from crm.models import PaymentStatus
from crm.payments.provider import Charge, Unreadable, read

from ..factories import NOW
from ..stripe_stand_in import charge


def parsed(*args, **fields):
    return Charge.model_validate(charge(*args, **fields))


def test_a_charge_names_its_order_in_its_metadata():
    assert parsed(42).order_id == 42


@pytest.mark.parametrize("text", ["", "42a", "-1", "4.2", " 42", "42\n", "٤٢", "1" * 19, "T3JkZXI6NDI="])
def test_what_is_no_number_names_no_order(text):
    assert parsed(text).order_id is None


def test_a_charge_without_metadata_names_no_order():
    assert parsed().order_id is None


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"status": "succeeded"}, PaymentStatus.SUCCEEDED),
        ({"status": "pending"}, PaymentStatus.PENDING),
        ({"status": "failed"}, PaymentStatus.FAILED),
        ({"refunded": True}, PaymentStatus.REFUNDED),
        ({"amount_refunded": 500}, PaymentStatus.SUCCEEDED),  # in part
        ({"captured": False, "amount_captured": 0}, PaymentStatus.PENDING),  # reserved only
    ],
)
def test_what_became_of_it(fields, outcome):
    assert parsed(**fields).outcome == outcome


def test_its_total_is_exact_and_what_was_taken():
    assert parsed(amount="999.99").total == Decimal("999.99")
    assert parsed(amount="999.99", amount_captured=50000).total == Decimal("500.00")
    assert parsed(amount="999.99", amount_captured=0, captured=False).total == Decimal("999.99")


def test_it_was_made_at_an_instant():
    assert parsed(at=NOW).made_at == NOW


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", ""),
        ("id", "ch_1\nch_2"),
        ("id", "../customers/cus_1"),
        ("created", "yesterday"),
        ("created", 10**30),
        ("amount", "100"),
        ("amount", -1),
        ("amount", 10**14),
        ("amount", 10.5),
        ("amount_captured", None),
        ("currency", "U$D"),
        ("currency", "us"),
        ("status", "lost"),
        ("refunded", "no"),
        ("captured", None),
        ("metadata", None),
        ("metadata", {"order_id": 7}),
    ],
)
def test_what_is_no_charge_is_refused(field, value):
    with pytest.raises(ValidationError, match=field):
        Charge.model_validate(charge() | {field: value})


def test_a_currency_in_capitals_is_the_same_currency():
    assert parsed(currency="USD").currency == "usd"


def test_what_can_be_read_is_a_charge():
    assert read(charge(id="ch_1")).id == "ch_1"


def test_of_what_cannot_be_read_the_fields_are_told_and_not_what_is_in_them():
    odd = read(charge(id="ch_1", status="secret", metadata={"a": 1, "b": 2}))
    assert odd == Unreadable("ch_1", "metadata, status")
    assert str(odd) == "Charge ch_1: cannot be read, see its metadata, status."


@pytest.mark.parametrize("told", [{}, {"object": "charge"}, charge(id="ch\n1"), charge(id=7, amount=-1)])
def test_what_has_no_id_is_no_charge(told):
    with pytest.raises(ValidationError):
        read(told)


def test_names_and_addresses_are_not_even_kept():
    assert "Alice" not in repr(parsed(42))
