import os
import subprocess
import sys

import pytest
from django.conf import settings as project
from django.core.checks import Error, Warning, run_checks


def checked(*, deploy=False):
    return {
        message.id.removeprefix("crm."): message
        for message in run_checks(tags=["crm"], include_deployment_checks=deploy)
    }


def test_the_reference_project_has_nothing_to_complain_about():
    assert checked(deploy=True) == {}


@pytest.mark.parametrize(("name", "number"), [("CRM_GRAPHIQL", "E001"), ("CRM_OPEN_READING", "E002")])
def test_what_is_for_development_is_refused_on_a_server(settings, name, number):
    setattr(settings, name, True)
    assert list(checked()) == [number]
    assert isinstance(checked()[number], Error)
    assert name in checked()[number].msg
    assert checked()[number].hint == f"Remove {name} from these settings."
    settings.DEBUG = True
    assert checked() == {}


@pytest.mark.parametrize("code", ["usd", "eur", "EUR", "chf"])
def test_a_currency_has_two_decimals(settings, code):
    settings.CRM_CURRENCY = code
    assert checked() == {}


@pytest.mark.parametrize("code", ["", "us", "usd ", "dollar", "us1", "üsd", "jpy", "KRW", "kwd", "bhd"])
def test_what_is_none_or_has_other_decimals_is_refused(settings, code):
    settings.CRM_CURRENCY = code
    message = checked()["E003"]
    assert isinstance(message, Error)
    assert "CRM_CURRENCY" in message.msg
    assert "usd" in message.hint


@pytest.mark.parametrize(
    "url",
    ["http://localhost:8000/graphql", "https://crm.example.com/graphql", "http://web/", "http://[::1]/"],
)
def test_the_address_of_a_server_is_taken(settings, url):
    settings.CRM_GRAPHQL_URL = url
    assert checked() == {}


@pytest.mark.parametrize(
    "url",
    [
        "crm.example.com/graphql",
        "//crm.example.com",
        "ftp://crm.example.com",
        "https://",
        "https:///graphql",
        "http://crm:http/",
        "http://crm:70000/",
        "http://[::1/",
    ],
)
def test_what_is_no_address_is_refused(settings, url):
    settings.CRM_GRAPHQL_URL = url
    message = checked()["E004"]
    assert isinstance(message, Error)
    assert "https://crm.example.com/graphql" in message.hint


@pytest.mark.parametrize(("name", "number"), [("CRM_MODERATION_URL", "E005"), ("STRIPE_API_BASE", "E006")])
def test_the_other_addresses_are_looked_at_too(settings, name, number):
    setattr(settings, name, "nonsense")
    assert [(key, name in message.msg) for key, message in checked().items()] == [(number, True)]


def test_an_address_is_not_quoted(settings):
    settings.CRM_GRAPHQL_URL = "ftp://alice:password@example.com"
    assert "password" not in str(checked()["E004"])


SECONDS = [("CRM_GRAPHQL_TIMEOUT", "E007", 600), ("CRM_WEBHOOK_TIMEOUT", "E008", 20)]


@pytest.mark.parametrize(("name", "number", "most"), SECONDS)
def test_seconds_have_a_range(settings, name, number, most):
    for value in (0.1, "2.5", most):
        setattr(settings, name, value)
        assert checked() == {}
    for value in ("abc", "", 0, "-1", 0.09, most + 0.1, "nan", "inf"):
        setattr(settings, name, value)
        assert [(key, message.msg) for key, message in checked().items()] == [
            (number, f"{name} is not a number of seconds from 0.1 to {most}.")
        ]
        assert "such as 10" in checked()[number].hint


def test_who_gets_the_report_has_an_address(settings):
    settings.CRM_REPORT_RECIPIENTS = ["boss@example.com", " ceo@example.com"]
    assert checked() == {}
    settings.CRM_REPORT_RECIPIENTS = ["boss@example.com", "boss"]
    assert list(checked()) == ["E009"]
    assert checked()["E009"].msg == "CRM_REPORT_RECIPIENTS has 'boss', which is not an e-mail address."
    assert "boss@example.com" in checked()["E009"].hint


@pytest.mark.parametrize(
    "wrong", ["*", "https://hooks.example.com", "hooks.example.com:443", "a/b", "[::1]", ""]
)
def test_webhooks_go_to_hosts_and_not_to_urls_or_everywhere(settings, wrong):
    settings.CRM_WEBHOOK_HOSTS = [
        "hooks.example.com",
        ".Example.org",
        "localhost",
        "127.0.0.1",
        "::1",
        " b-2.de",
    ]
    assert checked() == {}
    settings.CRM_WEBHOOK_HOSTS = ["hooks.example.com", wrong]
    assert list(checked()) == ["E010"]
    assert checked()["E010"].msg == f"CRM_WEBHOOK_HOSTS has {wrong!r}, which is not the name of a host."
    assert "hooks.example.com" in checked()["E010"].hint


@pytest.mark.parametrize(
    ("url", "token", "found"),
    [
        ("https://crm.example.com/graphql", "crm_x", []),
        ("https://crm.example.com/graphql", "", ["W001"]),
        ("http://crm.example.com/graphql", "crm_x", ["W001"]),
        ("", "", []),
    ],
)
def test_a_server_is_asked_over_https_and_with_a_key(settings, url, token, found):
    settings.CRM_GRAPHQL_URL, settings.CRM_GRAPHQL_TOKEN = url, token
    assert checked() == {}
    assert list(checked(deploy=True)) == found
    assert all(isinstance(message, Warning) for message in checked(deploy=True).values())


# -- the settings that are deployed -----------------------------------------------------------


@pytest.fixture
def production(tmp_path):
    """Run Python with an environment as a server has it."""
    env = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "settings.production",
        "SECRET_KEY": "a-secret-key-for-this-test-only-0123456789-abcdefghijklm",
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "CRON_SECRET": "a-cron-secret-for-this-test-only-0123456789",
        "ALLOWED_HOSTS": "crm.example.com",
    }

    def run(*arguments, **more):
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=project.BASE_DIR, env=env | more, capture_output=True, text=True, timeout=120
        )

    return run


def test_the_settings_of_production_are_clean(production):
    done = production("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_the_environment_does_not_turn_on_in_production_what_is_for_development(production):
    look = "from django.conf import settings as s; print(s.DEBUG, s.CRM_GRAPHIQL, s.CRM_OPEN_READING)"
    done = production("-c", look, DEBUG="1", CRM_GRAPHIQL="1", CRM_OPEN_READING="1")
    assert done.stdout == "False False False\n", done.stderr


def test_what_is_set_but_empty_is_the_default(production):
    names = ("CRM_LOG_DIR", "CRM_ARCHIVE_DIR", "CRM_GRAPHQL_TIMEOUT", "CRM_WEBHOOK_TIMEOUT")
    look = f"from django.conf import settings as s; print(*(getattr(s, name) for name in {names}))"
    var = project.BASE_DIR / "var"
    done = production("-c", look, **dict.fromkeys(names, ""))
    assert done.stdout == f"{var / 'log'} {var / 'archive'} 10 10\n", done.stderr


def test_seconds_that_are_no_number_are_named(production):
    done = production("manage.py", "check", CRM_GRAPHQL_TIMEOUT="abc", CRM_WEBHOOK_TIMEOUT="2.5")
    assert done.returncode != 0
    assert "CRM_GRAPHQL_TIMEOUT is not a number" in done.stderr
    assert ("CRM_WEBHOOK_TIMEOUT" in done.stderr, "Traceback" in done.stderr) == (False, False)


@pytest.mark.parametrize("missing", ["SECRET_KEY", "DATABASE_URL"])
def test_production_does_not_start_on_made_up_values(production, missing):
    done = production(
        "-c", "import os; os.environ.pop(os.environ['MISSING']); import settings.wsgi", MISSING=missing
    )
    assert done.returncode != 0
    assert f"Set the {missing} environment variable" in done.stderr
