"""What shows that alerts themselves are stuck, and what an operator reads at night.

Pain 17: nothing ran for days and nobody saw. That nothing is alive at all, only a monitor outside can tell:
`jobs_alerts check-in` sets it up.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from jobs_api import database
from jobs_api.alerts import background, outbox
from jobs_api.alerts.evaluating import evaluate
from jobs_api.models import AlertMessage, AlertTurn
from tests.jobs_api.alerts.provoking.receiver import BAD
from tests.jobs_api.execution.draining.server import eventually
from tests.jobs_api.management.calling import manage
from tests.toys.child.start import start

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = 60


@pytest.fixture
def failed(declare, api):
    """A job whose only try has failed."""
    job = declare("invoices", schedule=None, max_attempts=1, options={"fail": True})
    assert api("POST", "/api/jobs/invoices/run").status_code == 500
    return job


def alerts(api):
    response = api("GET", "/api/health/jobs")
    return response.json()["alerts"]


def test_a_channel_that_is_down_for_an_hour_is_named_everywhere(failed, ops, after, api):
    ops.behaves["ops"] = BAD["fails"]
    at = database.now()
    evaluate(now=at)
    for minute in range(HOUR + 1):
        outbox.deliver("ops", now=at + timedelta(minutes=minute))
    assert len(ops.asked) == 5, "at once, and after 1, 2, 5 and 15 minutes"
    [channel] = alerts(api)["channels"]
    assert (channel["channel"], channel["waiting"], channel["error"]) == ("ops", 1, "it answered 500")
    assert channel["failing_since"] == at.isoformat()
    listed = manage("jobs_list").out
    assert "The channel ops takes nothing, and 1 message waits since " in listed
    assert "it answered 500. Try it: manage.py jobs_alert_test ops" in listed
    assert "it answered 500" in manage("jobs_alerts", "channels").out
    assert manage("jobs_alert_test", "ops").code == 1
    ops.behaves.clear()
    after(hours=2)
    assert ops.told() == [("opened", "failed", "invoices")]
    assert alerts(api)["channels"] == []
    assert "takes nothing" not in manage("jobs_list").out


def test_a_setting_that_is_wrong_is_named_and_what_waits_for_it_arrives_when_it_is_right(
    failed, ops, after, api, settings
):
    right = settings.JOBS_API
    wrong = {"TYPE": "webhook", "URL": "hooks.example.com", "SECRET": "plain"}
    settings.JOBS_API = {**right, "ALERTS": {"CHANNELS": {"ops": wrong}}}
    after()
    [channel] = alerts(api)["channels"]
    assert channel["error"].endswith("`manage.py check` shows what to correct")
    assert "plain" not in str(channel)
    settings.JOBS_API = right
    after(minutes=5)
    assert ops.told() == [("opened", "failed", "invoices")]


def test_while_a_table_is_locked_evaluating_fails_in_time_and_later_it_is_told_once(failed, ops, after, api):
    seconds = 3 if connection.vendor == "postgresql" else 1  # there it takes its turn before it waits
    short = {"ALERTS": {"CHANNELS": ops.channels("ops")}, "DATABASE_SECONDS": seconds}
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE jobs_api_incident IN ACCESS EXCLUSIVE MODE")
        else:
            AlertTurn.objects.filter(pk=0).update(error="")  # SQLite has one lock for all tables
        process = start("jobs_alerts", "evaluate", jobs=[failed], jobs_api=short)
        said = process.communicate(timeout=60)
    assert process.returncode == 75, said
    assert "Traceback" not in said[1]
    if connection.vendor == "postgresql":  # its turn could be written down
        shown = alerts(api)
        assert (shown["stalled"], shown["error"]) == (True, "OperationalError")
        assert "Alerts have not been evaluated since" in manage("jobs_list").out
    after(minutes=3)
    assert ops.told() == [("opened", "failed", "invoices")]
    assert not alerts(api)["error"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_was_ended_is_replaced_when_something_happens_again(failed, ops, monkeypatch):
    background.evaluator.clear()
    background.evaluator.rest()  # in tests it sleeps for a day
    monkeypatch.setattr(background, "SOON", 0)
    monkeypatch.setattr(background, "AGAIN", 0.5)
    monkeypatch.setattr("jobs_api.alerts.evaluating.evaluate", _ends_the_thread)
    background.happened()
    first = background.evaluator.thread
    eventually(lambda: not first.is_alive())
    monkeypatch.setattr("jobs_api.alerts.evaluating.evaluate", evaluate)
    background.happened()
    eventually(lambda: ops.told() == [("opened", "failed", "invoices")])
    eventually(lambda: not AlertMessage.objects.filter(sent_at=None).exists())
    assert AlertTurn.objects.get().ended_at <= timezone.now()


def _ends_the_thread(**_):
    raise SystemExit
