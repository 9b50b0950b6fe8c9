from contextlib import suppress
from datetime import datetime, timedelta, timezone

import pytest
from django.db import transaction

from crm.models import Event, WebhookDelivery
from crm.webhooks import emit, order_data

from ..factories import NOW, customer, endpoint, order

pytestmark = pytest.mark.django_db
DATA = {"id": 7, "total": "9.90"}


def told():
    return set(WebhookDelivery.objects.values_list("endpoint", "event"))


def test_every_endpoint_that_wants_an_event_is_told_of_it():
    everything, created = endpoint(), endpoint(event=Event.ORDER_CREATED)
    endpoint(event=Event.ORDER_PAID)
    endpoint(disabled_at=NOW, disabled_reason="Gone.")
    emit(Event.ORDER_CREATED, DATA, now=NOW)
    assert told() == {(everything.pk, "order.created"), (created.pk, "order.created")}


def test_a_payload_has_the_form_of_standard_webhooks():
    endpoint()
    emit(Event.ORDER_PAID, DATA, now=NOW.astimezone(timezone(timedelta(hours=5))))
    assert WebhookDelivery.objects.get().payload == {
        "type": "order.paid",
        "timestamp": "2026-03-01T02:00:00+00:00",
        "data": {"id": 7, "total": "9.90"},
    }


def test_an_event_is_due_at_once_and_each_delivery_has_an_id_of_its_own():
    endpoint()
    endpoint()
    emit(Event.ORDER_PAID, DATA, now=NOW)
    assert len(set(WebhookDelivery.objects.values_list("message_id"))) == 2
    assert set(WebhookDelivery.objects.values_list("next_try_at", "attempts", "delivered_at")) == {
        (NOW, 0, None)
    }


def test_what_is_rolled_back_is_announced_to_nobody():
    endpoint()
    with suppress(ZeroDivisionError), transaction.atomic():
        emit(Event.ORDER_PAID, DATA, now=NOW)
        assert told()
        1 / 0  # noqa: B018
    assert not told()


def test_an_instant_without_a_zone_is_refused():
    endpoint()
    with pytest.raises(ValueError, match="has no time zone"):
        emit(Event.ORDER_PAID, DATA, now=datetime(2026, 3, 1))  # noqa: DTZ001


def test_many_things_take_as_many_statements_as_one(django_assert_num_queries):
    endpoint()
    endpoint()
    with django_assert_num_queries(2):
        emit(Event.ORDER_PAID, *[DATA] * 50, now=NOW)
    assert WebhookDelivery.objects.count() == 100


def test_an_event_says_nothing_of_the_customer():
    made = order(customer("Alice Martin", email="alice@example.com"))
    assert order_data(made) == {
        "id": made.pk,
        "status": "paid",
        "total": "999.99",
        "order_date": "2026-03-01T02:00:00+00:00",
    }
