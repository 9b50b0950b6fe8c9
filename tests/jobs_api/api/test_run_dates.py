"""Which slot a trigger means when it says so: in the body, in the query, in both."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from jobs_api.models import JobRun
from tests.conftest import stored_run

pytestmark = pytest.mark.django_db

RUN = "/api/jobs/nightly/run"
DAY: date = timezone.now().date() - timedelta(days=3)
SLOT = datetime(DAY.year, DAY.month, DAY.day, 3, tzinfo=UTC)
KATHMANDU = f"{DAY}T08:45:00+05:45"
"""The same instant."""


@pytest.fixture(autouse=True)
def _nightly(declare):
    declare(schedule="0 3 * * *")


SAME = {
    "body": (f"{DAY}T03:00:00+00:00", None),
    "query": (None, f"{DAY}T03:00:00Z"),
    "both": (f"{DAY}T03:00:00Z", f"{DAY}T03:00:00Z"),
    "another-offset": (f"{DAY}T03:00:00Z", KATHMANDU.replace("+", "%2B")),
    "date-and-instant": (f"{DAY}", f"{DAY}T03:00:00Z"),
    "plus-became-space": (None, KATHMANDU),
    "space-in-the-body": (KATHMANDU.replace("+", " "), None),
    "date": (None, f"{DAY}"),
}


@pytest.mark.parametrize(("in_body", "in_query"), SAME.values(), ids=SAME.keys())
def test_a_named_slot_is_run(api, in_body, in_query):
    query = "" if in_query is None else f"?run_date={in_query}"
    body = {} if in_body is None else {"run_date": in_body}
    response = api("POST", RUN + query, json=body)
    assert (response.status_code, response.json()["run_date"]) == (200, SLOT.isoformat())
    assert JobRun.objects.get().run_date == SLOT


@pytest.mark.parametrize("in_query", [f"{DAY - timedelta(days=1)}", f"{DAY - timedelta(days=1)}T03:00:00Z"])
def test_two_different_run_dates_are_422(api, in_query):
    response = api("POST", f"{RUN}?run_date={in_query}", json={"run_date": f"{DAY}"})
    assert response.status_code == 422
    assert "run_date" in response.json()["detail"]
    assert not JobRun.objects.exists()


REFUSED = {
    "naive": (f"{DAY}T03:00:00", "UTC"),
    "no-slot": (f"{DAY}T03:01:00Z", f"{DAY}T03:00:00+00:00"),
    "no-slot-names-the-next": (f"{DAY}T03:01:00Z", f"{DAY + timedelta(days=1)}T03:00:00+00:00"),
    "future": (f"{timezone.now().year + 1}-01-01T03:00:00Z", "future"),
    "far-future": ("9999-12-31T23:59:59-12:00", "9997"),
    "far-past": ("0001-01-01T00:00:00+14:00", "1970"),
    "words": ("now", "offset"),
    "unix-time": ("1700000000", "offset"),
}


@pytest.mark.parametrize("where", ["body", "query"])
@pytest.mark.parametrize(("text", "named"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_slot_is_422_and_says_what_would_be_one(api, where, text, named):
    sent = {"json": {"run_date": text}} if where == "body" else {}
    response = api("POST", RUN if sent else f"{RUN}?run_date={text}", **sent)
    assert response.status_code == 422
    assert named in response.json()["detail"]
    assert not JobRun.objects.exists()


def test_a_date_with_several_slots_names_them(api, declare):
    declare("often", schedule="0 3,15 * * *")
    detail = api("POST", f"/api/jobs/often/run?run_date={DAY}").json()["detail"]
    assert f"{DAY}T03:00:00+00:00" in detail
    assert f"{DAY}T15:00:00+00:00" in detail


def test_a_job_on_demand_takes_any_past_instant_as_its_callers_key(api, declare):
    declare("manual", schedule=None)
    outcomes = [
        api("POST", "/api/jobs/manual/run", json={"run_date": f"{DAY}T10:11:12.{micro}Z"}).json()["outcome"]
        for micro in ("000001", "000001", "000002")
    ]
    assert outcomes == ["succeeded", "already_succeeded", "succeeded"]


def test_an_explicit_slot_older_than_expires_is_expired(api, declare):
    declare("fresh", expires=3600)
    assert api("POST", f"/api/jobs/fresh/run?run_date={DAY}").json()["outcome"] == "expired"


def test_a_slot_older_than_the_retention_is_expired_even_if_forced(api, declare, settings):
    settings.JOBS_API = {**settings.JOBS_API, "RETENTION_DAYS": 2}
    assert api("POST", f"{RUN}?run_date={DAY}").json()["outcome"] == "expired"
    assert not JobRun.objects.exists()


def test_a_redelivery_for_an_older_slot_does_not_touch_the_newest(api, declare):
    old = stored_run(declare(), SLOT)
    assert api("POST", f"{RUN}?run_date={DAY}").json()["run"]["id"] == old.pk
    assert api("POST", RUN).json()["outcome"] == "succeeded"
    assert JobRun.objects.count() == 2
