"""What is particular to one vendor: the whole request, and what is made of a declaration."""

from __future__ import annotations

import dataclasses

import pytest

from jobs_api import Job
from jobs_api.check_ins.monitor import CheckIn, MonitorError
from jobs_api.check_ins.notes import last_part
from jobs_api.check_ins.telling import told
from tests.conftest import NOON
from tests.jobs_api.check_ins.standins import API_KEY, PING_KEY
from tests.toys import sentry as sentry_toy

JOB = Job("Nightly", schedule="@daily", timezone="Europe/Berlin", grace=300, timeout=5400, tags=["pay roll"])
BEGUN = CheckIn(JOB, NOON, 1, NOON)
DONE = dataclasses.replace(BEGUN, succeeded=True, seconds=12.25)


def begin(probe, told=BEGUN, **options):
    probe.monitor.begin(told, {**probe.options, **options}, seconds=10)


def define(probe, job=JOB, **options):
    return probe.monitor.define(job, {**probe.options, **options}, at=NOON, seconds=10)


# -- Healthchecks -----------------------------------------------------------------------------


def test_a_ping_is_a_post_to_the_slug_with_the_id_of_the_attempt(healthchecks):
    begin(healthchecks)
    [asked] = healthchecks.server.seen
    assert (asked.method, asked.path) == ("POST", f"/{PING_KEY}/nightly/start")
    assert asked.query == {"rid": str(BEGUN.id), "create": "1"}
    assert asked.headers["user-agent"].startswith("jobs_api")


def test_a_check_is_made_by_its_first_ping_unless_that_is_off(healthchecks):
    with pytest.raises(MonitorError, match="it knows no such check"):
        begin(healthchecks, CREATE=False)
    begin(healthchecks)
    begin(healthchecks, CREATE=False)
    assert healthchecks.told() == ["start", "start"]


def test_a_self_hosted_address_may_have_a_path(healthchecks):
    with pytest.raises(MonitorError):  # the stand-in has none
        begin(healthchecks, URL=f"{healthchecks.server.url}/ping/")
    assert healthchecks.server.seen[0].path == f"/ping/{PING_KEY}/nightly/start"


def test_a_check_gets_schedule_zone_and_a_grace_that_covers_the_time_of_a_run(healthchecks):
    """Healthchecks counts it from the slot, and from a start: 300 s alone would report each long run."""
    assert define(healthchecks) == "created: 0 0 * * * in Europe/Berlin, grace 5700 s"
    check = healthchecks.server.checks["nightly"]
    declared = {
        "schedule": "0 0 * * *",
        "tz": "Europe/Berlin",
        "grace": 5700,
        "tags": "pay-roll",
        "name": "Nightly",
    }
    assert {name: check[name] for name in declared} == declared
    assert check["channels"] == "*"


def test_a_check_that_is_there_is_changed_and_keeps_its_integrations(healthchecks):
    begin(healthchecks)
    healthchecks.server.checks["nightly"]["channels"] = "the ops team"
    assert define(healthchecks).startswith("updated: ")
    check = healthchecks.server.checks["nightly"]
    assert (check["channels"], check["schedule"]) == ("the ops team", "0 0 * * *")
    assert "timeout" not in check


@pytest.mark.parametrize(
    ("job", "options", "says"),
    [
        (JOB, {"API_KEY": ""}, "has no API_KEY"),
        (JOB, {"API_KEY": "wrong"}, "it answered 401: it does not know this API_KEY, or it is read-only"),
        (Job("adhoc"), {}, "the job has no schedule"),
    ],
)
def test_a_check_that_cannot_be_made_says_why(healthchecks, job, options, says):
    with pytest.raises(MonitorError, match=says):
        define(healthchecks, job, **options)


# -- Cronitor ---------------------------------------------------------------------------------


def test_an_event_names_host_environment_and_duration(cronitor):
    cronitor.monitor.end(DONE, {**cronitor.options, "ENVIRONMENT": "staging"}, seconds=10)
    [(key, query)] = cronitor.server.events
    assert key == "Nightly"
    assert query.pop("host")
    assert query == {
        "state": "complete",
        "series": str(DONE.id),
        "metric": "duration:12.250",
        "env": "staging",
    }


def test_a_monitor_gets_schedule_zone_grace_and_the_time_of_a_run(cronitor):
    assert define(cronitor) == "set: 0 0 * * * in Europe/Berlin, grace 300 s, at most 90 min"
    assert cronitor.server.monitors["Nightly"] == {
        "key": "Nightly", "type": "job", "schedule": "0 0 * * *", "timezone": "Europe/Berlin",
        "grace_seconds": 300, "assertions": ["metric.duration < 90 minutes"],
    }  # fmt: skip


def test_a_monitor_of_a_job_on_demand_gets_no_schedule(cronitor):
    define(cronitor, Job("adhoc"))
    assert "schedule" not in cronitor.server.monitors["adhoc"]


def test_another_key_may_manage(cronitor):
    with pytest.raises(MonitorError, match="it answered 401: it does not know this key"):
        define(cronitor, API_KEY="for telemetry only")
    define(cronitor, API_KEY="for telemetry only", SDK_KEY=API_KEY)
    assert "Nightly" in cronitor.server.monitors


# -- secrets ----------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1500, 10_000])
def test_what_looks_like_a_secret_is_not_told(settings, most):
    secrets = f"postgres://shop:horse@db/shop TOKEN=horse {settings.CRON_SECRET} jobs_{'Ab' * 19}horse"
    failed = dataclasses.replace(DONE, succeeded=False, reason="error", error=f"ValueError: {secrets}")
    text = told(dataclasses.replace(failed, output=f"begin\n{secrets}\nend".encode()), most, with_output=True)
    assert "horse" not in text
    assert settings.CRON_SECRET not in text
    assert text.count("postgres://***@db/shop TOKEN=*** *** ***") == 2
    assert text.endswith("\nend")


def test_a_line_whose_beginning_is_cut_off_is_not_told():
    """A secret is known by the name before it, which may be what is cut off."""
    written = b"TOKEN=horse\n" + b"x" * 9_985 + b"\nthe end"
    output = last_part((b"", written, len(written)))
    failed = dataclasses.replace(DONE, succeeded=False, reason="exit", output=output)
    assert "horse" not in told(failed, 10_000, with_output=True)
    assert told(failed, 10_000, with_output=True).endswith("the end")


# -- Sentry -----------------------------------------------------------------------------------


def test_an_envelope_holds_the_check_in_and_the_monitor(sentry):
    sentry.monitor.begin(BEGUN, {"FAILURE_THRESHOLD": 2, "RECOVERY_THRESHOLD": 3}, seconds=10)
    sentry.monitor.end(DONE, {}, seconds=10)
    began, ended = sentry.payloads()
    config = {
        "schedule": {"type": "crontab", "value": "0 0 * * *"}, "timezone": "Europe/Berlin",
        "checkin_margin": 5, "max_runtime": 90,
    }  # fmt: skip
    assert began["monitor_config"] == {**config, "failure_issue_threshold": 2, "recovery_threshold": 3}
    assert (began["type"], began["environment"]) == ("check_in", "tests")
    assert (began["monitor_slug"], began["status"], began["duration"]) == ("nightly", "in_progress", None)
    assert (ended["status"], ended["duration"], ended["monitor_config"]) == ("ok", 12.25, config)


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(0, 1), (1, 1), (60, 1), (61, 2), (3600, 60), (10**8, 40320)]
)
def test_minutes_are_rounded_up_and_at_least_one(sentry, seconds, minutes):
    """Pain 36: a job that hangs looks healthy to a monitor that does not know how long it may take."""
    job = Job("nightly", schedule="0 3 * * *", grace=seconds, timeout=max(seconds, 1))
    config = sentry.monitor.config(CheckIn(job, NOON, 1, NOON), {})
    assert (config["checkin_margin"], config["max_runtime"]) == (minutes, minutes)


@pytest.mark.parametrize(("macro", "line"), [("@hourly", "0 * * * *"), ("@weekly", "0 0 * * 0")])
def test_a_macro_is_sent_as_the_line_that_it_stands_for(sentry, macro, line):
    config = sentry.monitor.config(CheckIn(Job("nightly", schedule=macro), NOON, 1, NOON), {})
    assert config["schedule"]["value"] == line


def test_a_job_without_schedule_brings_no_monitor(sentry):
    begin(sentry, CheckIn(Job("adhoc"), NOON, 1, NOON))
    assert "monitor_config" not in sentry.payloads()[0]


def test_without_sentry_nothing_is_sent_and_the_error_says_so(sentry):
    sentry_toy.end()
    with pytest.raises(MonitorError, match="sentry_sdk is not initialised"):
        begin(sentry)
    assert [text for text, _ in sentry.monitor.cautions({})] == ["sentry_sdk is not initialised here"]
    assert sentry.payloads() == []
