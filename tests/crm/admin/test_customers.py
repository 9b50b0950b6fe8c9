import pytest

from crm.models import Customer, Upload

from ..factories import NOW, customer, order, upload
from .pages import change_page, page

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


def test_who_was_anonymised_can_be_looked_at_only(admin_client):
    former = customer()
    Customer.objects.anonymise(now=NOW)
    assert admin_client.get(change_page(former)).status_code == 200
    assert admin_client.post(change_page(former), {"name": "Alice"}).status_code == 403


def test_a_name_is_on_one_line(admin_client):
    changed = customer()
    answer = admin_client.post(change_page(changed), {"name": "Alice\nTotal: 0"})
    assert "Write it on one line" in answer.text
