"""Sample data: realistic, of any size, and the same again from the same seed.

Existing rows stay as they are, and are not added again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import transaction

from crm.clock import days_before
from crm.models import Customer, Post, PostStatus, Product, Upload
from crm.ordering import place_all
from crm.sample.people import dice, person

PRODUCTS = {
    "Laptop": "999.99",
    "Monitor 27 inch": "329.00",
    "Docking station": "189.50",
    "Mechanical keyboard": "119.00",
    "Mouse": "39.90",
    "Headset": "89.00",
    "Webcam": "69.95",
    "USB-C cable": "12.50",
    "Power bank": "45.00",
    "External SSD 1 TB": "109.99",
    "Desk lamp": "54.00",
    "Standing desk": "549.00",
    "Office chair": "399.00",
    "Notebook, dotted": "8.90",
    "Fountain pen": "64.00",
    "Backpack": "94.95",
}
TOPICS = (
    "Opening hours in spring",
    "A new warehouse",
    "How we pack",
    "Repair before replace",
    "Meet the support team",
    "Returns made simple",
)


@transaction.atomic
def add_products(seed: int) -> tuple[list[Product], int]:
    """The sample products, by name, and how many of them are new."""
    chance = dice("products", seed)
    wanted = [
        Product(name=name, price=Decimal(price), stock=chance.choice([0, 4, 9, 25, 60, 140]))
        for name, price in PRODUCTS.items()
    ]
    known = {product.name: product for product in Product.objects.filter(name__in=PRODUCTS).order_by("-pk")}
    new = Product.objects.bulk_create(product for product in wanted if product.name not in known)
    return [known.get(product.name, product) for product in wanted], len(new)


@transaction.atomic
def add_customers(
    seed: int, numbers: Sequence[int], products: Sequence[Product], *, now: datetime
) -> dict[str, int]:
    """Add the customers of these numbers, their orders and uploads; returns how many of each are new."""
    people = [person(seed, number, products, now=now) for number in numbers]
    emails = [one.customer.email for one in people]
    known = set(Customer.objects.filter(email__in=emails).values_list("email", flat=True))
    new = [one for one in people if one.customer.email not in known]
    Customer.objects.bulk_create(one.customer for one in new)
    orders = place_all(basket for one in new for basket in one.baskets)
    uploads = Upload.objects.bulk_create(upload for one in new for upload in one.uploads)
    return {"customers": len(new), "orders": len(orders), "uploads": len(uploads)}


@transaction.atomic
def add_posts(seed: int, count: int, *, now: datetime) -> int:
    """Add posts: published ones, fresh drafts and stale drafts in turn; returns how many are new."""
    posts = [_post(seed, number, now) for number in range(1, count + 1)]
    titles = [post.title for post in posts]
    known = set(Post.objects.filter(title__in=titles).values_list("title", flat=True))
    new = [(post, post.updated_at) for post in posts if post.title not in known]
    Post.objects.bulk_create(post for post, _ in new)
    for post, touched in new:
        post.updated_at = touched  # bulk_create has set it to now
    Post.objects.bulk_update([post for post, _ in new], ["updated_at"])
    return len(new)


def add_staff() -> int:
    """Add a member of the staff who gets mail but cannot log in; returns 1, or 0 if there is one already."""
    given = {"email": "staff@example.com", "is_staff": True, "password": make_password(None)}
    _, new = get_user_model().objects.get_or_create(username="sample-staff", defaults=given)
    return int(new)


def _post(seed: int, number: int, now: datetime) -> Post:
    chance = dice("post", seed, number)
    status = (PostStatus.DRAFT, PostStatus.DRAFT, PostStatus.PUBLISHED)[number % 3]
    days = chance.uniform(0, 6) if number % 3 == 0 else chance.uniform(8, 90)
    title = f"{chance.choice(TOPICS)} ({seed}-{number})"
    return Post(title=title, body=f"{title}.", status=status, updated_at=days_before(now, days))
