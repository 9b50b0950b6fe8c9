import pytest
from django.urls import reverse

from crm.models import Customer

from .factories import customer, order, post, product

PAGES = ["customer", "product", "order", "post"]


@pytest.fixture
def rows(db):
    buyer = customer("Alice Martin")
    return {"customer": buyer, "product": product(), "order": order(buyer), "post": post()}


@pytest.mark.parametrize("name", PAGES)
def test_every_list_and_every_row_can_be_opened(admin_client, rows, name):
    change = reverse(f"admin:crm_{name}_change", args=[rows[name].pk])
    for url in (reverse(f"admin:crm_{name}_changelist"), change):
        assert admin_client.get(url).status_code == 200


def test_orders_are_neither_added_nor_deleted_here(admin_client, rows):
    assert admin_client.get(reverse("admin:crm_order_add")).status_code == 403
    assert admin_client.get(reverse("admin:crm_order_delete", args=[rows["order"].pk])).status_code == 403


def test_who_has_ordered_cannot_be_deleted(admin_client, rows):
    admin_client.post(reverse("admin:crm_customer_delete", args=[rows["customer"].pk]), {"post": "yes"})
    assert Customer.objects.filter(pk=rows["customer"].pk).exists()
