"""Whether the project has what the dashboard needs, where it is among its URLs."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import global_settings, settings
from django.core import checks
from django.urls import NoReverseMatch, Resolver404, URLResolver, get_resolver, resolve, reverse

APP = "jobs_dashboard"
APPS = ("auth", "contenttypes", "sessions", "messages", "staticfiles")
MIDDLEWARE = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
)


def check_dashboard(app_configs: object = None, **_: Any) -> list[checks.CheckMessage]:
    """E095, E096: an app or a middleware is missing; E097: a namespace is above it; W097: no login."""
    try:
        reverse("jobs_dashboard:overview")
    except NoReverseMatch:
        return _out_of_reach()
    except Exception:  # noqa: BLE001 - URLs that cannot be imported: Django's own checks tell why
        return []
    return [*_missing_apps(), *_missing_middleware(), *_missing_login()]


def _out_of_reach() -> list[checks.CheckMessage]:
    """No page could name the address of another one, and neither could an alert."""
    above = _namespace_above(get_resolver(), ())
    if above is None:
        return []
    return [
        checks.Error(
            f'The dashboard is below the namespace "{above}", where its pages do not find each other.',
            hint='Include jobs_api.dashboard.urls in the URLs of the project: path("ops/", '
            'include("jobs_api.dashboard.urls")) has the same address without a namespace.',
            id="jobs_api.E097",
        )
    ]


def _namespace_above(resolver: URLResolver, above: tuple[str, ...]) -> str | None:
    """Of the dashboard among these URLs; None where it is not there."""
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            if each.app_name == APP:
                return ":".join(above)
            below = _namespace_above(each, (*above, each.namespace) if each.namespace else above)
            if below is not None:
                return below
    return None


def _missing_apps() -> list[checks.CheckMessage]:
    return [
        checks.Error(
            f"The dashboard needs django.contrib.{label}, which is not installed.",
            hint=f'Add "django.contrib.{label}" to INSTALLED_APPS, or take jobs_api.dashboard.urls out of '
            "the URLs.",
            id="jobs_api.E095",
        )
        for label in APPS
        if not apps.is_installed(f"django.contrib.{label}")
    ]


def _missing_middleware() -> list[checks.CheckMessage]:
    from django.utils.module_loading import import_string

    loaded = []
    for name in settings.MIDDLEWARE:
        try:
            loaded.append(import_string(name))
        except ImportError:  # Django's own start-up tells
            continue
    return [
        checks.Error(
            f"The dashboard needs {wanted}, which is not in MIDDLEWARE.",
            hint=f'Add "{wanted}" to MIDDLEWARE; sessions come before authentication and messages.',
            id="jobs_api.E096",
        )
        for wanted in MIDDLEWARE
        if not any(_is(each, import_string(wanted)) for each in loaded)
    ]


def _missing_login() -> list[checks.CheckMessage]:
    """Without the admin, LOGIN_URL counts; where it is elsewhere, or set, the host knows why."""
    try:
        reverse("admin:login")
    except NoReverseMatch:
        if settings.LOGIN_URL != global_settings.LOGIN_URL or _leads_somewhere(str(settings.LOGIN_URL)):
            return []
        return [
            checks.Warning(
                f"There is no page at LOGIN_URL ({settings.LOGIN_URL}), where the dashboard sends whoever "
                "is not logged in.",
                hint="Set LOGIN_URL to the address or the name of your login, or add Django's admin to the "
                "URLs, which has one.",
                id="jobs_api.W097",
            )
        ]
    return []


def _leads_somewhere(address: str) -> bool:
    try:
        resolve(address)
    except Resolver404:
        return False
    return True


def _is(loaded: Any, wanted: type) -> bool:
    """A host may have a middleware of its own in the place of Django's."""
    return isinstance(loaded, type) and issubclass(loaded, wanted)
