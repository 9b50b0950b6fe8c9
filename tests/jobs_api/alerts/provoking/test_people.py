"""What people do about an incident, and what they hear of it then."""

from __future__ import annotations

import pytest

from jobs_api.models import Incident
from tests.jobs_api.alerts.provoking import days
from tests.jobs_api.alerts.provoking.conftest import once
from tests.jobs_api.management.calling import manage

pytestmark = [pytest.mark.django_db(transaction=True), once]


@pytest.fixture
def fails(declare, toy, api):
    """``fails("invoices")``: the only try of a slot has failed, or ended well."""
    for name in ("invoices", "reports"):
        declare(name, schedule=None, max_attempts=1)

    def run(name, day=1, *, fail=True):
        toy(lambda *_, **__: 1 / 0 if fail else None)
        status = api("POST", f"/api/jobs/{name}/run?run_date={days.day(day)}T00:00:00Z").status_code
        assert status == (500 if fail else 200)

    return run


def number(name):
    return Incident.objects.get(subject=name, closed_at=None).pk


def test_who_acknowledges_hears_no_reminder_and_who_does_not_does(fails, ops, after):
    fails("invoices")
    fails("reports")
    after()
    assert manage("jobs_alerts", "ack", number("invoices"), "--reason", "on it").code == 0
    after(hours=2)
    fails("invoices", day=2)  # a further failure is no news to who has taken it on
    after(hours=3.5)
    assert ops.told()[2:] == [("reminder", "failed", "reports")] * 2
    assert ", for 2 h" in ops.taken[2].data["text"]
    assert ops.taken[2].data["title"].startswith("Still failed (2 h): reports")
    fails("invoices", day=3, fail=False)
    after(hours=3.6)
    assert ops.told()[4:] == [("recovered", "failed", "invoices")]
    assert set(ops.times().values()) == {1}


def test_what_fails_while_it_is_muted_is_told_when_the_mute_ends(fails, ops, after):
    said = manage("jobs_alerts", "mute", "invo*", "--until", "3h", "--reason", "the bank moves")
    assert "Muted: " in said.out
    fails("invoices")
    fails("reports")
    after()
    after(hours=2.9)
    assert {each[2] for each in ops.told()} == {"reports"}
    assert "invoices" in manage("jobs_alerts").out, "it is recorded all the same"
    after(hours=3.1)
    assert ("opened", "failed", "invoices") in ops.told()
    assert ", for 3 h" in ops.taken[-1].data["text"]
