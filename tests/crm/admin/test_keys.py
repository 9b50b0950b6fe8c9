import pytest
from django.utils import timezone

from crm import access
from crm.models import ApiKey

from ..factories import NOW, user
from .pages import act, api_key, change_page, colleague, page

pytestmark = pytest.mark.django_db


def add(client, owner, name="shop", **fields):
    return client.post(page(ApiKey, "add"), {"user": owner.pk, "name": name, **fields}, follow=True)


def shown(answer):
    """The keys on a page."""
    return [word for word in answer.content.decode().replace("<", " ").split() if word.startswith("crm_")]


def test_a_new_key_is_shown_once_and_works(admin_client):
    owner = user()
    answer = add(admin_client, owner)
    (key,) = shown(answer)
    assert access.user_of(key, now=timezone.now()) == owner
    assert shown(admin_client.get(page(ApiKey, "changelist"))) == []
    assert shown(admin_client.get(change_page(ApiKey.objects.get()))) == []


def test_only_its_digest_is_stored(admin_client):
    (key,) = shown(add(admin_client, user()))
    (row,) = ApiKey.objects.values()
    assert row["digest"] == access.digest(key)
    assert key not in str(row)


def test_the_digest_is_not_shown(admin_client):
    row = api_key()
    for address in (page(row, "changelist"), change_page(row)):
        assert row.digest.encode() not in admin_client.get(address).content


def test_a_key_can_expire(admin_client):
    add(admin_client, user(), expires_at_0="2027-01-01", expires_at_1="00:00:00")
    assert ApiKey.objects.get().expires_at.year == 2027


def test_a_key_that_would_be_expired_is_not_made(admin_client):
    answer = add(admin_client, user(), expires_at_0="2020-01-01", expires_at_1="00:00:00")
    assert "This is over already" in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_a_key_is_not_changed(admin_client):
    assert admin_client.post(change_page(api_key()), {"name": "other"}).status_code == 403


def test_nobody_makes_themselves_a_key_of_somebody_mightier(admin_user):
    client = colleague("crm.view_apikey", "crm.add_apikey")
    add(client, admin_user)
    assert not ApiKey.objects.exists()
    own = client.get(page(ApiKey, "add")).wsgi_request.user
    assert len(shown(add(client, own))) == 1
    assert ApiKey.objects.get().user == own


def test_somebody_who_is_switched_off_gets_no_key(admin_client):
    add(admin_client, user(is_active=False))
    assert not ApiKey.objects.exists()


def test_keys_are_revoked(admin_client, no_saves):
    first, second = api_key(), api_key()
    access.revoke(second.pk, now=NOW)
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
