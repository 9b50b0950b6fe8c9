import pytest

from crm.models import Customer, Upload

from ..factories import customer, order, upload
from .pages import page

pytestmark = pytest.mark.django_db


def delete(client, row):
    client.post(page(row, "delete", row.pk), {"post": "yes"})
    return not Customer.objects.filter(pk=row.pk).exists()


def test_who_has_ordered_cannot_be_deleted(admin_client):
    assert not delete(admin_client, order().customer)


def test_a_customer_takes_their_uploads_along(admin_client):
    sender = customer()
    upload("hello", buyer=sender)
    assert delete(admin_client, sender)
    assert not Upload.objects.exists()
