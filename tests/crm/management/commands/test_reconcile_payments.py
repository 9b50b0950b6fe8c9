import io
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.management.commands import reconcile_payments
from crm.models import Order, Payment, PaymentDifference
from crm.patterns import in_batches
from jobs_api import RunStopped
from jobs_api.execution.current import CurrentRun

from ...factories import NOW, ago, customer, order, product
from ...payments.reconciling import HOUR, NEXT, differences, everything, paid, reconcile, summary, unpaid
from ...stripe_stand_in import KEY, charge

pytestmark = pytest.mark.django_db


# -- what it finds ----------------------------------------------------------------------------


def test_an_order_and_its_charge_agree(stripe):
    bought = paid()
    stripe.charges = [charge(bought)]
    numbers = "1 charges, 1 orders, 1 agree, 0 differences (0 new), 0 resolved."
    assert reconcile() == f"Payments 2026-03-01 01:00 to 02:00: {numbers}\n"
    payment = Payment.objects.get()
    assert (payment.order, payment.charge_id) == (bought, stripe.charges[0]["id"])
    assert (payment.amount, payment.currency, payment.status) == (bought.total_amount, "usd", "succeeded")
    assert payment.reconciled_at == NOW


def test_each_kind_of_difference_is_found_and_told(stripe):
    lonely, pending, cheap, foreign, twice, good = paid(), unpaid(), paid(), paid(), paid(), paid()
    stripe.charges = [
        charge(id="ch_nameless"),
        charge(10**9, id="ch_unknown"),
        charge(pending, id="ch_pending"),
        charge(cheap, id="ch_cheap", amount="99.99"),
        charge(foreign, id="ch_foreign", currency="jpy"),
        charge(twice, id="ch_twice_a"),
        charge(twice, id="ch_twice_b"),
        charge(good, id="ch_good"),
        charge(good, id="ch_failed", status="failed"),
    ]
    said = reconcile().splitlines()
    assert differences() == [
        ("amount", cheap.pk, "ch_cheap", NOW, None),
        ("currency", foreign.pk, "ch_foreign", NOW, None),
        ("no_charge", lonely.pk, "", NOW, None),
        ("no_order", None, "ch_nameless", NOW, None),
        ("no_order", None, "ch_unknown", NOW, None),
        ("not_paid", pending.pk, "ch_pending", NOW, None),
        ("twice", twice.pk, "ch_twice_b", NOW, None),
    ]
    assert said[-1].endswith("9 charges, 5 orders, 1 agree, 7 differences (7 new), 0 resolved.")
    assert len(said) == 7 + 1
    assert (
        f"Order {cheap.pk}, charge ch_cheap: another amount than ordered: "
        "charged 99.99 usd, ordered 999.99 usd (new)"
    ) in said


def test_charges_of_known_orders_in_our_currency_are_kept_whatever_became_of_them(stripe):
    bought = paid()
    stripe.charges = [
        charge(bought, id="ch_a"),
        charge(bought, id="ch_b", status="failed"),
        charge(bought, id="ch_c", status="pending"),
        charge(bought, id="ch_d", refunded=True),
        charge(bought, id="ch_e", currency="jpy", status="failed"),
        charge(id="ch_f"),
    ]
    reconcile()
    kept = Payment.objects.order_by("charge_id").values_list("charge_id", "status", "reconciled_at")
    assert list(kept) == [
        ("ch_a", "succeeded", NOW),
        ("ch_b", "failed", None),
        ("ch_c", "pending", None),
        ("ch_d", "refunded", None),
    ]


def test_customers_are_named_nowhere(stripe):
    stripe.charges = [charge("Alice Martin, alice@example.com"), charge(unpaid())]
    said = reconcile() + str(list(PaymentDifference.objects.values()))
    assert not any(word in said for word in ("Alice", "Martin", "@"))


# -- again, and in between --------------------------------------------------------------------


def a_busy_hour(stripe):
    """Something of everything, also open and resolved differences of the day before."""
    old = [paid(days=1), paid(days=1), unpaid(days=1)]
    stripe.charges = [charge(old[1], amount="1.00", at=ago(days=1)), charge(old[2], at=ago(days=1))]
    reconcile(ago(days=1) + HOUR)
    stripe.charges[0]["refunded"] = True
    orders = [paid(minutes=minutes) for minutes in (1, 5, 59, 61)]
    stripe.charges += [charge(one) for one in orders[1:]] + [charge(orders[1], status="pending")]
    stripe.charges += [charge(unpaid()), charge(), charge(orders[2], amount="5.00"), charge(old[1])]


def test_a_busy_hour_compared_again_changes_nothing_more(stripe):
    a_busy_hour(stripe)
    said = reconcile()
    before = everything()
    assert "(0 new)" not in said
    assert " 0 resolved" not in said
    for _ in range(2):
        said = reconcile()
        assert everything() == before
    assert said.splitlines()[-1].endswith("(0 new), 0 resolved.")


def test_a_payment_keeps_the_time_at_which_it_first_agreed(stripe):
    stripe.charges = [charge(paid())]
    reconcile()
    reconcile(NEXT)  # which looks at it once more
    assert Payment.objects.get().reconciled_at == NOW


def test_a_payment_that_agrees_no_more_is_not_reconciled(stripe):
    stripe.charges = [charge(paid())]
    reconcile()
    stripe.charges[0]["metadata"] = {"order_id": "0"}
    reconcile(NEXT)
    assert Payment.objects.get().reconciled_at is None


def test_the_number_of_statements_does_not_grow_with_the_orders(stripe):
    def statements(many, slot):
        at = slot - timedelta(minutes=30)
        buyer, laptop = customer(), product()
        for number in range(many):
            bought = order(buyer, products={laptop: 1}, order_date=at)
            stripe.charges += [charge(bought, amount=("999.99", "1.00")[number % 2], at=at), charge(at=at)]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            reconcile(slot)
        return len(queries)

    first = statements(2, NOW)
    PaymentDifference.objects.all().delete()
    assert statements(60, NOW + 5 * HOUR) == first


def test_a_run_that_is_stopped_does_not_read_all_pages_first(stripe):
    stripe.charges = [charge() for _ in range(250)]
    current = CurrentRun(job_name="reconcile_payments", run_date=NOW, attempt=1)
    current.stop("cancelled")
    with pytest.raises(RunStopped):
        reconcile(within=current)
    assert len(stripe.asked) == 1


# -- when it cannot do its work ---------------------------------------------------------------


def test_without_a_key_it_fails_and_says_what_to_set():
    with pytest.raises(
        CommandError, match=r"STRIPE_API_KEY is not set. Set it to a key that may read charges"
    ):
        reconcile()


def test_with_a_wrong_key_it_fails_and_keeps_the_key_to_itself(stripe):
    stripe.key = "another"
    with pytest.raises(CommandError, match="does not know the key in STRIPE_API_KEY") as caught:
        reconcile()
    assert KEY not in str(caught.value)


def test_if_the_provider_fails_nothing_is_written_and_the_next_try_does_it_all(stripe):
    stripe.charges = [charge(paid()) for _ in range(150)]
    stripe.misbehave(400, {"error": {}}, after=1, times=1)
    with pytest.raises(CommandError, match="HTTP status 400"):
        reconcile()
    assert everything()[:2] == [[], []]
    assert "150 charges, 150 orders, 150 agree" in summary()


@pytest.mark.parametrize("fields", [{}, {"amount": -1}])
def test_a_provider_whose_list_never_ends_is_found_out(stripe, fields):
    same = {"object": "list", "url": "/v1/charges", "has_more": True, "data": [charge(**fields)]}
    stripe.misbehave(200, same)
    with pytest.raises(CommandError, match="lists a charge twice"):
        reconcile()


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", -5), ("amount", 5.5), ("status", "disputed"), ("metadata", {"order_id": 1})],
)
def test_a_charge_that_cannot_be_read_fails_the_run_after_all_others_are_compared(stripe, field, value):
    stripe.charges = [charge(id="ch_odd") | {field: value}, charge(paid()), charge(paid(), amount="1.00")]
    states, said = [], io.StringIO()
    for _ in range(2):
        with pytest.raises(CommandError, match="1 charges could not be read"):
            reconcile(out=said)
        states.append(everything())
    assert states[0] == states[1]
    assert f"Charge ch_odd: cannot be read, see its {field}.\n" in said.getvalue()
    assert "2 charges, 2 orders, 1 agree, 1 differences (1 new), 0 resolved." in said.getvalue()


def test_once_a_charge_can_be_read_the_slot_run_again_puts_it_right(stripe):
    bought = paid()
    stripe.charges = [charge(bought, status="disputed")]
    with pytest.raises(CommandError):
        reconcile()
    assert [row[:2] for row in differences(resolved_at=None)] == [("no_charge", bought.pk)]
    stripe.charges[0]["status"] = "succeeded"
    assert "1 charges, 1 orders, 1 agree, 0 differences (0 new), 1 resolved." in reconcile()


def test_what_is_kept_of_a_charge_outlives_an_answer_that_cannot_be_read(stripe):
    stripe.charges = [charge(paid(), amount="1.00")]
    reconcile()
    before = everything()
    stripe.charges[0]["status"] = "disputed"
    with pytest.raises(CommandError, match="1 charges could not be read"):
        reconcile(NEXT)
    assert everything()[0] == before[0]
    assert {row[0] for row in differences(resolved_at=None)} >= {"amount"}


def test_if_the_provider_fails_in_between_the_next_try_does_the_rest(stripe, monkeypatch):
    monkeypatch.setattr(reconcile_payments, "in_batches", lambda items: in_batches(items, size=1))
    first, slow = paid(), unpaid(days=3)
    stripe.charges = [charge(first), charge(slow, status="pending", at=ago(days=3))]
    reconcile(ago(days=3) + HOUR)
    stripe.charges[1]["status"] = "succeeded"
    Order.objects.pay(now=ago(minutes=30))
    stripe.misbehave(400, {"error": {}}, after=1, times=1)
    with pytest.raises(CommandError):
        reconcile()
    assert Payment.objects.filter(reconciled_at=NOW).count() == 1
    assert "2 orders, 2 agree" in summary()


def test_stripe_is_not_loaded_before_it_is_used():
    code = """
import sys, django
django.setup()
from django.core.management import load_command_class
load_command_class("crm", "reconcile_payments")
sys.exit("stripe" in sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
