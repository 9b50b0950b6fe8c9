from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.models import Order, WebhookDelivery

from ..factories import endpoint, order, product
from .pages import act, change_page, colleague

pytestmark = pytest.mark.django_db


def orders(*statuses):
    return [order(status=status) for status in statuses]


def statuses():
    return list(Order.objects.order_by("pk").values_list("status", flat=True))


def test_pending_orders_are_marked_as_paid_now(admin_client, no_saves):
    chosen = orders("pending", "pending", "cancelled", "paid")
    orders("pending")
    no_saves()
    assert act(admin_client, "pay", *chosen) == ["Marked as paid: 2 of 4."]
    assert statuses() == ["paid", "paid", "cancelled", "paid", "pending"]
    chosen[0].refresh_from_db()
    assert timezone.now() - chosen[0].paid_at < timedelta(minutes=1)


def test_a_payment_is_announced(admin_client):
    (chosen,) = orders("pending")
    endpoint()
    act(admin_client, "pay", chosen)
    assert WebhookDelivery.objects.get().event == "order.paid"


def test_pending_orders_are_cancelled(admin_client, no_saves):
    chosen = orders("pending", "paid", "cancelled")
    no_saves()
    assert act(admin_client, "cancel", *chosen) == ["Cancelled: 1 of 3."]
    assert statuses() == ["cancelled", "paid", "cancelled"]


@pytest.mark.parametrize(("action", "told"), [("pay", "Marked as paid"), ("cancel", "Cancelled")])
def test_what_leaves_a_filtered_list_is_counted(admin_client, action, told):
    chosen = orders("pending", "pending")
    assert act(admin_client, action, *chosen, status__exact="pending") == [f"{told}: 2 of 2."]


@pytest.mark.parametrize("action", ["pay", "cancel"])
def test_an_action_takes_the_permission_to_change(action):
    (chosen,) = orders("pending")
    act(colleague("crm.view_order"), action, chosen)
    assert statuses() == ["pending"]
    act(colleague("crm.view_order", "crm.change_order"), action, chosen)
    assert statuses() != ["pending"]


def test_the_page_of_an_order_shows_what_is_not_edited_either(admin_client):
    shown = admin_client.get(change_page(order(products={product(price="1234.50"): 1}))).content.decode()
    assert "Total amount:" in shown
    assert "1234.50" in shown
    assert "Paid at:" in shown


def test_the_page_of_an_order_takes_no_more_statements_for_more_items(admin_client):
    small, large = order(), order(products={product(f"Product {number}"): 1 for number in range(20)})
    taken = []
    for row in (small, large):
        with CaptureQueriesContext(connection) as statements:
            shown = admin_client.get(change_page(row))
        taken.append(len(statements))
    assert b"Product 19" in shown.content
    assert taken[0] == taken[1]
