"""Rows for tests: each function takes what matters to the test and makes up the rest."""

from datetime import UTC, datetime, timedelta
from itertools import count

from django.contrib.auth.models import Permission, User
from django.core.files.base import ContentFile

from crm.models import (
    Customer,
    Event,
    OrderStatus,
    Post,
    PostStatus,
    Product,
    Upload,
    WebhookDelivery,
    WebhookEndpoint,
)
from crm.ordering import place

NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)
"""The slot of the weekly clean-up that most tests stand in: a Sunday."""
_numbers = count(1)


def ago(**delta):
    return NOW - timedelta(**delta)


def customer(name="Alice Martin", *, email="", phone="", created_at=NOW):
    email = email or f"customer-{next(_numbers)}@example.com"
    return Customer.objects.create(name=name, email=email, phone=phone, created_at=created_at)


def product(name="Laptop", *, price="999.99", stock=5):
    made = Product.objects.create(name=name, price=price, stock=stock)
    made.refresh_from_db()  # the price as the database gives it: a Decimal
    return made


def order(buyer=None, *, products=None, order_date=NOW, status=OrderStatus.PAID):
    return place(buyer or customer(), products or {product(): 1}, order_date=order_date, status=status)


def post(title="Opening hours", *, status=PostStatus.DRAFT, updated_at=NOW):
    made = Post.objects.create(title=title, status=status)
    Post.objects.filter(pk=made.pk).update(updated_at=updated_at)  # saving sets it to now
    made.refresh_from_db()
    return made


def user(*permissions, name="", **fields):
    """Someone with these permissions, such as crm.add_customer."""
    made = User.objects.create_user(name or f"user-{next(_numbers)}", **fields)
    codenames = [permission.removeprefix("crm.") for permission in permissions]
    found = Permission.objects.filter(content_type__app_label="crm", codename__in=codenames)
    assert len(found) == len(codenames)
    made.user_permissions.set(found)
    return made


def upload(text="", *, content=None, file="note.txt", buyer=None, created_at=None, **fields):
    """What a customer sent in; `content` is that of its file."""
    stored = "" if content is None else ContentFile(content, name=file)
    made = Upload(customer=buyer or customer(), text=text, file=stored, **fields)
    made.created_at = created_at or ago(hours=1)
    made.save()
    return made


def endpoint(url="https://hooks.example.com/crm", **fields):
    return WebhookEndpoint.objects.create(url=url, **fields)


def delivery(to=None, *, event=Event.ORDER_CREATED, number=1, next_try_at=NOW, **fields):
    """An event of order `number` in the outbox."""
    payload = {"type": event.value, "timestamp": NOW.isoformat(), "data": {"id": number}}
    fields = {"created_at": NOW, "payload": payload, **fields}
    return WebhookDelivery.objects.create(
        endpoint=to or endpoint(), event=event, next_try_at=next_try_at, **fields
    )
