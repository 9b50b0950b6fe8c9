import pytest
from django.utils import timezone

from crm import api_keys
from crm.models import ApiKey

from ..factories import NOW
from .pages import act, api_key, change_page, colleague, page

pytestmark = pytest.mark.django_db


def test_a_key_is_made_by_the_command_only(admin_client):
    assert admin_client.get(page(ApiKey, "add")).status_code == 403


def test_the_digest_is_not_shown(admin_client):
    row = api_key()
    for address in (page(row, "changelist"), change_page(row)):
        assert row.digest.encode() not in admin_client.get(address).content


def test_a_key_is_not_changed(admin_client):
    assert admin_client.post(change_page(api_key()), {"name": "other"}).status_code == 403


def test_keys_are_revoked(admin_client, no_saves):
    first, second = api_key(), api_key()
    api_keys.revoke(second.pk, now=NOW)
    no_saves()
    assert act(admin_client, "revoke", first, second) == ["Revoked: 1 of 2."]
    assert not ApiKey.objects.usable(now=timezone.now()).exists()
    assert ApiKey.objects.get(pk=second.pk).revoked_at == NOW


def test_revoking_takes_the_permission_to_change():
    key = api_key()
    act(colleague("crm.view_apikey"), "revoke", key)
    assert ApiKey.objects.filter(revoked_at=None).exists()
    act(colleague("crm.view_apikey", "crm.change_apikey"), "revoke", key)
    assert not ApiKey.objects.filter(revoked_at=None).exists()
