import pytest
from django.core.exceptions import ValidationError

from crm.models import WebhookEndpoint


@pytest.fixture(autouse=True)
def hosts(settings):
    settings.CRM_WEBHOOK_HOSTS = ["hooks.example.com", ".example.org", " 127.0.0.1", "::1"]


@pytest.mark.parametrize(
    "host", ["hooks.example.com", "HOOKS.Example.COM:8443", "a.b.example.org", "127.0.0.1:8000", "[::1]:8000"]
)
def test_an_endpoint_is_on_a_host_that_the_settings_name(host):
    WebhookEndpoint(url=f"https://{host}/orders?key=1").clean()


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "evil.com",
        "hooks.example.com.evil.com",
        "hooks.example.com@evil.com",
        "[::2]",
        "2130706433",
    ],
)
def test_any_other_host_is_refused_when_it_is_saved(host):
    with pytest.raises(ValidationError, match="is not a host that CRM_WEBHOOK_HOSTS allows; add it there"):
        WebhookEndpoint(url=f"https://{host}/orders").clean()


@pytest.mark.parametrize("url", ["", "https://", "https://[::1", "/orders"])
def test_what_names_no_host_is_refused(url):
    with pytest.raises(ValidationError, match=r"^{'url': .*This is not a host"):
        WebhookEndpoint(url=url).clean()


def test_without_the_setting_every_host_is_refused(settings):
    settings.CRM_WEBHOOK_HOSTS = []
    with pytest.raises(ValidationError, match=r"^{'url': .*hooks\.example\.com is not a host"):
        WebhookEndpoint(url="https://hooks.example.com/").clean()
