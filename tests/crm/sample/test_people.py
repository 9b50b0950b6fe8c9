from datetime import timedelta

import pytest

from crm.models import Customer, OrderStatus, Product
from crm.sample.people import LIVES, MESSAGES, person

from ..factories import NOW

PRODUCTS = [Product(pk=number, name=f"Product {number}", price=number) for number in range(1, 6)]
PEOPLE = [person(1, number, PRODUCTS, now=NOW) for number in range(200)]
everyone = pytest.mark.parametrize("someone", PEOPLE[: 2 * len(LIVES)], ids=lambda one: one.customer.email)


def test_a_person_depends_on_seed_and_number_only():
    again = person(1, 150, PRODUCTS, now=NOW)
    assert [again.customer.email, *(order.total_amount for order, _ in again.baskets)] == [
        PEOPLE[150].customer.email,
        *(order.total_amount for order, _ in PEOPLE[150].baskets),
    ]


def test_no_two_people_share_an_email():
    assert len({customer.email for customer, *_ in PEOPLE}) == len(PEOPLE)


@everyone
def test_nobody_orders_or_writes_before_they_came_or_in_the_future(someone):
    for order, _ in someone.baskets:
        assert someone.customer.created_at < order.order_date <= NOW
    for upload in someone.uploads:
        assert someone.customer.created_at < upload.created_at <= NOW


def test_what_was_ordered_this_week_is_still_pending():
    orders = [order for _, baskets, _ in PEOPLE for order, _ in baskets]
    for order in orders:
        assert (order.status == OrderStatus.PENDING) == (order.order_date > NOW - timedelta(days=7))
    assert {order.status for order in orders} == set(OrderStatus)


@pytest.mark.django_db
@everyone
def test_everyone_passes_validation(someone):
    someone.customer.full_clean()


def test_phones_come_in_both_shapes_and_not_at_all():
    assert {customer.phone[:3] for customer, *_ in PEOPLE} == {"", "+12", "202"}


def test_the_first_ten_have_every_kind_of_history():
    year_ago = NOW - timedelta(days=365)
    kinds = {
        (customer.created_at < year_ago, *sorted({order.order_date < year_ago for order, _ in baskets}))
        for customer, baskets, _ in PEOPLE[: len(LIVES)]
    }
    never, old, recent, both = (), (True,), (False,), (False, True)
    assert kinds >= {(True, *never), (False, *never), (True, *old), (True, *both), (True, *recent)}
    assert isinstance(PEOPLE[0].customer, Customer)


def test_uploads_say_everything_that_moderation_tells_apart():
    written = [upload.text for one in PEOPLE for upload in one.uploads]
    assert len(written) == len(PEOPLE) // len(LIVES)
    assert set(written) == set(MESSAGES)
