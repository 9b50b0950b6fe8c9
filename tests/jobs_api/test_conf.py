"""The JOBS_API setting: typed, with defaults, and read anew when a test overrides it."""

import dataclasses

import pytest
from django.core.checks import run_checks
from django.test import override_settings

from jobs_api import conf

DEFAULTS = {
    "executor": "inline",
    "lease_seconds": 30,
    "renew_seconds": 10,
    "start_within_seconds": 3600,
    "retention_days": 400,
    "run_due_seconds": 25,
    "wait_seconds": 2,
    "output_bytes": 256 * 1024,
    "catch_up_limit": 100,
    "bad_tokens_per_minute": 20,
    "require_https": None,
}


@pytest.mark.parametrize("setting", [{}, None])
def test_nothing_has_to_be_set(settings, setting):
    settings.JOBS_API = setting
    found = dataclasses.asdict(conf.config())
    assert {key: found[key] for key in DEFAULTS} == DEFAULTS


def test_the_setting_itself_may_be_missing(settings):
    del settings.JOBS_API
    conf.config.cache_clear()  # a thread may have asked since the last test
    assert conf.config() == conf.Config()


@pytest.mark.parametrize("field", dataclasses.fields(conf.Config), ids=lambda field: field.name)
def test_every_field_can_be_set_by_its_name_in_capitals(settings, field):
    settings.JOBS_API = {field.name.upper(): "a value"}
    assert getattr(conf.config(), field.name) == "a value"


def test_an_override_holds_as_long_as_it_lasts():
    before = conf.config().lease_seconds
    with override_settings(JOBS_API={"LEASE_SECONDS": 7}):
        assert conf.config().lease_seconds == 7
    assert conf.config().lease_seconds == before


def test_the_configuration_cannot_be_changed_in_place():
    with pytest.raises(dataclasses.FrozenInstanceError):
        conf.config().lease_seconds = 1


def test_an_unknown_key_is_left_to_the_checks(settings):
    settings.JOBS_API = {"LEASE_SECOND": 5}
    assert conf.config() == conf.Config()


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("LEASE_SECOND", "JOBS_API has no key 'LEASE_SECOND'. Did you mean 'LEASE_SECONDS'?"),
        ("lease_seconds", "JOBS_API has no key 'lease_seconds'. Did you mean 'LEASE_SECONDS'?"),
        ("COLOUR", "JOBS_API has no key 'COLOUR'."),
        ("LEASE_SECONDS", None),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_one(key, said):
    assert conf.unknown_key(key) == said


BAD = [
    ("LEASE_SECONDS", "30"),
    ("LEASE_SECONDS", 0),
    ("LEASE_SECONDS", -1),
    ("LEASE_SECONDS", True),
    ("LEASE_SECONDS", None),
    ("LEASE_SECONDS", float("nan")),
    ("LEASE_SECONDS", float("inf")),
    ("OUTPUT_BYTES", 1.5),
    ("EXECUTOR", None),
    ("REQUIRE_HTTPS", "yes"),
]
GOOD = [
    ("LEASE_SECONDS", 0.5),
    ("LEASE_SECONDS", 30),
    ("OUTPUT_BYTES", 1),
    ("EXECUTOR", "inline"),
    ("REQUIRE_HTTPS", None),
    ("REQUIRE_HTTPS", False),
]


def _check_messages():
    return [message for message in run_checks(tags=["jobs_api"]) if message.id == "jobs_api.E033"]


@pytest.mark.parametrize(("key", "value"), BAD)
def test_a_value_of_the_wrong_kind_is_a_check_error_that_names_the_key(settings, key, value):
    settings.JOBS_API = {key: value}
    (message,) = _check_messages()
    assert f"JOBS_API['{key}'] must be" in message.msg
    assert repr(value) in message.msg


@pytest.mark.parametrize(("key", "value"), GOOD)
def test_a_value_of_the_right_kind_is_none(settings, key, value):
    settings.JOBS_API = {key: value}
    assert _check_messages() == []


def test_an_unknown_key_is_a_check_error_with_the_known_ones_as_hint(settings):
    settings.JOBS_API = {"LEASE_SECOND": 5}
    (message,) = _check_messages()
    assert message.msg == "JOBS_API has no key 'LEASE_SECOND'. Did you mean 'LEASE_SECONDS'?"
    assert "RETENTION_DAYS" in message.hint


# -- CRON_SECRET ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "secrets"),
    [
        ("one", ("one",)),
        ("new,old", ("new", "old")),
        (" new , old ,, ", ("new", "old")),
        (["new", "old"], ("new", "old")),
        ("", ()),
    ],
)
def test_secrets_are_several_while_rotating(settings, monkeypatch, value, secrets):
    monkeypatch.delenv("CRON_SECRET", raising=False)
    settings.CRON_SECRET = value
    assert conf.cron_secrets() == secrets


@pytest.mark.parametrize("missing", [None, ""])
def test_without_the_setting_the_environment_has_them(settings, monkeypatch, missing):
    monkeypatch.setenv("CRON_SECRET", "from,outside")
    settings.CRON_SECRET = missing
    assert conf.cron_secrets() == ("from", "outside")


# -- https ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("required", "debug", "answer"),
    [(None, True, False), (None, False, True), (True, True, True), (False, False, False)],
)
def test_https_is_required_wherever_debug_is_off_unless_it_is_said(settings, required, debug, answer):
    settings.JOBS_API = {"REQUIRE_HTTPS": required}
    settings.DEBUG = debug
    assert conf.requires_https() is answer


def test_the_default_zone_is_the_hosts(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    assert conf.default_timezone() == "Europe/Berlin"
