"""Every monitor: it gets the request that its vendor documents, and refuses in one line without a secret."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jobs_api import Job
from jobs_api.check_ins import monitors
from jobs_api.check_ins.monitor import CheckIn, MonitorError
from tests.conftest import NOON
from tests.jobs_api.check_ins.standins import SECRETS, Trouble, serving


def check_in(job=None, **fields):
    job = job or Job("nightly", schedule="0 3 * * *")
    return CheckIn(job, NOON, **{"attempt": 1, "at": NOON, **fields})


def failing(**fields):
    return check_in(
        reason="error", error="ValueError: boom", output=b"line 1\nline 2\n", seconds=1.5, **fields
    )


def begin(probe, told, **options):
    probe.monitor.begin(told, {**probe.options, **options}, seconds=10)


def end(probe, told, **options):
    probe.monitor.end(told, {**probe.options, **options}, seconds=10)


def test_each_is_tested_here(request):
    assert monitors.names() == ("cronitor", "healthchecks", "sentry")


def test_a_beginning_and_its_end_have_the_same_id(probe):
    begin(probe, check_in())
    end(probe, check_in(succeeded=True, seconds=2))
    began, ended = probe.heard()
    assert (began.what, ended.what) == ("start", "success")
    assert began.id == ended.id


def test_each_attempt_and_each_slot_has_an_id_of_its_own(probe):
    later = CheckIn(Job("nightly"), NOON + timedelta(days=1), 1, NOON)
    for told in (check_in(), check_in(attempt=2), later, check_in(Job("weekly"))):
        begin(probe, told)
    assert len({each.id for each in probe.heard()}) == 4


def test_a_failure_is_told(probe):
    end(probe, failing())
    assert probe.told() == ["fail"]


@pytest.mark.parametrize("name", ["Nightly_Report-2", "2024", "n" * 100])
def test_any_name_of_a_job_is_taken(probe, name):
    begin(probe, check_in(Job(name, schedule="@daily")))
    assert [each.key for each in probe.heard()] == [probe.monitor.key(name)]


def test_names_that_are_cut_stay_apart(probe):
    assert probe.monitor.key("n" * 99 + "a") != probe.monitor.key("n" * 99 + "b")


@pytest.mark.parametrize("output", [b"", b"\xff\xfe\x00\x1b[31m", "ü".encode() * 9000, b"x" * 300_000])
def test_any_output_is_taken(probe, output):
    end(probe, check_in(reason="error", error="ü" * 400, output=output))
    assert probe.told() == ["fail"]


TELLING = pytest.mark.parametrize("probe", ["cronitor", "healthchecks"], indirect=True)


@TELLING
def test_a_failure_comes_with_the_error_and_the_last_lines(probe):
    end(probe, failing(attempt=2))
    [told] = probe.heard()
    assert told.text == ("Attempt 2 for 2026-11-20T12:00:00+00:00: error. ValueError: boom\n\nline 1\nline 2")


@TELLING
def test_the_slot_is_told_in_the_zone_of_the_job(probe):
    end(probe, failing(job=Job("nightly", schedule="0 13 * * *", timezone="Europe/Berlin")))
    assert probe.heard()[0].text.startswith("Attempt 1 for 2026-11-20T13:00:00+01:00: error.")


@TELLING
def test_the_last_part_of_a_long_output_is_what_is_told(probe):
    end(probe, check_in(reason="error", error="boom", output=b"first\n" + b"x" * 20_000 + b"\nlast"))
    [told] = probe.heard()
    assert told.text.startswith("Attempt 1 ")
    assert told.text.endswith("\nlast")
    assert "first" not in told.text


@TELLING
def test_nothing_that_the_command_wrote_or_raised_leaves_if_output_is_off(probe):
    end(probe, failing(), OUTPUT=False)
    [told] = probe.heard()
    assert told.text == "Attempt 1 for 2026-11-20T12:00:00+00:00: error."


def refuses(status, text="", **headers):
    return lambda: Trouble(status, text, **headers)


REFUSALS = {
    "an error": (refuses(500, "the key is wrong"), "it answered 500", True),
    "too many": (refuses(429, **{"Retry-After": "7"}), "it answered 429: too many ", True),
    "not known": (refuses(404), "it answered 404: it knows no such ", False),
    "a redirect": (refuses(302, Location="http://127.0.0.1/"), "a redirect (302)", True),
    "another site": (refuses(200, "<html>Log in</html>"), "it answered 200, but not as ", False),
    "an address that hangs": (lambda: Trouble(hangs=True), "no answer within", True),
}


@TELLING
@pytest.mark.parametrize(("server", "says", "again"), REFUSALS.values(), ids=REFUSALS)
def test_what_it_did_not_take_is_an_error_without_secrets(probe, server, says, again):
    seconds = 0.2 if "no answer" in says else 10
    with serving(server()) as trouble, pytest.raises(MonitorError) as raised:
        probe.monitor.begin(check_in(), {**probe.options, "URL": trouble.url}, seconds=seconds)
    error = raised.value
    assert says in str(error)
    assert (error.again, error.after) == (again, 7 if "429" in says else 0)
    assert not any(secret in str(error) for secret in (*SECRETS, "127.0.0.1"))
    assert error.__cause__ is None
