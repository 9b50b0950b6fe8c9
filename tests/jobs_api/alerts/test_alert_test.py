"""`jobs_alert_test`: does a channel work?"""

import pytest
from django.core import mail

from jobs_api import conf
from tests.jobs_api.alerts.channels import smtp
from tests.jobs_api.management.calling import manage
from tests.jobs_api.outgoing import peers
from tests.jobs_api.outgoing.peers import answers, peer

SECRET = "whsec_" + "c2VjcmV0" * 4


@pytest.fixture
def channels(settings):
    def configure(**found):
        settings.JOBS_API = {"ALERTS": {"CHANNELS": found}, "BASE_URL": "https://shop.example.com"}

    return configure


def test_a_channel_that_works_says_so(channels):
    channels(ops={"TYPE": "mail", "TO": ["ops@example.com"], "FROM": "jobs@example.com"})
    said = manage("jobs_alert_test", "ops")
    assert said.code == 0
    assert said.out.startswith("ops (mail) has taken the test message in ")
    (sent,) = mail.outbox
    assert sent.subject == "Test of the channel ops (shop.example.com)"
    assert sent.to == ["ops@example.com"]


def test_a_message_that_was_taken_and_goes_nowhere_is_told_of(channels, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    channels(ops={"TYPE": "mail", "TO": ["ops@example.com"], "FROM": "jobs@example.com"})
    said = manage("jobs_alert_test", "ops")
    assert said.code == 0
    assert said.err.startswith("But the project's mail backend drops mail: every alert counts as sent")


def test_one_that_is_refused_says_why_and_ends_with_1(channels):
    with peer(answers("410 Gone", b"")) as server:
        channels(hook={"TYPE": "webhook", "URL": server.url, "SECRET": SECRET})
        said = manage("jobs_alert_test", "hook")
    assert said.code == 1
    assert said.out == ""
    assert said.err == (
        "CommandError: hook (webhook) has not taken the test message: it answered 410: it does not exist any "
        "more. Alerts would wait, and be tried again; docs/alerts.md says what to look at."
    )


def test_to_a_program_it_is_json_and_ends_with_1_too(channels):
    channels(hook={"TYPE": "webhook", "URL": f"http://127.0.0.1:{peers.closed_port()}/", "SECRET": SECRET})
    said = manage("jobs_alert_test", "hook", "--json")
    assert said.code == 1
    found = said.json()
    assert (found["taken"], found["error"]) == (False, "the connection was refused")


def test_a_mail_server_that_refuses_the_address_is_named(channels, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with peer(smtp.speaks(RCPT=b"550 No such user\r\n")) as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        channels(ops={"TYPE": "mail", "TO": ["ops@example.com"], "FROM": "jobs@example.com"})
        assert "refused every recipient (550)" in manage("jobs_alert_test", "ops").err


def test_a_mail_server_that_is_not_there_says_which_settings_name_it(channels, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", peers.closed_port()
    channels(ops={"TYPE": "mail", "TO": ["ops@example.com"], "FROM": "jobs@example.com"})
    said = manage("jobs_alert_test", "ops")
    assert said.code == 1
    assert (
        "the connection was refused. Mail is sent by the project's own mail settings: EMAIL_HOST" in said.err
    )


BROKEN = [
    ({"TYPE": "mial"}, "the type 'mial' does not exist", "One of 'apprise', 'mail', 'webhook'"),
    ({"TYPE": "mail"}, "TO is missing", "It is a list of texts"),
    ({"TYPE": "no.such.Channel"}, "cannot be loaded", "correct the path"),
    ({"TYPE": "slack://s3cret"}, "the type 'slack://***' does not exist", "One of"),
    ({"TYPE": "https://hooks.example.com/s3cret"}, "'https://***' cannot be loaded", "correct the path"),
    ({}, "does not exist", "One of"),
    (5, "does not exist", "One of"),
]


@pytest.mark.parametrize(("options", "problem", "remedy"), BROKEN)
def test_one_that_is_not_configured_says_what_to_correct(channels, options, problem, remedy):
    channels(ops=options, other={"TYPE": "mail", "TO": ["a@example.com"], "FROM": "b@example.com"})
    said = manage("jobs_alert_test", "ops")
    assert said.code == 1
    assert problem in said.err
    assert remedy in said.err
    assert "s3cret" not in said.out + said.err + manage("jobs_alert_test").out
    assert manage("jobs_alert_test", "other").code == 0
    assert problem in manage("jobs_alert_test", "--json").json()[0]["problem"]


def test_an_unknown_channel_is_an_error_that_names_those_there_are(channels):
    channels(ops={"TYPE": "mail"}, chat={"TYPE": "apprise"})
    said = manage("jobs_alert_test", "opps")
    assert (said.code, said.err) == (1, "CommandError: There is no channel 'opps'. There are: ops, chat.")


def test_without_channels_it_says_where_to_name_them(settings):
    settings.JOBS_API = {}
    assert 'JOBS_API["ALERTS"]["CHANNELS"]' in manage("jobs_alert_test").out
    assert 'JOBS_API["ALERTS"]["CHANNELS"]' in manage("jobs_alert_test", "ops").err
    assert manage("jobs_alert_test", "--json").json() == []


def test_the_list_shows_what_each_hears_of_and_no_secret(channels):
    channels(
        pager={
            "TYPE": "webhook",
            "URL": "https://example.com/s3cret",
            "SECRET": SECRET,
            "JOBS": ["report_*"],
        },
        ops={"TYPE": "mail", "TO": ["ops@example.com"], "KINDS": ["failed", "missed"]},
    )
    said = manage("jobs_alert_test")
    assert "s3cret" not in said.out
    assert SECRET not in said.out
    assert [line.split() for line in said.lines[1:]] == [
        ["pager", "webhook", "report_*", "all", "all", "all", "but", "late", "all", "-"],
        ["ops", "mail", "all", "all", "all", "failed", "missed", "all", "-"],
    ]


def test_it_needs_no_database(channels):
    """The fixture `db` is missing here: a statement would raise."""
    channels(ops={"TYPE": "mail", "TO": ["ops@example.com"], "FROM": conf.sender()})
    assert manage("jobs_alert_test", "ops").code == 0
