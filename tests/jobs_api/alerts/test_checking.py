"""What is wrong with JOBS_API["ALERTS"] is a system check with a remedy, and shows no secret."""

import sys

import pytest
from django.core.checks import run_checks
from django.test import utils

from jobs_api.alerts.channel import Channel

SECRET = "whsec_" + "c2VjcmV0" * 4
S3CRET = "s3cret-value"
MAIL = {"TYPE": "mail", "TO": ["ops@example.com"], "FROM": "jobs@example.com"}
HOOK = {"TYPE": "webhook", "URL": f"https://hooks.example.com/{S3CRET}", "SECRET": SECRET}
CHAT = {"TYPE": "apprise", "URL": f"json://user:{S3CRET}@chat.example.com/"}


@pytest.fixture
def check(settings, declare):
    declare("report_daily", owner="data", tags=("money",))

    def found(alerts, **keys):
        settings.JOBS_API = {"BASE_URL": "https://shop.example.com", **keys, "ALERTS": alerts}
        messages = [each for each in run_checks(tags=["jobs_api"]) if each.id[10:12] == "07"]
        for each in messages:
            assert each.hint
            shown = f"{each.msg} {each.hint}"
            assert S3CRET not in shown
            assert SECRET not in shown
            assert each.is_serious(40) == each.id.startswith("jobs_api.E")
        return {each.id.removeprefix("jobs_api."): (each.msg, each.hint) for each in messages}

    return found


def of(channel, **more):
    return {"CHANNELS": {"ops": channel, **more}}


@pytest.mark.parametrize(
    "alerts",
    [
        {},
        {"CHANNELS": {}},
        of(MAIL),
        of(HOOK),
        of(CHAT),
        of({**CHAT, "URLS": ["slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/"]}),
        of({**MAIL, "JOBS": ["report_*"], "KINDS": ["late"]}, rest=MAIL),
        of({**HOOK, "SECRET": f"{SECRET}, {SECRET}"}),
        {"CHANNELS": {"ops": MAIL}, "REMIND_SECONDS": None, "EXPIRY_DAYS": 7, "SLOW_FACTOR": 1.5},
    ],
    ids=range(9),
)
def test_what_is_right_is_not_told_of(check, alerts):
    assert check(alerts) == {}


WRONG = [
    ({"CHANELS": {}}, "E070", "ALERTS has no key 'CHANELS'.", "Did you mean 'CHANNELS'?"),
    ({"remind_seconds": 5}, "E070", "no key 'remind_seconds'", "Did you mean 'REMIND_SECONDS'?"),
    ({"COLOUR": 5}, "E070", "no key 'COLOUR'", "Use one of CHANNELS, REMIND_SECONDS"),
    ({"CHANNELS": ["mail"]}, "E071", "ALERTS['CHANNELS'] is not a dictionary", "Such as"),
    (of("mail"), "E071", "channel 'ops' is not a dictionary", "Such as"),
    ({"CHANNELS": {"on call": MAIL}}, "E071", "channel 'on call': the name is not a valid slug", "letters"),
    ({"CHANNELS": {"x" * 51: MAIL}}, "E071", "not a valid slug", "at most 50"),
    ({"CHANNELS": {5: MAIL}}, "E071", "channel 5: the name is not a valid slug", "letters"),
    ({"REMIND_SECONDS": 0}, "E072", "ALERTS['REMIND_SECONDS'] is not a number above 0", "None: never"),
    ({"EXPIRY_DAYS": "14"}, "E072", "ALERTS['EXPIRY_DAYS'] is not a number above 0", "14 is the default"),
    ({"SLOW_FACTOR": True}, "E072", "ALERTS['SLOW_FACTOR']", "2 is the default"),
    ({"SUMMARY_FROM": None}, "E072", "ALERTS['SUMMARY_FROM']", "10 is the default"),
    (of({"TO": ["a@b.example"]}), "E073", "channel 'ops': it has no TYPE", "'apprise', 'mail', 'webhook'"),
    (of({"TYPE": "mial"}), "E073", "the type 'mial' does not exist", "'apprise', 'mail', 'webhook'"),
    (of({"TYPE": "slack://s3cret"}), "E073", "the type 'slack://***' does not exist", "'apprise', 'mail'"),
    (of({"TYPE": "https://hooks.example.com/s3cret"}), "E073", "'https://***' cannot be loaded", "path"),
    (of({"TYPE": 5}), "E073", "it has no TYPE", "One of"),
    (of({"TYPE": "acme.alerts.Pager"}), "E073", "cannot be loaded (ModuleNotFoundError)", "correct the path"),
    (of({"TYPE": "os.path.join"}), "E073", "is not a Channel", "jobs_api.alerts.channel.Channel"),
    (of({**MAIL, "JOBS": "report_*"}), "E074", "JOBS is not a list of texts", '["report_*"]'),
    (of({**MAIL, "TAGS": []}), "E074", "TAGS is not a list of texts", "leave it out"),
    (of({**MAIL, "OWNERS": [5]}), "E074", "OWNERS is not a list of texts", '["data team"]'),
    (of({**MAIL, "KINDS": ["faild"]}), "E074", "KINDS has 'faild', which does not exist", "'failed'"),
    (of({**MAIL, "SEVERITIES": ["ERROR"]}), "E074", "SEVERITIES has 'ERROR'", "Use one of error, warning."),
    (of({**MAIL, "TOO": ["x"]}), "E075", "channel 'ops': it has no key 'TOO'", "Did you mean 'TO'?"),
    (of({**MAIL, "KIND": ["x"]}), "E075", "it has no key 'KIND'", "Did you mean 'KINDS'?"),
    (of({"TYPE": "mail"}), "E075", "TO is missing", "a list of texts"),
    (of({**MAIL, "TO": "ops@example.com"}), "E075", "TO is not a list of texts", "Put it into brackets"),
    (of({**MAIL, "TO": ["ops"]}), "E075", "TO has 'ops', which is not a mail address", "ops@example.com"),
    (of({**MAIL, "TO": ["a@b.example\nBcc: c@d.example"]}), "E075", "not a mail address", "ops@example.com"),
    (of({**MAIL, "FROM": "Jobs"}), "E075", "FROM has 'Jobs'", "ops@example.com"),
    (of({**HOOK, "URL": 5}), "E075", "URL is not a text", "Put it into quotes"),
    (of({**HOOK, "URL": ""}), "E075", "URL is empty", "a text"),
    (of({**HOOK, "URL": None}), "E075", "URL is empty", "a text"),
    (of({**HOOK, "URL": f"ftp://x/{S3CRET}"}), "E075", "neither http nor https", "https://"),
    (of({**HOOK, "URL": f"hooks/{S3CRET}"}), "E075", "URL is not valid", "https://"),
    (of({**HOOK, "SECRET": S3CRET}), "E075", "SECRET is not whsec_", "secrets.token_bytes"),
    (of({**HOOK, "SECRET": "whsec_dGlueQ=="}), "E075", "base64 of 24 to 64 bytes", "token_bytes"),
    (of({**HOOK, "SECRET": f"{SECRET},{S3CRET}"}), "E075", "SECRET is not", "rotate"),
    (of({**HOOK, "SECRET": " , "}), "E075", "SECRET is empty", "Make one with"),
    (of({"TYPE": "apprise"}), "E075", "neither URL nor URLS", "env("),
    (of({**CHAT, "URL": f"klingon://{S3CRET}"}), "E075", "the URL is not one that apprise knows", "slack://"),
    (of({**CHAT, "URL": S3CRET}), "E075", "the URL is not one that apprise knows", "slack://"),
    (of({**CHAT, "URLS": [f"nope://{S3CRET}"]}), "E075", "URL number 2 is not", "slack://"),
    (of({**MAIL, "JOBS": ["reprot_*"]}, rest=MAIL), "W070", "no job has the name 'reprot_*'", "JOBS"),
    (of({**MAIL, "JOBS": ["!sinc"]}, rest=MAIL), "W070", "no job has the name '!sinc'", "JOBS"),
    (of({**MAIL, "TAGS": ["mony"]}, rest=MAIL), "W070", "no job has the tag 'mony'", "TAGS"),
    (of({**MAIL, "OWNERS": ["dta"]}, rest=MAIL), "W070", "no job has the owner 'dta'", "OWNERS"),
    (
        of({**MAIL, "SEVERITIES": ["warning"], "KINDS": ["failed"]}, rest=MAIL),
        "W070",
        "it never hears of anything",
        "loosen one",
    ),
    (of({**HOOK, "URL": f"http://x.example/{S3CRET}"}), "W071", "URL is http", "Use https."),
    (of({**MAIL, "JOBS": ["report_*"]}), "W072", "source_silent and token_expiring", "every job"),
    (
        of({**MAIL, "JOBS": ["report_*"], "KINDS": ["failed", "source_silent"]}),
        "W072",
        "hears of token_expiring,",
        "every job",
    ),
]


@pytest.mark.parametrize(("alerts", "number", "text", "hint"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_told_with_its_remedy(check, alerts, number, text, hint):
    found = check(alerts)
    assert number in found
    assert text in found[number][0]
    assert hint in found[number][1]
    assert [key for key in found if key != number and key[0] == "E"] == []


def test_a_channel_that_is_wrong_hides_no_other(check, settings, declare):
    found = check({"CHANNELS": {"a": {"TYPE": "mial"}, "b": {**MAIL, "TO": "x"}}})
    assert {"E073", "E075"} <= set(found)


def test_without_an_address_of_the_site_alerts_have_no_links(check):
    found = check(of(MAIL), BASE_URL="")
    assert list(found) == ["I070"]
    assert check({}, BASE_URL="") == {}


def test_mail_from_a_sender_that_nobody_has_set_is_warned_of(check, settings):
    settings.DEFAULT_FROM_EMAIL = "webmaster@localhost"
    sender = {key: value for key, value in MAIL.items() if key != "FROM"}
    assert "webmaster@localhost" in check(of(sender))["W071"][0]
    assert check(of(MAIL)) == {}


@pytest.mark.parametrize(
    ("backend", "does"),
    [
        ("console", "prints mail"),
        ("dummy", "drops mail"),
        ("filebased", "writes mail to files"),
        ("locmem", "keeps mail in memory"),
    ],
)
def test_a_mail_backend_that_sends_nothing_is_warned_of(check, settings, monkeypatch, backend, does):
    """Every alert would count as sent."""
    monkeypatch.delattr(utils._TestState, "saved_data")  # as in a server
    path = f"django.core.mail.backends.{backend}.EmailBackend"
    settings.EMAIL_BACKEND = path
    text, hint = check(of(MAIL))["W071"]
    assert does in text
    assert "nobody hears of it" in text
    assert "a backend that sends" in hint
    settings.MAILERS = {"default": {"BACKEND": path}}  # from Django 6.1 on
    assert does in check(of(MAIL))["W071"][0]


@pytest.mark.parametrize(
    "backend", ["django.core.mail.backends.smtp.EmailBackend", "anymail.console.Backend"]
)
def test_one_that_sends_is_not(check, settings, monkeypatch, backend):
    monkeypatch.delattr(utils._TestState, "saved_data")
    settings.EMAIL_BACKEND = backend
    assert check(of(MAIL)) == {}
    settings.MAILERS = {"default": {"BACKEND": backend}}
    assert check(of(MAIL)) == {}
    settings.MAILERS = {}
    assert check(of(MAIL)) == {}


def test_a_webhook_over_http_is_not_warned_of_on_a_persons_own_machine(check):
    assert check(of({**HOOK, "URL": "http://localhost:8000/"}), REQUIRE_HTTPS=False) == {}


def test_apprise_that_is_not_installed_is_an_error_with_the_line_that_installs_it(check, monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    monkeypatch.setattr("jobs_api.alerts.channels.apprise.find_spec", lambda name: None)
    text, hint = check(of(CHAT))["E075"]
    assert "apprise is not installed" in text
    assert 'pip install "django-jobs-api[apprise]"' in hint


# -- a channel of the host ----------------------------------------------------------------------


class Pager(Channel):
    options = {"NUMBER": str, "LEVEL": int, "LOUD": bool, "FACTOR": float, "MORE": dict}
    required = ("NUMBER",)

    def faults(self, options):
        if options["NUMBER"] == "raises":
            raise KeyError(options["NUMBER"])
        if not options["NUMBER"].isdigit():
            yield "NUMBER is not a number", "Such as 112."

    def send(self, message, options, *, seconds):
        pass


pager = Pager()
PAGER = {"TYPE": f"{__name__}.Pager", "NUMBER": "112"}


@pytest.mark.parametrize("kind", ["Pager", "pager"])
def test_a_host_brings_its_own_as_a_class_or_an_object(check, kind):
    assert check(of({**PAGER, "TYPE": f"{__name__}.{kind}"})) == {}


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"NUMBER": "x"}, "NUMBER is not a number"),
        ({"NUMBER": ""}, "NUMBER is empty"),
        ({"NUMBER": "raises"}, "its check raised KeyError"),
        ({"LEVEL": "1"}, "LEVEL is not a whole number"),
        ({"LEVEL": True}, "LEVEL is not a whole number"),
        ({"FACTOR": "1"}, "FACTOR is not a number"),
        ({"LOUD": 1}, "LOUD is not True or False"),
        ({"MORE": []}, "MORE is not a dictionary"),
    ],
)
def test_its_options_are_checked_as_ours_are(check, options, text):
    assert text in check(of({**PAGER, **options}))["E075"][0]
