"""Rows of every kind, and what a person does with them in the admin."""

from itertools import count

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from crm import api_keys
from crm.models import (
    ApiKey,
    Customer,
    Order,
    Payment,
    PaymentDifference,
    Post,
    Product,
    SentMail,
    Upload,
    WebhookDelivery,
    WebhookEndpoint,
)

from ..factories import NOW, customer, delivery, endpoint, order, post, product, upload, user

_numbers = count(1)


def payment(**fields):
    given = {
        "charge_id": f"ch_{next(_numbers)}",
        "amount": "999.99",
        "currency": "usd",
        "status": "succeeded",
    }
    return Payment.objects.create(**{"order": order(), **given, **fields})


def difference(**fields):
    given = {"kind": "no_charge", "detail": "paid, but never charged", "found_at": NOW}
    return PaymentDifference.objects.create(**{"order": order(), **given, **fields})


def sent_mail():
    return SentMail.objects.create(key=f"digest {next(_numbers)}", sent_at=NOW)


def api_key(owner=None, name="shop"):
    return api_keys.create(owner or user(), name, now=NOW)[0]


MAKE = {
    ApiKey: api_key,
    Customer: customer,
    Order: order,
    Payment: payment,
    PaymentDifference: difference,
    Post: post,
    Product: product,
    SentMail: sent_mail,
    Upload: lambda: upload("hello", content=b"hello"),
    WebhookDelivery: delivery,
    WebhookEndpoint: endpoint,
}
REGISTERED = [model for model in admin.site._registry if model._meta.app_label == "crm"]
every_model = pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model.__name__)


def page(what, name, *args):
    """The address of a page such as `change`."""
    return reverse(f"admin:crm_{what._meta.model_name}_{name}", args=args)


def change_page(row):
    return page(row, "change", row.pk)


def act(client, action, *rows, **filters):
    """Choose these rows in their list, and an action; returns what the person is told."""
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    answer = client.post(page(rows[0], "changelist"), data, query_params=filters)
    return [str(message) for message in get_messages(answer.wsgi_request)]


def colleague(*permissions):
    """The browser of a staff user with only these permissions."""
    client = Client()
    client.force_login(user(*permissions, is_staff=True))
    return client


@pytest.fixture
def no_saves(monkeypatch):
    """From here on rows change by statements with conditions only."""

    def refuse(self, *args, **kwargs):
        if type(self)._meta.app_label == "crm":
            raise AssertionError(f"{self!r} was saved")
        return save(self, *args, **kwargs)

    save = Model.save
    return lambda: monkeypatch.setattr(Model, "save", refuse)
