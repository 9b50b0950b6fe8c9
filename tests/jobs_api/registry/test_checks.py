"""System checks: the declarations, the commands behind them, and the settings; with ids and hints."""

import pytest
from django.core.checks import Error, Warning, run_checks
from django.core.management import get_commands
from django.core.management.base import BaseCommand
from django.db import connection, connections
from pydantic import BaseModel

from tests.conftest import NOON


def checked(**kwargs):
    return {
        message.id.removeprefix("jobs_api."): message for message in run_checks(tags=["jobs_api"], **kwargs)
    }


def test_the_reference_project_has_nothing_to_complain_about():
    assert run_checks(include_deployment_checks=False, tags=["jobs_api"]) == []


# -- commands and options ---------------------------------------------------------------------


def test_an_unknown_command_is_an_error_with_a_suggestion(declare):
    declare(command="toyy")
    message = checked()["E040"]
    assert isinstance(message, Error)
    assert "'nightly'" in message.msg
    assert "'toyy'" in message.msg
    assert message.hint == "Did you mean 'toy'?"


def test_a_command_like_no_other_has_a_hint_all_the_same(declare):
    declare(command="zzzzzzzzzz")
    assert "Job(command=...)" in checked()["E040"].hint


def test_the_name_of_a_job_is_its_command_unless_it_names_one(declare):
    declare("toy", command="")
    assert checked() == {}


class Params(BaseModel):
    say: str = ""
    secnds: float = 0


@pytest.mark.parametrize(
    "fields", [{"options": {"say": "hi", "secnds": 1}}, {"params": Params}], ids=["options", "params"]
)
def test_an_unknown_option_is_an_error_with_a_suggestion(declare, fields):
    declare(**fields)
    message = checked()["E041"]
    assert "'secnds'" in message.msg
    assert message.hint == "Did you mean 'seconds'?"


def test_an_option_like_no_other_is_answered_with_those_there_are(declare):
    declare(options={"qqqq": 1})
    hint = checked()["E041"].hint
    assert all(name in hint for name in ("say", "seconds", "ledger", "fail"))


@pytest.mark.parametrize(
    "options", [{"verbosity": 0}, {"say": "x"}, {"no_color": True}, {"skip_checks": False}]
)
def test_options_that_every_command_has_are_known(declare, options):
    declare(options=options)
    assert checked() == {}


def test_stealth_options_are_known(declare, monkeypatch):
    class Stealthy(BaseCommand):
        stealth_options = ("hidden",)

    monkeypatch.setitem(get_commands(), "toy", Stealthy())
    declare(options={"hidden": 1})
    assert checked() == {}


# -- settings ---------------------------------------------------------------------------------


def test_use_tz_is_needed(settings):
    settings.USE_TZ = False
    message = checked()["E031"]
    assert "USE_TZ" in message.msg
    assert message.hint == "Set USE_TZ = True."


UNKNOWN = {"LEASE_SECOND": "LEASE_SECONDS", "executor": "EXECUTOR", "RETENTION": "RETENTION_DAYS"}


@pytest.mark.parametrize(("key", "near"), UNKNOWN.items(), ids=UNKNOWN.keys())
def test_an_unknown_key_of_the_setting_is_an_error_with_a_suggestion(settings, key, near):
    settings.JOBS_API = {key: 5}
    message = checked()["E033"]
    assert f"{key!r}" in message.msg
    assert f"Did you mean {near!r}?" in message.msg
    assert near in message.hint


BAD_VALUES = [
    ("LEASE_SECONDS", 0),
    ("LEASE_SECONDS", -30),
    ("RENEW_SECONDS", "10"),
    ("RETENTION_DAYS", None),
    ("OUTPUT_BYTES", 1.5),
    ("CATCH_UP_LIMIT", True),
    ("BAD_TOKENS_PER_MINUTE", []),
    ("EXECUTOR", None),
    ("EXECUTOR", 5),
    ("REQUIRE_HTTPS", "yes"),
]


@pytest.mark.parametrize(("key", "value"), BAD_VALUES, ids=str)
def test_a_bad_value_of_the_setting_is_an_error(settings, key, value):
    settings.JOBS_API = {key: value}
    message = checked()["E033"]
    assert key in message.msg
    assert repr(value) in message.msg


@pytest.mark.parametrize(
    "value", [{}, None, {"LEASE_SECONDS": 45, "REQUIRE_HTTPS": None, "OUTPUT_BYTES": 1024}]
)
def test_a_good_setting_is_no_error(settings, value):
    settings.JOBS_API = value
    assert checked() == {}


@pytest.mark.parametrize(
    ("secret", "faults"), [("tiny", {"E030"}), (f"{'x' * 40},tiny", {"E030"}), ("x" * 32, set())]
)
def test_a_secret_that_never_matches_is_an_error(settings, secret, faults):
    settings.CRON_SECRET = secret
    assert set(checked()) == faults
    assert all(secret not in f"{message.msg}{message.hint}" for message in checked().values())


def test_pain_24_a_deployment_without_a_secret_is_warned(settings, monkeypatch):
    monkeypatch.delenv("CRON_SECRET", raising=False)
    settings.CRON_SECRET = ""
    message = checked(include_deployment_checks=True)["W001"]
    assert isinstance(message, Warning)
    assert "jobs_token create" in message.hint
    assert "W001" not in checked()


def test_a_deployment_with_a_secret_is_not_warned(settings):
    settings.CRON_SECRET = "x" * 32
    assert "W001" not in checked(include_deployment_checks=True)


def test_a_redirect_that_would_make_a_get_of_a_trigger_is_warned(settings):
    """Pain 19: no redirects, neither ours nor the host's."""
    settings.SECURE_SSL_REDIRECT = True
    message = checked(include_deployment_checks=True)["W002"]
    assert "SECURE_REDIRECT_EXEMPT = [r'^api/']" in message.hint
    settings.SECURE_REDIRECT_EXEMPT = [r"^api/"]
    assert "W002" not in checked(include_deployment_checks=True)


def test_a_lease_that_cannot_be_renewed_twice_in_its_time_is_an_error(settings):
    settings.JOBS_API = {"LEASE_SECONDS": 15, "RENEW_SECONDS": 10}
    assert "RENEW_SECONDS" in checked()["E034"].msg
    settings.JOBS_API = {"LEASE_SECONDS": 20, "RENEW_SECONDS": 10}
    assert "E034" not in checked()


def test_a_default_executor_that_does_not_exist_is_an_error_without_any_job(settings, declare):
    settings.JOBS_API = {"EXECUTOR": "inlin"}
    assert "'inline'" in checked()["E035"].hint


def test_arguments_that_the_command_does_not_take_are_an_error(declare):
    declare(args=["--sceonds", "3"])
    declare("fine", args=["--seconds", "3"])
    message = checked()["E042"]
    assert "--sceonds" in message.msg
    assert "manage.py toy --help" in message.hint


def test_a_setting_that_is_no_dictionary_is_an_error(settings):
    settings.JOBS_API = ["x"]
    assert "must be a dictionary" in checked()["E033"].msg


@pytest.mark.parametrize("options", [{}, {"transaction_mode": "DEFERRED"}])
def test_a_deployment_on_sqlite_that_does_not_wait_for_its_lock_is_warned(monkeypatch, options):
    if connection.vendor != "sqlite":
        pytest.skip("the warning is for SQLite")
    assert "W003" not in checked(include_deployment_checks=True)
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)
    assert "IMMEDIATE" in checked(include_deployment_checks=True)["W003"].hint


PATIENT = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "keepalives_idle": 30}


@pytest.mark.each_database
@pytest.mark.parametrize(
    ("host", "options", "named"),
    [
        ("db.internal", {}, ["connect_timeout", "tcp_user_timeout", "keepalives_idle"]),
        ("db.internal", {"connect_timeout": 5}, ["tcp_user_timeout", "keepalives_idle"]),
        ("", {"host": "db.internal", "keepalives_idle": 9}, ["connect_timeout", "tcp_user_timeout"]),
        ("db.internal", PATIENT, []),
        ("/run/postgresql", {}, []),
        ("", {"service": "crm"}, []),
    ],
)
def test_a_deployment_that_waits_for_hours_for_a_postgresql_that_is_cut_off_is_warned(
    monkeypatch, host, options, named
):
    if connection.vendor != "postgresql":
        pytest.skip("the warning is for PostgreSQL")
    assert "W005" not in checked(include_deployment_checks=True)
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)
    monkeypatch.setitem(connection.settings_dict, "HOST", host)
    warning = checked(include_deployment_checks=True).get("W005")
    assert all(name in warning.msg for name in named) if named else warning is None


def test_an_sqlite_with_a_zone_of_its_own_is_an_error(monkeypatch):
    """Pain 12: it would make of the two hours of an autumn night one."""
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite stores local times")
    assert "E036" not in checked()
    monkeypatch.setitem(vars(connections["default"]), "timezone_name", "Europe/Berlin")
    assert "TIME_ZONE" in checked()["E036"].msg


def test_every_message_has_an_id_of_ours_and_a_hint(declare, settings):
    declare(command="toyy")
    declare("second", options={"qqqq": NOON})
    settings.USE_TZ, settings.JOBS_API, settings.CRON_SECRET = False, {"X": 1}, "short"
    found = run_checks(tags=["jobs_api"], include_deployment_checks=True)
    assert len(found) >= 5
    assert all(message.id.startswith("jobs_api.") and message.hint for message in found)
