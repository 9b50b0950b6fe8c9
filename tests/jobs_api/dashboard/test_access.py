"""Who may come in, and what every page is answered with."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import OperationalError, connections
from django.test import Client
from django.urls import path

from jobs_api.dashboard.access import page
from jobs_api.dashboard.urls import urlpatterns as ours
from tests.databases import ONE_DATABASE
from tests.jobs_api.admin.pages import person
from tests.jobs_api.dashboard.people import DIALOG, PART, at, operator, reader

pytestmark = [pytest.mark.django_db, ONE_DATABASE]


def test_who_is_not_logged_in_is_sent_to_the_login_and_back():
    answer = Client().get(at("overview") + "?tag=billing")
    assert answer.status_code == 302
    there = urlsplit(answer["Location"])
    assert there.path == "/admin/login/"
    assert parse_qs(there.query) == {"next": [at("overview") + "?tag=billing"]}


def test_a_part_that_refreshes_itself_sends_the_whole_browser_to_the_login():
    answer = Client().get(at("overview"), headers={**PART, "HX-Current-URL": "https://evil.example/x"})
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == "/admin/login/?next=/dashboard/"
    headers = {**PART, "HX-Current-URL": "http://testserver/dashboard/runs/?state=failed"}
    back = Client().get(at("overview"), headers=headers)["HX-Redirect"]
    assert back == "/admin/login/?next=/dashboard/runs/%3Fstate%3Dfailed"


HOSTILE = (
    "https://evil.example/x",
    "http://testserver//evil.example/x",
    "https://evil.example/?testserver/evil",
    "https://testserver@evil.example/dashboard/runs/",
    "javascript:testserver/alert(1)",
    "http://[bad",
    "http://testserver/\\evil.example",
    "\x00" * 9,
)


@pytest.mark.parametrize("header", HOSTILE)
def test_no_header_leads_elsewhere_nor_is_it_an_error_of_ours(header, declare):
    declare()
    headers = {**PART, "HX-Current-URL": header}
    answer = Client().get(at("timeline"), headers=headers)
    assert re.fullmatch(r"/admin/login/\?next=/dashboard/(timeline|runs)/", answer["HX-Redirect"])
    answer = operator().post(at("job_resume", "nightly"), {"reason": "x"}, headers=headers)
    assert answer["HX-Redirect"] in (at("job", "nightly"), at("runs"))


@pytest.mark.parametrize(
    ("permissions", "fields"),
    [((), {}), (("operate_jobrun",), {}), (("view_jobrun",), {"is_staff": False})],
    ids=["no permission", "may act but not look", "not on the staff"],
)
def test_others_get_a_page_without_data_that_names_the_permission(permissions, fields):
    answer = person(*permissions, **fields).get(at("overview"))
    assert answer.status_code == 403
    assert "jobs_api.view_jobrun" in answer.text
    assert "<nav" not in answer.text


def test_a_reader_sees_the_page_and_its_zone(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    text = reader(name="mara").get(at("overview")).text
    assert "mara" in text
    assert "read-only" in text
    assert "<b>Europe/Berlin</b>" in text
    assert "operator" in operator().get(at("overview")).text


@pytest.mark.parametrize(
    ("query", "cookie", "shown"),
    [
        ("?tz=Asia/Tokyo", "America/New_York", "Asia/Tokyo"),
        ("", "America/New_York", "America/New_York"),
        ("?tz=../../etc/passwd", "<b>", "UTC"),
        ("?tz=America", "", "UTC"),
        ("?tz=" + "x" * 5000, "Nowhere/At_All", "UTC"),
    ],
)
def test_the_zone_is_of_the_address_or_of_the_cookie_or_of_the_project(query, cookie, shown):
    client = reader()
    client.cookies["jobs_tz"] = cookie
    assert f"<b>{shown}</b>" in client.get(at("overview") + query).text


def test_pages_load_nothing_from_elsewhere_and_run_no_inline_code():
    answer = reader().get(at("overview"))
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Cache-Control"] == "private, no-cache"
    assert not re.search(r"""\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|<style""", answer.text)


def test_static_files_may_be_on_a_host_of_their_own(settings):
    settings.STATIC_URL = "https://cdn.example/static/"
    client = reader()
    assert "script-src 'self' https://cdn.example;" in client.get(at("overview"))["Content-Security-Policy"]
    settings.STATIC_URL = "//cdn.example/static/"
    assert "script-src 'self' cdn.example;" in client.get(at("overview"))["Content-Security-Policy"]


def test_a_refresh_of_what_has_not_changed_is_not_sent_again():
    client = reader()
    first = client.get(at("timeline"), headers=PART)
    again = client.get(at("timeline"), headers={**PART, "If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_whole_page_and_a_form_are_made_anew_as_they_carry_a_clock_and_a_token():
    client = reader()
    assert "ETag" not in client.get(at("overview"))
    assert "ETag" not in client.get(at("help"), headers=DIALOG)


def test_a_refresh_gets_the_main_element_and_a_dialog_its_form_alone():
    client = reader()
    part = client.get(at("overview"), headers=PART).text
    assert part.lstrip().startswith("<main")
    assert "<html" not in part
    form = client.get(at("help"), headers=DIALOG).text
    assert "<main" not in form
    assert "dialog-title" in form


def test_an_unknown_page_and_a_wrong_method_are_refused():
    client = reader()
    assert client.post(at("overview")).status_code == 405
    missing = client.get("/dashboard/runs/999999999/")
    assert missing.status_code in (200, 404)


def break_down(request):
    raise RuntimeError("/srv/secret/path")


def be_away(request):
    raise OperationalError("connection to server at 10.1.2.3 failed")


urlpatterns = [*ours, path("bug/", page(break_down)), path("away/", page(be_away))]
app_name = "jobs_dashboard"


@pytest.fixture
def with_broken_pages(settings):
    from types import ModuleType

    from django.urls import include

    module = ModuleType("urls_with_broken_pages")
    module.urlpatterns = [path("", include((urlpatterns, app_name)))]  # type: ignore[attr-defined]
    settings.ROOT_URLCONF = module


@pytest.mark.parametrize(("address", "status"), [("/bug/", 500), ("/away/", 503)])
def test_what_fails_is_told_in_words_without_paths_or_addresses(with_broken_pages, address, status):
    answer = reader().get(address)
    assert answer.status_code == status
    assert "secret" not in answer.text
    assert "10.1.2.3" not in answer.text
    assert "Try again" in answer.text
    assert connections["default"].is_usable()
