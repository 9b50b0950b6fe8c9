import pytest
from django.utils import timezone

from crm.models import WebhookDelivery, WebhookEndpoint

from ..factories import NOW, delivery, endpoint
from .pages import act, change_page, colleague, page

pytestmark = pytest.mark.django_db
DISABLED = {"disabled_at": NOW, "disabled_reason": "It has accepted nothing for 3 days", "failing_since": NOW}


def test_an_endpoint_gets_its_secret_when_it_is_made(admin_client, settings):
    settings.CRM_WEBHOOK_HOSTS = ["hooks.example.com"]
    add = page(WebhookEndpoint, "add")
    assert b"secret" not in admin_client.get(add).content
    admin_client.post(add, {"url": "https://hooks.example.com/crm", "event": "order.paid"})
    made = WebhookEndpoint.objects.get()
    assert made.secret.startswith("whsec_")
    assert made.secret.encode() in admin_client.get(change_page(made)).content


def test_an_endpoint_elsewhere_is_refused_with_the_setting_to_change(admin_client):
    answer = admin_client.post(page(WebhookEndpoint, "add"), {"url": "https://evil.example.com/"})
    assert b"evil.example.com is not a host that CRM_WEBHOOK_HOSTS allows" in answer.content
    assert not WebhookEndpoint.objects.exists()


def test_a_secret_is_not_changed_by_hand(admin_client, settings):
    settings.CRM_WEBHOOK_HOSTS = ["hooks.example.com"]
    made = endpoint("https://hooks.example.com/crm")
    admin_client.post(change_page(made), {"url": made.url, "event": "", "secret": "whsec_mine"})
    assert WebhookEndpoint.objects.get().secret == made.secret


def test_a_secret_is_for_those_who_may_change_it():
    made, looks = endpoint(), colleague("crm.view_webhookendpoint")
    for address in (page(made, "changelist"), change_page(made)):
        assert made.secret.encode() not in looks.get(address).content


def test_an_endpoint_says_why_it_is_disabled(admin_client):
    assert b"accepted nothing for 3 days" in admin_client.get(change_page(endpoint(**DISABLED))).content


def test_disabled_endpoints_are_enabled_again(admin_client, no_saves):
    chosen = [endpoint(**DISABLED), endpoint()]
    no_saves()
    assert act(admin_client, "enable", *chosen) == ["Enabled: 1 of 2."]
    rows = WebhookEndpoint.objects.values_list("disabled_at", "disabled_reason", "failing_since")
    assert list(rows) == [(None, "", None)] * 2


def test_enabling_takes_the_permission_to_change():
    disabled = endpoint(**DISABLED)
    act(colleague("crm.view_webhookendpoint"), "enable", disabled)
    assert WebhookEndpoint.objects.exclude(disabled_at=None).exists()


def test_what_is_not_delivered_is_tried_again_now(admin_client, no_saves):
    given_up, delivered = (
        delivery(next_try_at=None, attempts=10),
        delivery(next_try_at=None, delivered_at=NOW),
    )
    no_saves()
    assert act(admin_client, "try_again", given_up, delivered) == ["To be tried again: 1 of 2."]
    assert list(WebhookDelivery.objects.due(now=timezone.now())) == [given_up]


def test_trying_again_takes_the_permission_to_change():
    given_up = delivery(next_try_at=None)
    act(colleague("crm.view_webhookdelivery"), "try_again", given_up)
    assert not WebhookDelivery.objects.exclude(next_try_at=None).exists()


def test_an_endpoint_takes_its_deliveries_along(admin_client):
    gone = delivery().endpoint
    admin_client.post(page(gone, "delete", gone.pk), {"post": "yes"})
    assert not WebhookEndpoint.objects.exists()
    assert not WebhookDelivery.objects.exists()
