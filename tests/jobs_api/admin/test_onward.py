"""The admin leads to the dashboard, where it is mounted, and fights no project's own address."""

from __future__ import annotations

import re

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.http import HttpResponse
from django.urls import include, path, reverse

from jobs_api.admin import register
from jobs_api.models import AlertMute, AuditEntry, Incident, JobPause, JobRun, Token
from tests.databases import ONE_DATABASE
from tests.jobs_api.admin.pages import (
    MAKE,
    attempt,
    every_model,
    incident,
    listed,
    page_of,
    person,
    run,
    viewer,
)

pytestmark = [pytest.mark.django_db, ONE_DATABASE]
SITES = (path("admin/", admin.site.urls), path("api/", include("jobs_api.urls")))
DASHBOARD = path("", include("jobs_api.dashboard.urls"))
HOME = path("", lambda request: HttpResponse("the shop"))


class Alone:
    urlpatterns = SITES


class WithDashboard:
    urlpatterns = (*SITES, DASHBOARD)


class WithHome:
    urlpatterns = (*SITES, DASHBOARD, HOME)


class InLanguages:
    urlpatterns = (*SITES, DASHBOARD, *i18n_patterns(HOME))


class Below:
    urlpatterns = (*SITES, path("ops/", include("jobs_api.dashboard.urls")))


def view_site(text: str) -> str:
    return re.findall(r'<a href="([^"]*)">View site</a>', text)[0]


def opened(text: str) -> list[str]:
    return re.findall(r'<a href="([^"]*)">Open in the dashboard</a>', text)


@every_model
def test_each_page_leads_to_the_same_in_the_dashboard(admin_client, model):
    row = MAKE[model]()
    expected = {
        "JobRun": ("runs", "run", row.pk),
        "JobAttempt": (None, "run", getattr(row, "run_id", 0)),
        "JobPause": ("overview", "job", getattr(row, "job_name", "")),
        "Incident": ("alerts", "incident", row.pk),
        "AlertMute": ("alerts", "alerts", None),
        "AuditEntry": ("audit", "job", "nightly"),
        "Token": (None, None, None),
    }[model.__name__]
    rows, one, key = expected
    wanted = [reverse(f"jobs_dashboard:{rows}")] if rows else []
    assert opened(admin_client.get(listed(model)).text) == wanted
    args = [] if key is None else [key]
    wanted = [reverse(f"jobs_dashboard:{one}", args=args)] if one else []
    assert opened(admin_client.get(page_of(row)).text) == wanted


def test_an_entry_about_a_run_leads_to_the_run(admin_client):
    entry = MAKE[AuditEntry](run=77)
    assert opened(admin_client.get(page_of(entry)).text) == [reverse("jobs_dashboard:run", args=[77])]


@pytest.mark.parametrize("model", [JobPause, Incident, AlertMute, AuditEntry, Token])
def test_who_may_not_see_the_dashboard_is_shown_no_link_to_it(model):
    client, row = viewer(model), MAKE[model]()
    for page in (listed(model), page_of(row)):
        assert opened(client.get(page).text) == []


def test_who_may_not_see_the_audit_is_not_led_to_it():
    client = person("view_jobrun", "view_auditentry")
    assert opened(client.get(listed(AuditEntry)).text) == [reverse("jobs_dashboard:audit")]


def test_without_the_dashboard_nothing_leads_there(admin_client, settings):
    settings.ROOT_URLCONF = Alone
    for row in (run(), attempt(), incident()):
        text = admin_client.get(page_of(row)).text
        assert opened(text) == []
        assert view_site(text) == "/"
    assert view_site(admin_client.get("/admin/").text) == "/"


@pytest.mark.parametrize(
    ("urls", "of_ours", "of_others"),
    [
        (WithDashboard, "/dashboard/", "/dashboard/"),
        (WithHome, "/dashboard/", "/"),
        (InLanguages, "/dashboard/", "/"),
        (Below, "/ops/dashboard/", "/ops/dashboard/"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_view_site_leads_to_the_dashboard_unless_there_is_another_page(
    admin_client, settings, urls, of_ours, of_others
):
    settings.ROOT_URLCONF = urls
    assert view_site(admin_client.get(listed(JobRun)).text) == of_ours
    assert view_site(admin_client.get(page_of(run())).text) == of_ours
    assert view_site(admin_client.get("/admin/").text) == of_others


def test_an_address_that_the_project_has_set_stays(admin_client, monkeypatch):
    monkeypatch.setattr(admin.site, "site_url", "/shop/")
    for page in ("/admin/", listed(JobRun), page_of(run())):
        assert view_site(admin_client.get(page).text) == "/shop/"


def test_a_site_of_the_project_keeps_what_its_class_says():
    class Own(AdminSite):
        site_url = "https://shop.example.com/"

    class Without(AdminSite):
        site_url = None

    class Computed(AdminSite):
        @property
        def site_url(self):
            return "/"

    register(Computed("computed"))
    own, without, plain = Own("own"), Without("without"), AdminSite("plain")
    for site in (own, without, plain):
        register(site)
    assert (own.site_url, without.site_url) == ("https://shop.example.com/", None)
    assert str(plain.site_url) == "/dashboard/"
    plain.site_url = "/later/"
    assert plain.site_url == "/later/"


def test_nothing_is_added_to_the_class_that_all_sites_share():
    assert AdminSite.site_url == "/"
