"""Wherever a host mounts the API, the check of the middleware finds it there, or says that it does not."""

import itertools
import sys
from types import ModuleType

import pytest
from django.conf import settings as configured
from django.conf.urls.i18n import i18n_patterns
from django.core.checks import INFO
from django.http import HttpResponse
from django.urls import include, path, re_path, register_converter
from django.urls.converters import StringConverter

from jobs_api.checks.middleware import check_middleware
from jobs_api.checks.middleware.mounts import mounts
from tests.jobs_api.checks import hosts

HOSTS = hosts.__name__
NUMBERS = itertools.count()
LOCALE = "django.middleware.locale.LocaleMiddleware"
MINE = [name for name in configured.MIDDLEWARE if name != LOCALE]


def urls():
    return include("jobs_api.urls")


@pytest.fixture
def mounted(settings, monkeypatch):
    """``mounted(path(...), name="urls_of_host")`` makes a URLconf of these patterns."""

    def mount(*patterns, name=None):
        name = name or f"urls_of_host_{next(NUMBERS)}"  # Django remembers some of what it finds, by this name
        module = ModuleType(name)
        module.urlpatterns = [path("", lambda request: HttpResponse()), *patterns]
        monkeypatch.setitem(sys.modules, name, module)
        settings.ROOT_URLCONF = name
        return name

    settings.ALLOWED_HOSTS = ["crm.example"]
    settings.MIDDLEWARE = MINE
    return mount


class Year(StringConverter):
    regex = "20[0-9]{2}"


class Word(StringConverter):
    regex = "acme"


register_converter(Year, "year_of_host")
register_converter(Word, "word_of_host")

MOUNTS = {
    "at the root": (lambda: [path("", urls())], ["/"]),
    "below a prefix": (lambda: [path("v1/cron/", urls())], ["/v1/cron/"]),
    "by a regular expression": (lambda: [re_path(r"^cron/(?:v1/)?", urls())], ["/cron/"]),
    "twice": (lambda: [path("a/", urls()), path("b/", urls())], ["/a/", "/b/"]),
    "renamed": (lambda: [path("a/", include(("jobs_api.urls", "jobs_api"), namespace="cron"))], ["/a/"]),
    "nested": (lambda: [path("o/", include(([path("a/", urls())], "outer"), namespace="outer"))], ["/o/a/"]),
    "with a tenant": (lambda: [path("<slug:tenant>/api/", urls())], ["/a/api/"]),
    "with a number": (lambda: [path("<int:site>/api/", urls())], ["/1/api/"]),
    "with an id": (
        lambda: [path("<uuid:site>/api/", urls())],
        ["/00000000-0000-4000-8000-000000000000/api/"],
    ),
    "with two values": (lambda: [path("<slug:a>/<slug:b>/", urls())], ["/a/a/"]),
    "with a converter": (lambda: [path("<year_of_host:year>/", urls())], ["/2026/"]),
    "with a group": (lambda: [re_path(r"^(?P<site>[a-z]+)/", urls())], ["/a/"]),
    "with a percent sign": (lambda: [path("100%/", urls())], ["/100%/"]),
    "below a language": (lambda: i18n_patterns(path("api/", urls())), [f"/{configured.LANGUAGE_CODE}/api/"]),
    "with a value that nobody guesses": (lambda: [path("<word_of_host:word>/", urls())], []),
    "behind another view": (lambda: [re_path("", lambda request: HttpResponse()), path("a/", urls())], []),
    "nowhere": (list, []),
}


@pytest.mark.parametrize(("patterns", "prefixes"), MOUNTS.values(), ids=MOUNTS)
def test_it_is_found_wherever_it_is_mounted(mounted, patterns, prefixes):
    assert [mount.prefix for mount in mounts(mounted(*patterns()))] == prefixes
    messages = check_middleware()
    assert [(message.level, message.id) for message in messages] == [(INFO, "jobs_api.I020")] * (not prefixes)


@pytest.mark.parametrize(
    "patterns", [of[0] for of in MOUNTS.values() if of[1]], ids=[k for k, v in MOUNTS.items() if v[1]]
)
def test_what_is_in_the_way_is_found_there(mounted, settings, patterns):
    mounted(*patterns())
    settings.MIDDLEWARE = [*MINE, f"{HOSTS}.maintenance"]
    (message,) = check_middleware()
    assert message.id == "jobs_api.W021"


def test_it_says_where_it_has_looked_in_vain(mounted):
    mounted(name="urls_without_us")
    (message,) = check_middleware()
    assert "urls_without_us" in message.msg
    assert 'include("jobs_api.urls")' in message.hint


def test_an_address_that_begins_with_a_language_is_told(mounted, settings):
    mounted(*i18n_patterns(path("api/", urls())))
    settings.MIDDLEWARE = [*MINE[:2], LOCALE, *MINE[2:]]
    (message,) = check_middleware()
    assert message.id == "jobs_api.W020"
    assert f"{LOCALE} redirects POST /api/jobs/" in message.msg
    assert "to /en/api/jobs/" in message.msg
    assert "outside of i18n_patterns()" in message.hint


def test_the_default_language_needs_no_prefix(mounted, settings):
    mounted(*i18n_patterns(path("api/", urls()), prefix_default_language=False))
    settings.MIDDLEWARE = [*MINE[:2], LOCALE, *MINE[2:]]
    assert check_middleware() == []


def test_a_middleware_may_choose_the_urls_of_each_host(mounted, settings):
    jobs = mounted(path("cron/", urls()), name="urls_of_jobs")
    mounted(name="urls_of_everything_else")
    settings.ALLOWED_HOSTS = ["crm.example", "jobs.example"]
    settings.MIDDLEWARE = [f"{HOSTS}.chooses_the_urls", *MINE, f"{HOSTS}.OwnLogin"]
    hosts.URLS["jobs.example"] = jobs
    (message,) = check_middleware()
    assert "OwnLogin redirects POST /cron/jobs/" in message.msg


DECORATED = {
    "behind_a_login": ("jobs_api.W020", "A decorator around our URLs redirects"),
    "that_stores": ("jobs_api.W022", "A decorator around our URLs lets caches store"),
    "that_raises": ("jobs_api.W025", "A decorator around our URLs raises"),
}


@pytest.mark.parametrize(("name", "told"), DECORATED.items(), ids=DECORATED)
@pytest.mark.parametrize("chain", [MINE, []], ids=["with middleware", "alone"])
def test_a_decorator_around_the_include_is_found(mounted, settings, name, told, chain):
    decorate = getattr(hosts, name)
    from jobs_api.urls import urlpatterns

    wrapped = [path(str(each.pattern), decorate(each.callback), name=each.name) for each in urlpatterns]
    mounted(path("api/", include((wrapped, "jobs_api"))))
    settings.MIDDLEWARE = chain
    (message,) = check_middleware()
    assert message.id == told[0]
    assert message.msg.startswith(told[1])


BROKEN = {
    "a URLconf that does not exist": {"ROOT_URLCONF": "no.such.urls"},
    "middleware that is no list of paths": {"MIDDLEWARE": [5]},
    "hosts that are no names": {"ALLOWED_HOSTS": [5]},
    "a proxy's header of another shape": {"SECURE_PROXY_SSL_HEADER": "HTTP_X"},
}


@pytest.mark.parametrize("changed", BROKEN.values(), ids=BROKEN)
def test_a_setting_that_is_wrong_is_told_and_does_not_end_the_check(settings, changed):
    settings.ALLOWED_HOSTS = ["crm.example"]
    for name, value in changed.items():
        setattr(settings, name, value)
    messages = check_middleware()
    assert messages
    assert all(message.id in ("jobs_api.W025", "jobs_api.W026") and message.hint for message in messages)
