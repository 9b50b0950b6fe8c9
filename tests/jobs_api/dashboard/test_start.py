"""What a process pays for the dashboard that never shows a page of it: next to nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver
from django.utils.module_loading import import_string

from jobs_api.dashboard import urls

MODULES = """
import json, sys
import django
django.setup()
from django.urls import get_resolver, reverse
import jobs_api.urls
before = sorted(sys.modules)
import jobs_api.dashboard.urls
print(json.dumps([before, sorted(sys.modules)]))
"""
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.toys.host_settings"}
LATE = "jobs_api.dashboard."


def test_urls_import_no_page_and_a_host_without_them_nothing_of_the_dashboard():
    done = subprocess.run(
        [sys.executable, "-c", MODULES], env={**os.environ, **SETTINGS}, capture_output=True, check=True
    )
    before, after = json.loads(done.stdout.splitlines()[-1])
    assert [name for name in before if f"{name}.".startswith(LATE)] == []
    assert {name for name in after if name.startswith(LATE)} == {LATE + "lazily", LATE + "urls"}
    assert "cron_descriptor" not in after


def views(found: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for each in found:
        if isinstance(each, URLPattern):
            yield each
        else:
            yield from views(each.url_patterns)


@pytest.mark.parametrize("pattern", list(views(urls.urlpatterns)), ids=lambda each: each.name)
def test_each_address_leads_to_a_view_that_asks_who_comes(pattern):
    """`access` marks the views that it guards; what is imported late is marked alike."""
    found = import_string(pattern.lookup_str)
    assert found.login_required is pattern.callback.login_required is False
    assert found._non_atomic_requests == pattern.callback._non_atomic_requests
