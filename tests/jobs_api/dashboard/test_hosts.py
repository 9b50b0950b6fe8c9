"""What a host may have set otherwise, and what must not change by it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.test import override_settings

from jobs_api.dashboard.files import download
from jobs_api.dashboard.headers import policy
from jobs_api.dashboard.viewer import VIEW, may
from tests.databases import ONE_DATABASE
from tests.jobs_api.admin.pages import run
from tests.jobs_api.dashboard.people import at, operator

pytestmark = ONE_DATABASE


@pytest.mark.django_db
@override_settings(USE_THOUSAND_SEPARATOR=True, LANGUAGE_CODE="de")
def test_ids_in_pages_have_no_separators_of_thousands():
    stored = run(pk=1_234_567)
    text = operator().get(at("runs")).text
    assert 'id="run-1234567"' in text
    assert 'value="1234567"' in text
    assert not re.search(r"1[.,\s]234[.,\s]567", text + operator().get(at("run", stored.pk)).text)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://cdn.example/static/", "https://cdn.example"),
        ("//cdn.example:8443/static/", "cdn.example:8443"),
    ],
)
def test_the_policy_lets_static_files_come_from_where_they_are(settings, url, origin):
    settings.STATIC_URL = url
    assert f"script-src 'self' {origin};" in policy()


def test_the_storage_says_where_static_files_are_and_not_the_setting(settings):
    elsewhere = {"base_url": "https://bucket.example/x/"}
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": backend, "OPTIONS": elsewhere}}
    assert "script-src 'self' https://bucket.example;" in policy()


def test_users_of_a_host_who_know_no_staff_or_no_permissions_may_nothing():
    assert not may(SimpleNamespace(is_active=True), [VIEW])
    assert not may(SimpleNamespace(is_active=True, is_staff=True), [VIEW])
    assert may(SimpleNamespace(is_active=True, is_staff=True, has_perm=lambda name: name == VIEW), [VIEW])


def parts_of(made: list[int]):
    for number in range(3):
        made.append(number)
        yield f"line {number}\n"


def test_an_asgi_server_sends_a_file_while_it_is_read():
    made: list[int] = []
    answer = download(parts_of(made), "runs.csv")

    async def first() -> tuple[bytes, list[int]]:
        parts = aiter(answer)
        return await anext(parts), list(made)

    assert async_to_sync(first)() == (b"line 0\n", [0])


def test_a_middleware_may_put_parts_of_its_own_into_a_file():
    answer = download(parts_of([]), "runs.csv")

    async def shouted(parts: Iterator[bytes]):
        for part in parts:
            yield part.upper()

    answer.streaming_content = shouted(answer.streaming_content)

    async def everything() -> bytes:
        return b"".join([part async for part in answer])

    assert async_to_sync(everything)() == b"LINE 0\nLINE 1\nLINE 2\n"
