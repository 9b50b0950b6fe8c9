"""System checks: what is wrong in CHECK_INS is named with its remedy, and no value is shown."""

from __future__ import annotations

import sys

import pytest

from jobs_api.check_ins import monitors, settings
from jobs_api.checks.check_ins import check_check_ins

KEY = "a-key-that-nobody-may-see"
HEALTHCHECKS = {"PING_KEY": KEY}


def found(*ids):
    """The texts and hints of what the checks say, which must have these ids and hold no key."""
    messages = check_check_ins()
    assert [message.id.removeprefix("jobs_api.") for message in messages] == list(ids)
    said = [f"{message.msg} {message.hint}" for message in messages]
    assert KEY not in "".join(said)
    return said


WRONG = [
    ({"HEALTHCHEKS": {}}, "E080", "has no key 'HEALTHCHEKS'. Did you mean 'HEALTHCHECKS'?"),
    ({"healthchecks": {}}, "E080", "has no key 'healthchecks'. Did you mean 'HEALTHCHECKS'?"),
    ({"PINGDOM": {}}, "E080", "Known keys: CRONITOR, HEALTHCHECKS, SENTRY, DEAD_MAN."),
    ({"HEALTHCHECKS": KEY}, "E080", "['HEALTHCHECKS'] is not a dictionary."),
    (
        {"HEALTHCHECKS": {}},
        "E081",
        "has no PING_KEY. Set it, or leave HEALTHCHECKS out where nothing",
    ),
    ({"HEALTHCHECKS": {"PING_KEY": ""}}, "E081", "has no PING_KEY."),
    ({"CRONITOR": {"PINGKEY": KEY, "API_KEY": KEY}}, "E081", "has no key 'PINGKEY'."),
    ({"HEALTHCHECKS": {"PING_KEY": 7}}, "E081", "['PING_KEY'] is of the type int. Write text."),
    ({"HEALTHCHECKS": {**HEALTHCHECKS, "CREATE": "no"}}, "E081", "Write True or False."),
    (
        {"HEALTHCHECKS": {**HEALTHCHECKS, "JOBS": [7]}},
        "E081",
        "['JOBS'] is of the type list. Write text or ",
    ),
    ({"HEALTHCHECKS": {**HEALTHCHECKS, "FAILURES": KEY}}, "E081", 'Write "each" or "last".'),
    ({"HEALTHCHECKS": {**HEALTHCHECKS, "URL": f"ftp://{KEY}"}}, "E081", "the URL is neither http nor https."),
    ({"DEAD_MAN": [KEY]}, "E081", "['DEAD_MAN']: it is not text."),
    ({"DEAD_MAN": KEY}, "E081", "['DEAD_MAN']: the URL is not valid."),
    ({"HEALTHCHECKS": {**HEALTHCHECKS, "JOBS": ["nitely"]}}, "W081", "it hears of no job."),
]


@pytest.mark.parametrize(("check_ins", "id_", "says"), WRONG, ids=lambda each: str(each)[:40])
def test_each_mistake_is_named_with_its_remedy(configure, declare, check_ins, id_, says):
    declare()
    configure(**check_ins)
    assert says in found(id_)[0]


def test_what_is_right_is_not_reported(configure, declare):
    declare()
    configure(
        HEALTHCHECKS={
            **HEALTHCHECKS,
            "URL": "https://hc.example.com/ping",
            "JOBS": "night*",
            "OUTPUT": False,
        },
        CRONITOR={"API_KEY": KEY, "FAILURES": "last", "ON_DEMAND": True, "TAGS": (), "OUTPUT": False},
        DEAD_MAN=f"https://hc-ping.com/{KEY}",
    )
    assert found() == []


def test_two_jobs_that_would_share_a_check_are_an_error(configure, declare):
    for name in ("nightly", "Nightly", "weekly"):
        declare(name)
    configure(HEALTHCHECKS=HEALTHCHECKS, CRONITOR={"API_KEY": KEY})
    [said] = found("E082")
    assert "'Nightly' and 'nightly' would both be 'nightly' there. Rename one" in said
    configure(HEALTHCHECKS={**HEALTHCHECKS, "JOBS": ["!Nightly"]})
    assert found() == []


def test_sentry_that_was_not_initialised_is_a_warning_and_one_that_is_missing_an_error(
    configure, declare, monkeypatch
):
    declare()
    configure(SENTRY={})
    assert "sentry_sdk is not initialised here, so nothing is sent." in found("W080")[0]
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    monkeypatch.setattr("jobs_api.check_ins.monitors.sentry.find_spec", lambda name: None)
    assert 'sentry_sdk is not installed. pip install "django-jobs-api[sentry]"' in found("E083", "W080")[0]
    configure(SENTRY={"FAILURE_THRESHOLD": 0})
    assert "FAILURE_THRESHOLD is less than 1" in found("E083", "E083", "W080")[1]


def test_sentry_that_is_initialised_is_right(configure, declare, sentry):
    declare()
    configure(SENTRY={"FAILURE_THRESHOLD": 2})
    assert found() == []


def test_no_key_is_shown_by_what_holds_it(configure):
    configure(HEALTHCHECKS=HEALTHCHECKS)
    assert KEY not in repr(settings.entries())


def test_each_monitor_names_the_kinds_of_its_options():
    for name in monitors.names():
        monitor = monitors.load(name)
        assert {*monitor.required, *monitor.addresses} <= set(monitor.options)
        assert not set(monitor.options) & set(settings.COMMON)
