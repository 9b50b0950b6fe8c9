"""`jobs_alerts check-in` sets monitors up, and shows how check-ins go."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from jobs_api import Job, registry
from jobs_api.check_ins import defining, standing
from jobs_api.models import TriggerSource
from tests.conftest import NOON
from tests.databases import ONE_DATABASE
from tests.jobs_api.check_ins.standins import API_KEY, PING_KEY, Trouble, serving

pytestmark = [pytest.mark.django_db, ONE_DATABASE]


def says(*words):
    """What it prints."""
    out = io.StringIO()
    call_command("jobs_alerts", "check-in", *words, stdout=out)
    said = out.getvalue()
    assert PING_KEY not in said
    assert API_KEY not in said
    return said


def seen_to_call(every):
    now = timezone.now()
    TriggerSource.objects.create(
        source="crontab", first_at=now - timedelta(days=3), last_at=now, calls=9, gap=every.total_seconds()
    )


def test_without_monitors_it_says_what_to_write(configure):
    configure()
    said = says()
    assert 'Write JOBS_API["CHECK_INS"] = {"DEAD_MAN": "https://..."}' in said
    assert "not configured: nobody notices if nothing calls any more" in said


def test_it_shows_how_check_ins_go_and_what_to_expect(configure):
    seen_to_call(timedelta(minutes=4, seconds=40))
    configure(HEALTHCHECKS={"PING_KEY": PING_KEY}, DEAD_MAN="https://hc-ping.com/x")
    standing.failed("healthchecks", "it answered 404", times=3, at=NOON)
    said = says()
    assert "healthchecks" in said
    assert "it answered 404" in said
    assert "5 min: expect a ping so often" in said
    assert "10 min: then report it" in said
    shown = json.loads(says("--json"))
    assert shown["dead_man"] == {"configured": True, "period_seconds": 300, "grace_seconds": 600}
    assert shown["monitors"][0]["failures"] == 3


def test_what_is_wrong_with_a_monitor_is_shown_beside_how_it_goes(configure):
    """An address that cannot be called is configured, and of no use."""
    configure(HEALTHCHECKS={"PING_KEY": ""}, DEAD_MAN="hc-ping.com/x")
    standing.succeeded("dead_man", at=NOON)
    said = says()
    assert "JOBS_API['CHECK_INS']['DEAD_MAN']: the URL is not valid." in said
    assert "JOBS_API['CHECK_INS']['HEALTHCHECKS'] has no PING_KEY." in said
    assert len(json.loads(says("--json"))["problems"]) == 2


def test_who_has_called_twice_by_hand_gives_no_period(configure):
    """Two commands within a second proposed one minute: a monitor would report each quiet hour."""
    configure()
    now = timezone.now()
    times = {"first_at": now - timedelta(minutes=50), "last_at": now}
    TriggerSource.objects.create(source="", actor="ana", calls=2, gap=1.0, **times)
    assert "run-due every five minutes: --period 300" in says()
    seen_to_call(timedelta(minutes=5))
    assert "5 min: expect a ping so often" in says()


@pytest.mark.parametrize(("period", "grace"), [(1, 5), (10, 20), (60, 120)])
def test_one_call_may_be_lost_before_somebody_is_woken(period, grace):
    assert defining.grace_of(timedelta(minutes=period)) == timedelta(minutes=grace)


def test_it_creates_what_each_monitor_has_to_know(configure, declare, healthchecks, cronitor):
    declare("nightly")
    declare("adhoc", schedule=None)
    configure(**healthchecks.setting, **cronitor.setting)
    said = says("--create", "--period", "300")
    assert set(healthchecks.server.checks) == {"nightly", defining.DEAD_MAN_SLUG}
    assert set(cronitor.server.monitors) == {"nightly"}
    switch = healthchecks.server.checks[defining.DEAD_MAN_SLUG]
    assert (switch["timeout"], switch["grace"]) == (300, 600)
    assert f"and keep it secret: {switch['ping_url']}" in said


def test_it_changes_what_is_there(configure, declare, healthchecks):
    configure(**healthchecks.setting, DEAD_MAN="https://hc-ping.com/x")
    for schedule, done in (("0 3 * * *", "created"), ("0 4 * * *", "updated")):
        with registry.override(Job("nightly", schedule=schedule)):
            assert done in says("--create")
    assert healthchecks.server.checks["nightly"]["schedule"] == "0 4 * * *"


def test_it_asks_for_the_period_that_it_does_not_know(configure, declare, healthchecks):
    declare()
    configure(**healthchecks.setting)
    assert "add --period SECONDS" in says("--create")


def test_what_a_monitor_refused_is_shown_and_the_status_says_so(configure, declare, healthchecks, capsys):
    declare()
    configure(
        HEALTHCHECKS={**healthchecks.options, "API_KEY": "another-key"}, DEAD_MAN="https://hc-ping.com/x"
    )
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("jobs_alerts", "check-in", "--create", stdout=out)
    assert ended.value.code == 1
    assert "it answered 401: it does not know this API_KEY, or it is read-only" in " ".join(
        out.getvalue().split()
    )
    assert "read-only" not in out.getvalue().split("it is")[0]


def test_it_pings_once_and_shows_the_answer(configure):
    with serving(Trouble(200, "OK")) as server:
        configure(DEAD_MAN=f"{server.url}/secret")
        assert says("--ping") == "The monitor answered: OK\n"
        assert len(server.seen) == 1


def test_a_ping_that_failed_is_an_error_without_the_address(configure):
    with serving(Trouble(404, "no /secret")) as server:
        configure(DEAD_MAN=f"{server.url}/secret")
        with pytest.raises(CommandError, match=r"The monitor took no ping: it answered 404\.") as raised:
            says("--ping")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(("words", "text"), [("--ping", "has no DEAD_MAN"), ("--create", "No monitor")])
def test_without_a_monitor_there_is_nothing_to_call_or_create(configure, words, text):
    configure()
    with pytest.raises(CommandError, match=text):
        says(words)


# -- where people look at the jobs --------------------------------------------------------------


@pytest.fixture
def failing(configure):
    """One monitor fails, and another works."""
    configure(HEALTHCHECKS={"PING_KEY": PING_KEY}, DEAD_MAN="https://hc-ping.com/x")
    standing.failed("healthchecks", "it answered 404", times=3, at=NOON)
    standing.succeeded("dead_man", at=NOON)


def test_the_list_of_jobs_says_which_monitor_takes_nothing(failing, declare):
    declare()
    out = io.StringIO()
    call_command("jobs_list", stdout=out)
    said = " ".join(out.getvalue().split())
    assert "The monitor healthchecks has taken no check-in since 2026-11-20" in said
    assert "it answered 404. See manage.py jobs_alerts check-in" in said
    assert "dead man" not in said


def test_so_does_the_health_which_stays_as_it_is(failing, declare, api):
    declare(schedule=None)
    answer = api("GET", "/api/health/jobs")
    assert answer.status_code == 200
    assert answer.json()["check_ins"] == [
        {
            "monitor": "healthchecks", "failing_since": "2026-11-20T12:00:00+00:00", "failures": 3,
            "reason": "it answered 404", "last_success": None,
        }
    ]  # fmt: skip
