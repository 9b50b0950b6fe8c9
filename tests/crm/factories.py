"""Rows for tests: each function takes what matters to the test and makes up the rest."""

from datetime import UTC, datetime, timedelta
from itertools import count

from crm.models import Customer, OrderStatus, Post, PostStatus, Product
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
