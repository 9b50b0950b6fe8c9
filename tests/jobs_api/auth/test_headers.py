"""Headers are found in META as Django finds them."""

from __future__ import annotations

import pytest
from django.http import HttpRequest

from jobs_api.auth.headers import Headers

META = {
    "HTTP_X_JOBS_TOKEN": "secret",
    "HTTP_USER_AGENT": "curl/8",
    "CONTENT_TYPE": "text/plain",
    "REMOTE_ADDR": "127.0.0.1",
}


@pytest.fixture
def request_with() -> HttpRequest:
    request = HttpRequest()
    request.META = dict(META)
    return request


@pytest.mark.parametrize(
    "name", ["X-Jobs-Token", "x-jobs-token", "User-Agent", "Content-Type", "Remote-Addr", "Prefer", ""]
)
def test_a_header_is_found_where_django_finds_it(request_with, name):
    ours, djangos = Headers(request_with.META), request_with.headers
    assert ours.get(name) == djangos.get(name)
    assert ours.get(name, "none") == djangos.get(name, "none")
    assert (name in ours) == (name in djangos)


def test_they_are_a_mapping_like_any_other(request_with):
    assert dict(Headers(request_with.META)) == dict(request_with.headers)
    assert len(Headers(request_with.META)) == 3
    with pytest.raises(KeyError):
        Headers(request_with.META)["Prefer"]
