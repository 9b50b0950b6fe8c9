"""What the host's middleware does to the API is told by `check --deploy`, with the name of the middleware."""

import asyncio
import logging
import os
import re
import subprocess
import sys
import threading

import pytest
from django.conf import settings as configured
from django.core.cache import cache, caches
from django.core.checks import INFO, WARNING, run_checks
from django.core.signals import got_request_exception, request_finished, request_started

from jobs_api.auth.throttle import bad_tokens
from jobs_api.checks.middleware import check_middleware, solitude
from tests.jobs_api.checks import hosts

HOSTS = hosts.__name__
MINE = [*configured.MIDDLEWARE]


@pytest.fixture(autouse=True)
def own_cache(settings):
    """The cache of the host."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.ALLOWED_HOSTS = ["crm.example"]
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def with_middleware(settings):
    """``with_middleware("maintenance")`` puts one into the middle of the chain, and checks."""

    def check(*names, at=4):
        paths = [name if "." in name else f"{HOSTS}.{name}" for name in names]
        settings.MIDDLEWARE = [*MINE[:at], *paths, *MINE[at:]]
        return check_middleware()

    return check


def ids(messages):
    return {message.id.removeprefix("jobs_api.") for message in messages}


# -- the reference project --------------------------------------------------------------------


@pytest.mark.parametrize("module", ["test", "production", "development"])
def test_the_reference_project_has_nothing_in_the_way(module):
    ours = {
        "DJANGO_SETTINGS_MODULE": f"settings.{module}",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
        "SECRET_KEY": "x" * 60,
        "ALLOWED_HOSTS": "crm.example",
    }
    code = (
        "import django; django.setup()\n"
        "from jobs_api.checks.middleware import check_middleware\n"
        "print(check_middleware())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | ours,
        cwd=configured.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


SETTINGS = {
    "www": ({"PREPEND_WWW": True}, "W020", "CommonMiddleware", "https://www.crm.example/api/"),
    "https": (
        {"SECURE_SSL_REDIRECT": True},
        "W002",
        "SecurityMiddleware",
        "SECURE_REDIRECT_EXEMPT = [r'^api/']",
    ),
    "robots": (
        {"DISALLOWED_USER_AGENTS": [re.compile("curl")]},
        "W021",
        "CommonMiddleware",
        "login_required = False",
    ),
    "host with a scheme": ({"ALLOWED_HOSTS": ["https://crm.example"]}, "W021", "CommonMiddleware", "scheme"),
    "host with a port": ({"ALLOWED_HOSTS": ["crm.example:8000"]}, "W021", "CommonMiddleware", "port"),
}


@pytest.mark.parametrize(("changed", "number", "who", "hint"), SETTINGS.values(), ids=SETTINGS)
def test_a_setting_that_gets_in_the_way_is_found(settings, changed, number, who, hint):
    for name, value in changed.items():
        setattr(settings, name, value)
    (message,) = check_middleware()
    assert ids([message]) == {number}
    assert who in message.msg
    assert hint in message.hint
    assert message.level == WARNING


PLANTED = {
    "maintenance": ("W021", "503", "jobs_pause"),
    "everything_from_the_cache": ("W022", "an earlier request", "no-store"),
    "gets_from_the_cache": ("W022", "GET", "no-store"),
    "public": ("W022", "public, max-age=600", "no-store"),
    "EveryPostNeedsAForm": ("W021", "403", "csrf_exempt = True"),
    "OwnLogin": ("W020", "/login/", "login_required = False"),
    "LoginByTemplate": ("W021", "403", "X-Jobs-Token"),
    "AsynchronousLogin": ("W020", "/login/", "/api/"),
    "TakesTheBearer": ("W021", "401", "X-Jobs-Token"),
    "removes_the_bearer": ("W024", "the header Authorization", "/api/"),
    "overrides_the_method": ("W024", "the method", "/api/"),
    "reads_the_stream": ("W024", "the body", "request.body"),
    "to_the_login": ("W023", "401 becomes 302 to /login/", "/api/"),
    "nicer_errors": ("W023", "500 becomes 200", "the JSON"),
    "wraps_json": ("W023", "another body", "/api/"),
    "streams": ("W023", "another body", "/api/"),
    "without_slash": ("W020", "/run/", "/api/"),
    "to_https": ("W002", "http to https", "SECURE_REDIRECT_EXEMPT"),
    "no_robots": ("W021", "403", "/api/"),
    "raises": ("W025", "AttributeError", "/api/"),
    "raises_afterwards": ("W025", "AttributeError", "/api/"),
    "returns_nothing": ("W025", "None", "/api/"),
    "is_nothing": ("W025", "cannot be loaded", "no server starts"),
    "cannot_start": ("W025", "GEOIP_PATH is not set", "MIDDLEWARE"),
    "nowhere.to.be.found": ("W025", "cannot be loaded", "MIDDLEWARE"),
}


@pytest.mark.parametrize(("name", "told"), PLANTED.items(), ids=PLANTED)
@pytest.mark.parametrize("at", [0, 7], ids=["outermost", "innermost"])
def test_a_middleware_that_gets_in_the_way_is_found_and_named(with_middleware, name, told, at):
    if name in ("OwnLogin", "raises", "raises_afterwards"):
        at = 7  # they need a user
    (message,) = with_middleware(name, at=at)
    number, text, hint = told
    assert ids([message]) == {number}
    assert message.msg.startswith(name if "." in name else f"{HOSTS}.{name} ")
    assert text in message.msg
    assert hint in message.hint


def test_a_get_that_triggers_is_asked_where_it_is_allowed(with_middleware, settings):
    assert with_middleware("a_page_for_people") == []
    settings.JOBS_API = {**settings.JOBS_API, "ALLOW_GET": True}
    (message,) = with_middleware("a_page_for_people")
    assert "a_page_for_people" in message.msg
    assert "GET /api/jobs/" in message.msg


def test_one_that_answers_does_not_hide_those_within(with_middleware):
    messages = with_middleware("maintenance", "OwnLogin", "wraps_json", at=7)
    assert [message.msg.split()[0].rpartition(".")[2] for message in messages] == [
        "maintenance",
        "OwnLogin",
        "wraps_json",
    ]


def test_a_host_that_the_middleware_sends_elsewhere_is_told(with_middleware, settings):
    settings.ALLOWED_HOSTS = ["crm.example", "old.example"]
    (message,) = with_middleware("one_host")
    assert "https://crm.example/" in message.msg


HARMLESS = ["not_used", "Asynchronous", "Both", "Hooks", "stops_the_time", "reads_the_form", "speaks"]
OF_DJANGO = [
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.BrokenLinkEmailsMiddleware",
    "django.contrib.auth.middleware.RemoteUserMiddleware",
    "django.contrib.admindocs.middleware.XViewMiddleware",
]
CACHES = ["django.middleware.cache.UpdateCacheMiddleware", "django.middleware.cache.FetchFromCacheMiddleware"]


@pytest.mark.parametrize("name", [*HARMLESS, *OF_DJANGO])
def test_a_middleware_that_leaves_us_alone_is_not_told(with_middleware, name):
    assert with_middleware(name, at=7) == []


def test_the_cache_of_a_whole_site_by_django_is_not_told(settings):
    settings.MIDDLEWARE = [CACHES[0], *MINE, CACHES[1]]
    assert check_middleware() == []


@pytest.mark.parametrize("around", [CACHES, CACHES[::-1]], ids=["documented", "wrong way round"])
def test_nothing_of_the_check_is_stored_in_the_cache_of_the_site(settings, around):
    """A caller would get it: an empty page, or a health that is not its own."""
    settings.MIDDLEWARE = [around[0], *MINE, around[1]]
    assert check_middleware() == []
    assert caches["default"]._cache == {}


def test_a_cache_that_stores_everything_has_nothing_that_a_caller_asks_for(with_middleware):
    with_middleware("everything_from_the_cache", at=0)
    stored = [key.partition("page:")[2] for key in caches["default"]._cache]
    assert stored
    assert all("system-check-of-jobs-api" in path for path in stored)


def test_it_works_where_an_event_loop_runs(with_middleware):
    async def inside():
        return with_middleware("AsynchronousLogin")

    assert ids(asyncio.run(inside())) == {"W020"}


def test_a_host_without_any_middleware_has_none_in_the_way(settings):
    settings.MIDDLEWARE = []
    assert check_middleware() == []


@pytest.mark.parametrize("allowed", [["*"], [".crm.example"], ["[::1]"], ["127.0.0.1", "crm.example"]])
def test_hosts_that_are_allowed_by_a_pattern_are_asked(settings, allowed):
    settings.ALLOWED_HOSTS = allowed
    assert check_middleware() == []


def test_without_allowed_hosts_django_tells(settings):
    settings.ALLOWED_HOSTS = []
    found = run_checks(include_deployment_checks=True, tags=["security", "jobs_api"])
    assert "security.W020" in {message.id for message in found}
    assert not ids(found) & {"W020", "W021"}


def test_a_prefix_of_the_server_does_not_matter(settings):
    settings.FORCE_SCRIPT_NAME = "/crm"
    assert check_middleware() == []


# -- databases --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("counts_visits", "writes"),
        ("looks_up_the_site", "no_such_table"),
        ("looks_it_up_at_the_start", "no_such_table"),
        ("LooksItUpBeforeTheView", "no_such_table"),
    ],
)
def test_a_middleware_that_needs_its_tables_is_left_out_and_the_others_are_checked(
    with_middleware, name, why
):
    left_out, other = sorted(with_middleware(name, "wraps_json"), key=lambda message: message.level)
    assert (left_out.level, left_out.id) == (INFO, "jobs_api.I021")
    assert f"{HOSTS}.{name}" in left_out.msg
    assert why in left_out.msg
    assert ("migrated" in left_out.hint) == (name != "counts_visits"), "no migration helps where it writes"
    assert other.id == "jobs_api.W023"


# -- what the check leaves behind -------------------------------------------------------------


def test_it_sends_no_signal_logs_nothing_and_counts_no_bad_token(with_middleware, caplog, monkeypatch):
    sent = []

    def heard(**of):
        sent.append(of)

    for signal in (request_started, request_finished, got_request_exception):
        signal.connect(heard)
    caplog.set_level(logging.DEBUG)
    try:
        messages = with_middleware("speaks", "raises", "maintenance", "OwnLogin", "EveryPostNeedsAForm", at=7)
    finally:
        for signal in (request_started, request_finished, got_request_exception):
            signal.disconnect(heard)
    assert len(messages) == 4
    assert (sent, caplog.records, dict(bad_tokens._counts)) == ([], [], {})
    logging.getLogger("host.middleware").error("heard again")
    assert [record.msg for record in caplog.records] == ["heard again"]


def test_other_threads_are_heard_meanwhile(with_middleware, caplog, monkeypatch):
    def talk():
        thread = threading.Thread(target=logging.getLogger("host").error, args=["from elsewhere"])
        thread.start()
        thread.join()

    monkeypatch.setattr(hosts, "is_nothing", lambda get_response: talk())
    with_middleware("is_nothing")
    assert [record.msg for record in caplog.records] == ["from elsewhere"]


def test_no_thread_stays(with_middleware):
    before = set(threading.enumerate())
    assert with_middleware("Asynchronous") == []
    for thread in set(threading.enumerate()) - before:
        thread.join(20)
    assert set(threading.enumerate()) <= before


def test_one_that_hangs_is_named(with_middleware, monkeypatch):
    hosts.HANGS.clear()
    hosts.GO_ON.clear()
    monkeypatch.setattr(solitude, "wait_for", lambda thread: hosts.HANGS.wait())  # its time is over then
    try:
        (message,) = with_middleware("hangs")
    finally:
        hosts.GO_ON.set()
    assert ids([message]) == {"W026"}
    assert f"{HOSTS}.hangs took longer than" in message.msg


def test_the_request_of_a_caller_is_none_of_the_check(client, settings):
    settings.ALLOWED_HOSTS = ["testserver"]
    response = client.post("/api/jobs/x/run", headers={"jobs_api.question": "1", "jobs-api-question": "1"})
    assert response.status_code == 401


def test_the_check_is_for_deployments_only(settings):
    settings.PREPEND_WWW = True
    assert run_checks(tags=["jobs_api"]) == []
    assert "W020" in ids(run_checks(tags=["jobs_api"], include_deployment_checks=True))
