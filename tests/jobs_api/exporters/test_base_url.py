"""The address of the project: what may be given to a scheduler, and what is refused with the remedy."""

from __future__ import annotations

import pytest

from jobs_api.exporters.common.base_url import checked
from jobs_api.exporters.common.faults import BadOption


@pytest.mark.parametrize(
    ("given", "is_called"),
    [
        ("https://shop.example.com/api", "https://shop.example.com/api"),
        ("https://shop.example.com/api/", "https://shop.example.com/api"),
        ("https://shop.example.com", "https://shop.example.com/api"),
        ("https://shop.example.com/", "https://shop.example.com/api"),
        ("https://Shop.Example.com:8443//", "https://shop.example.com:8443/api"),
        ("https://proxy.example.com/shop/api", "https://proxy.example.com/shop/api"),
        (" https://shop.example.com/api\n", "https://shop.example.com/api"),
        ("http://localhost:8000", "http://localhost:8000/api"),
        ("http://127.0.0.1:8000/api", "http://127.0.0.1:8000/api"),
        ("http://shop.localhost/api", "http://shop.localhost/api"),
        ("http://[::1]:8000/api", "http://[::1]:8000/api"),
        ("https://[2001:db8::1]/api", "https://[2001:db8::1]/api"),
    ],
)
def test_an_address_is_given_to_schedulers_in_one_form(given, is_called):
    assert checked(given, "/api") == is_called


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (None, "--base-url is missing"),
        ("", "--base-url is missing"),
        ("shop.example.com", "does not begin with https://"),
        ("ftp://shop.example.com/api", "does not begin with https://"),
        ("https:///api", "does not begin with https://"),
        ("http://shop.example.com/api", "plain http"),
        ("http://localhost.example.com/api", "plain http"),
        ("http://127.0.0.1.example.com/api", "plain http"),
        ("https://cron:password@shop.example.com/api", "a secret has no place in a URL"),
        ("https://password@shop.example.com/api", "a secret has no place in a URL"),
        ("https://@shop.example.com/api", "a secret has no place in a URL"),
        ("https://shop.example.com/api?token=password", "has a query"),
        ("https://shop.example.com/api?", "has a query"),
        ("https://shop.example.com/api#password", "a fragment"),
        ("https://shop.example.com/api/run-due", 'leave out "/run-due"'),
        ("https://shop.example.com/api/jobs/nightly/run/", 'leave out "/jobs/nightly/run"'),
        ("https://shop.example.com:x/api", "is not an address"),
        ("https://shop.example.com:99999/api", "is not an address"),
        ("https://[::1/api", "is not an address"),
        ('https://shop.example.com/a"pi', "has a path that is not plain"),
        ("https://shop.example.com/a pi", "has a path that is not plain"),
        ("https://shop.example.com/$(reboot)", "has a path that is not plain"),
        ("https://shop.example.com/a/../api", "has a path that is not plain"),
        ("https://shop.example.com//api", "has a path that is not plain"),
        ("https://shop'.example.com/api", "has a host that DNS does not know"),
        ("https://shöp.example.com/api", "has a host that DNS does not know"),
        ("https://-shop.example.com/api", "has a host that DNS does not know"),
        ("https://shop.example.com\\@evil.example.com/api", "a secret has no place in a URL"),
    ],
)
def test_any_other_address_is_refused_and_not_repeated(given, told):
    with pytest.raises(BadOption, match="--base-url") as refused:
        checked(given, "/api")
    assert told in str(refused.value)
    assert "such as https://shop.example.com/api" in str(refused.value) or "like https" in str(refused.value)
    assert "password" not in str(refused.value).replace("a name or a password", "")


def test_where_the_mount_is_not_known_the_address_must_have_a_path():
    assert checked("https://shop.example.com/jobs", None) == "https://shop.example.com/jobs"
    with pytest.raises(BadOption, match=r"lacks the path .* includes jobs_api\.urls"):
        checked("https://shop.example.com", None)


def test_a_project_may_have_our_urls_at_its_root():
    assert checked("https://jobs.example.com/", "") == "https://jobs.example.com"
