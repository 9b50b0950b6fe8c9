"""Which channel hears of which incident."""

import pytest

from jobs_api.alerts import settings as alert_settings
from jobs_api.alerts.kinds import KINDS


@pytest.fixture
def channel(settings):
    """``channel(JOBS=[...])``: the one channel, as it is read from the settings."""

    def one(**keys):
        settings.JOBS_API = {"ALERTS": {"CHANNELS": {"ops": {"TYPE": "mail", "TO": ["a@b.example"], **keys}}}}
        return alert_settings.channels()["ops"]

    return one


@pytest.fixture(autouse=True)
def jobs(declare):
    declare("report_daily", owner="data", tags=("money", "night"))
    declare("sync", owner="shop", tags=("night",))


HEARS = [
    ({}, "failed", "report_daily", True),
    ({}, "late", "report_daily", False),  # only for who asks for it
    ({"KINDS": ["late"]}, "late", "report_daily", True),
    ({"KINDS": ["late"]}, "failed", "report_daily", False),
    ({"SEVERITIES": ["error"]}, "failed", "report_daily", True),
    ({"SEVERITIES": ["error"]}, "slow", "report_daily", False),
    ({"SEVERITIES": ["warning"]}, "late", "report_daily", False),
    ({"SEVERITIES": ["warning"], "KINDS": ["late", "failed"]}, "late", "report_daily", True),
    ({"SEVERITIES": ["warning"], "KINDS": ["late", "failed"]}, "failed", "report_daily", False),
    ({"JOBS": ["report_*"]}, "failed", "report_daily", True),
    ({"JOBS": ["report_*"]}, "failed", "sync", False),
    ({"JOBS": ["REPORT_*"]}, "failed", "report_daily", False),
    ({"JOBS": ["report_*", "sync"]}, "failed", "sync", True),
    ({"JOBS": ["!report_*"]}, "failed", "report_daily", False),
    ({"JOBS": ["!report_*"]}, "failed", "sync", True),
    ({"JOBS": ["*", "!sync"]}, "failed", "sync", False),
    ({"TAGS": ["money"]}, "failed", "report_daily", True),
    ({"TAGS": ["money"]}, "failed", "sync", False),
    ({"TAGS": ["money", "night"]}, "failed", "sync", True),
    ({"OWNERS": ["data"]}, "failed", "report_daily", True),
    ({"OWNERS": ["data"]}, "failed", "sync", False),
    ({"OWNERS": ["data"], "TAGS": ["night"]}, "failed", "report_daily", True),
    ({"OWNERS": ["shop"], "TAGS": ["money"]}, "failed", "report_daily", False),  # each key narrows
    # A job that is not declared any more has a name, and nothing else.
    ({"JOBS": ["gone_*"]}, "failed", "gone_job", True),
    ({}, "failed", "gone_job", True),
    ({"TAGS": ["night"]}, "failed", "gone_job", False),
    ({"OWNERS": [""]}, "failed", "gone_job", True),
    # Sources and tokens are not jobs: who takes every job hears of them, and who names the kind.
    ({}, "source_silent", "", True),
    ({"JOBS": ["*"]}, "source_silent", "", False),
    ({"OWNERS": ["data"]}, "token_expiring", "", False),
    ({"JOBS": ["report_*"], "KINDS": ["failed", "source_silent"]}, "source_silent", "", True),
    ({"JOBS": ["report_*"], "KINDS": ["failed", "source_silent"]}, "token_expiring", "", False),
]


@pytest.mark.parametrize(("keys", "kind", "job", "hears"), HEARS)
def test_a_channel_hears_of_what_its_keys_say(channel, keys, kind, job, hears):
    assert alert_settings.wants(channel(**keys), kind, job) is hears


@pytest.mark.parametrize("kind", KINDS)
def test_a_channel_without_filters_hears_of_all_kinds_that_are_default(channel, kind):
    assert alert_settings.wants(channel(), kind, "sync") is KINDS[kind].default


@pytest.mark.parametrize("broken", ["report_*", 5, None, {"report_*": 1}])
def test_a_filter_that_cannot_be_read_filters_nothing(channel, broken):
    assert alert_settings.wants(channel(JOBS=broken), "failed", "sync")


# -- reading ----------------------------------------------------------------------------------


def test_without_the_setting_there_is_no_channel(settings):
    settings.JOBS_API = {}
    assert alert_settings.channels() == {}
    assert alert_settings.remind_seconds() == 4 * 3600


def test_the_options_of_a_channel_are_what_is_not_common(channel):
    found = channel(JOBS=["a"], KINDS=["failed"])
    assert found.type == "mail"
    assert found.options == {"TO": ["a@b.example"]}
    assert (found.jobs, found.kinds) == (("a",), ("failed",))


def test_a_channel_does_not_show_its_secrets(channel):
    assert "a@b.example" not in repr(channel())


@pytest.mark.parametrize("broken", [None, 5, "mail", [], {"TYPE": 5}, {}])
def test_a_channel_that_cannot_be_read_is_there_all_the_same(settings, broken):
    settings.JOBS_API = {"ALERTS": {"CHANNELS": {"bad": broken, "good": {"TYPE": "mail"}}}}
    found = alert_settings.channels()
    assert list(found) == ["bad", "good"]
    assert found["bad"].type == ""


@pytest.mark.parametrize("broken", [None, 5, "mail", ["mail"]])
def test_what_holds_no_channels_holds_none(settings, broken):
    settings.JOBS_API = {"ALERTS": {"CHANNELS": broken}}
    assert alert_settings.channels() == {}
    settings.JOBS_API = {"ALERTS": broken}
    assert alert_settings.channels() == {}
    assert alert_settings.remind_seconds() == 4 * 3600


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(60, 60), (0.5, 0.5), (None, None), (0, 14400), (-1, 14400), (True, 14400), ("60", 14400)],
)
def test_reminders_come_after_the_set_time_or_never(settings, value, seconds):
    settings.JOBS_API = {"ALERTS": {"REMIND_SECONDS": value}}
    assert alert_settings.remind_seconds() == seconds


@pytest.mark.parametrize(("value", "first"), [(1, 2), (2, 2), (0.5, 2), (10**9, 10**9)])
def test_one_message_is_never_a_summary(settings, value, first):
    settings.JOBS_API = {"ALERTS": {"SUMMARY_FROM": value}}
    assert alert_settings.summary_from() == first


def test_every_number_can_be_set(settings):
    settings.JOBS_API = {"ALERTS": dict.fromkeys(alert_settings.NUMBERS, 3)}
    assert alert_settings.expiry_days() == 3
    assert alert_settings.slow_factor() == 3
    assert alert_settings.summary_from() == 3
