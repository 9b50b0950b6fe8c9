"""What the dashboard needs of a project that has it."""

from __future__ import annotations

import pytest
from django.conf import settings as current
from django.test import modify_settings, override_settings
from django.urls import include, path

from jobs_api.checks.dashboard import MIDDLEWARE, check_dashboard


def test_the_reference_project_has_all_that_the_dashboard_needs():
    assert check_dashboard() == []


@pytest.mark.parametrize("missing", MIDDLEWARE)
def test_a_missing_middleware_is_named(missing):
    with modify_settings(MIDDLEWARE={"remove": missing}):
        (fault,) = check_dashboard()
    assert fault.id == "jobs_api.E096"
    assert missing in str(fault.hint)


def test_a_missing_app_is_named():
    kept = [name for name in current.INSTALLED_APPS if name != "django.contrib.messages"]
    with modify_settings(INSTALLED_APPS={"remove": "django.contrib.messages"}):
        assert kept
        (fault,) = check_dashboard()
    assert fault.id == "jobs_api.E095"
    assert "django.contrib.messages" in fault.msg


@override_settings(ROOT_URLCONF="crm.urls", MIDDLEWARE=[])
def test_a_project_without_the_dashboard_needs_nothing():
    assert check_dashboard() == []


@pytest.mark.parametrize(("namespaces", "told"), [(["ops"], '"ops"'), (["intern", "ops"], '"intern:ops"')])
def test_a_namespace_above_the_dashboard_is_named(settings, namespaces, told):
    below = [path("", include("jobs_api.dashboard.urls"))]
    for name in reversed(namespaces):
        below = [path(f"{name}/", include((below, name)))]
    settings.ROOT_URLCONF = tuple(below)
    (fault,) = check_dashboard()
    assert fault.id == "jobs_api.E097"
    assert told in fault.msg


@pytest.mark.parametrize(
    ("login", "told"),
    [("/accounts/login/", ["jobs_api.W097"]), ("https://sso.example/", []), ("sso-login", [])],
)
def test_without_the_admin_a_login_that_is_not_there_is_told(settings, login, told):
    settings.ROOT_URLCONF = (path("", include("jobs_api.dashboard.urls")),)
    settings.LOGIN_URL = login
    assert [fault.id for fault in check_dashboard()] == told


def test_a_login_at_the_usual_address_is_found(settings):
    login = path("accounts/login/", lambda request: None)
    settings.ROOT_URLCONF = (path("", include("jobs_api.dashboard.urls")), login)
    assert check_dashboard() == []
