"""Sample customers, their orders and uploads. Each depends only on seed, number and day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from crm.clock import days_before
from crm.models import Customer, OrderStatus, Product, Upload
from crm.ordering import Basket, compose

# Texts to split: names in a list would take a line each.
FIRST_NAMES = (
    "Alice Amara Anders Benoit Bianca Carlos Chiara Dana Diego Elif Emeka Fatima Felix Grace Hana Hugo "
    "Ines Ivan Jonas Kenji Lea Liam Mei Milan Nadia Noor Olga Omar Priya Rosa Samir Yuki"
)
LAST_NAMES = (
    "Adeyemi Bauer Costa Dubois Eriksen Fischer Garcia Haddad Ito Jansen Kaya Lindgren Martin Nguyen "
    "Okafor Park Quispe Rossi Silva Tanaka Usman Vargas Weber Xu Yilmaz Zhang"
)
# Moderation approves, rejects or leaves them to a person, in turn.
MESSAGES = (
    "Thank you for the quick delivery, the laptop works well.",
    "you stupid idiot",
    "Your driver was rude and lazy",
    "Please call me back about order 17.",
    "You are a moron and a liar!",
    "The box arrived in a bloody mess",
)

Days = tuple[float, float]


class Life(NamedTuple):
    """How many days ago a customer came and ordered; each a range."""

    came: Days
    ordered: Sequence[Days] = ()


# Used in turn, so ten customers are enough for one of each kind that the clean-up treats differently.
LIVES = (
    Life(came=(1, 300), ordered=[(0, 1)]),
    Life(came=(400, 900)),  # never ordered: deleted
    Life(came=(1, 300), ordered=[(0, 6), (0, 1)]),
    Life(came=(0, 60)),  # has not ordered yet: stays
    Life(came=(800, 1500), ordered=[(400, 780)]),  # ordered long ago only: anonymised
    Life(came=(800, 1500), ordered=[(400, 780), (8, 300)]),  # came back: stays
    Life(came=(400, 900), ordered=[(8, 300)]),  # ordered lately: stays
    Life(came=(340, 360), ordered=[(200, 330), (90, 180), (8, 60)]),
    Life(came=(340, 360), ordered=[(8, 330), (2, 6)]),
    Life(came=(60, 200), ordered=[(8, 50), (8, 50)]),
)
WRITES = 2
"""The place in LIVES of customers who have sent something in."""
PENDING_DAYS = 7


def dice(*key: object) -> Random:
    """A random generator that depends only on `key`, not on earlier draws."""
    return Random(" ".join(map(str, key)))  # noqa: S311 - sample data, no secrets


class Person(NamedTuple):
    """A customer with orders and uploads, none of them stored."""

    customer: Customer
    baskets: list[Basket]
    uploads: list[Upload]


def person(seed: int, number: int, products: Sequence[Product], *, now: datetime) -> Person:
    """The customer of that number."""
    chance, life = dice("person", seed, number), LIVES[number % len(LIVES)]
    customer = _customer(chance, f"{seed}-{number}", _ago(chance, life.came, now))
    baskets = [_basket(chance, customer, products, days, now) for days in life.ordered]
    turn, place = divmod(number, len(LIVES))
    texts = [MESSAGES[turn % len(MESSAGES)]] if place == WRITES else []
    return Person(customer, baskets, [_upload(chance, customer, text, now) for text in texts])


def _ago(chance: Random, days: Days, now: datetime) -> datetime:
    return days_before(now, chance.uniform(*days)).replace(microsecond=0)


def _customer(chance: Random, mark: str, created_at: datetime) -> Customer:
    first, last = chance.choice(FIRST_NAMES.split()), chance.choice(LAST_NAMES.split())
    email = f"{first}.{last}.{mark}@example.com".lower()
    return Customer(name=f"{first} {last}", email=email, phone=_phone(chance), created_at=created_at)


def _phone(chance: Random) -> str:
    """One of the two shapes, or none; the numbers are reserved for fiction."""
    line = f"{chance.randrange(100, 200):04}"
    return chance.choice(["", f"+1202555{line}", f"202-555-{line}"])


def _basket(
    chance: Random, customer: Customer, products: Sequence[Product], days: Days, now: datetime
) -> Basket:
    # Nobody orders before they become a customer.
    ordered_at = max(_ago(chance, days, now), customer.created_at + timedelta(minutes=5))
    status = _status(chance, ordered_at, now)
    return compose(customer, _choice(chance, products), order_date=ordered_at, status=status)


def _upload(chance: Random, customer: Customer, text: str, now: datetime) -> Upload:
    sent_at = max(_ago(chance, (0, 1), now), customer.created_at + timedelta(minutes=5))
    return Upload(customer=customer, text=text, created_at=sent_at)


def _choice(chance: Random, products: Sequence[Product]) -> Mapping[Product, int]:
    return {
        product: chance.choice([1, 1, 1, 2, 3]) for product in chance.sample(products, chance.randint(1, 3))
    }


def _status(chance: Random, ordered_at: datetime, now: datetime) -> OrderStatus:
    cancelled = chance.random() < 0.05
    if ordered_at > days_before(now, PENDING_DAYS):
        return OrderStatus.PENDING
    return OrderStatus.CANCELLED if cancelled else OrderStatus.PAID
