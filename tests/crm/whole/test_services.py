"""Jobs that deal with others: the payment provider, receivers of webhooks, a classifier."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from crm.models import (
    DifferenceKind,
    Event,
    Order,
    OrderStatus,
    Payment,
    PaymentDifference,
    Upload,
    UploadStatus,
    WebhookDelivery,
)
from crm.webhooks import emit, order_data

from ..factories import customer, order
from ..receiver import receiving
from ..stripe_stand_in import KEY, charge, stand_in
from .app import App
from .conftest import at
from .server import serve


@pytest.fixture(scope="module")
def stripe():
    with stand_in() as server:
        yield server


@pytest.fixture(scope="module")
def receiver(db):
    with receiving() as server:
        yield server


@pytest.fixture(scope="module")
def app(operator, folder, stripe):
    """The app, which finds the payment provider on this machine and may send webhooks there."""
    here = {"STRIPE_API_BASE": stripe.base, "STRIPE_API_KEY": KEY, "CRM_WEBHOOK_HOSTS": "127.0.0.1"}
    with serve(folder, **here) as url:
        yield App(url, folder, operator)


def test_orders_and_charges_of_the_hour_are_compared(app, stripe):
    slot = at(13)
    paid_at = slot - timedelta(minutes=30)
    right, wrong, alone = (order(order_date=paid_at, status=OrderStatus.PAID) for _ in range(3))
    Order.objects.filter(paid_at__gte=slot - timedelta(hours=3)).exclude(
        pk__in=[right.pk, wrong.pk, alone.pk]
    ).update(paid_at=slot - timedelta(days=30))  # the sample's own, of which no charge is known
    stripe.charges += [charge(right, at=paid_at), charge(wrong, amount="1.00", at=paid_at)]

    wrote = app.once("reconcile_payments", slot)

    assert set(PaymentDifference.objects.values_list("kind", "order", "found_at")) == {
        (DifferenceKind.AMOUNT, wrong.pk, slot),
        (DifferenceKind.NO_CHARGE, alone.pk, slot),
    }
    assert dict(Payment.objects.values_list("order", "reconciled_at")) == {right.pk: slot, wrong.pk: None}
    assert "2 charges, 3 orders, 1 agree, 2 differences (2 new)" in wrote[-1]


def test_without_a_key_the_comparison_fails_and_names_the_setting(operator, folder):
    with serve(folder) as url:
        app = App(url, folder, operator)
        answer = app.run("reconcile_payments", at(14))
        assert (answer["status"], answer["outcome"]) == (500, "failed")
        assert "STRIPE_API_KEY" in app.output(answer["run"])[-1]


def test_due_webhooks_are_delivered_signed_and_once(app, receiver):
    receiver.endpoint(event=Event.ORDER_PAID)
    sold = [order(), order()]
    now = timezone.now() - timedelta(minutes=10)
    emit(Event.ORDER_PAID, *map(order_data, sold), now=now)

    wrote = app.once("deliver_webhooks")

    assert sorted(message.payload["data"]["id"] for message in receiver.messages) == [one.pk for one in sold]
    assert receiver.refused == []
    assert WebhookDelivery.objects.filter(delivered_at=None).count() == 0
    assert wrote[-1].startswith("Webhooks: 2 delivered")


def test_uploads_are_judged_and_the_uncertain_left_to_a_person(app):
    sender, slot = customer(), at(4, 30)
    texts = {
        "Thank you for the quick delivery, the laptop works very well.": UploadStatus.APPROVED,
        "You are a stupid fucking idiot and I hate you.": UploadStatus.REJECTED,
        "Xqzzt vrrkk plmbf.": UploadStatus.PENDING,
    }
    sent = {
        Upload.objects.create(customer=sender, text=text, created_at=slot - timedelta(hours=1)).pk: status
        for text, status in texts.items()
    }
    late = Upload.objects.create(customer=sender, text="Hello", created_at=slot + timedelta(hours=1))

    due = Upload.objects.filter(checked_at=None, created_at__lte=slot).count()  # the sample has some, too

    wrote = app.once("moderate_uploads", slot)

    assert dict(Upload.objects.filter(pk__in=sent).values_list("pk", "status")) == sent
    judged = Upload.objects.filter(checked_at=slot).exclude(reason="")
    assert len(judged) == due
    assert Upload.objects.get(pk=late.pk).checked_at is None
    count = Counter(upload.status for upload in judged)
    approved, rejected, uncertain = (count[status] for status in ("approved", "rejected", "pending"))
    assert wrote[-1] == f"Uploads: {approved} approved, {rejected} rejected, {uncertain} for a person."
