"""The scheduled time that a caller passes on takes the place of `now`, by whatever entrance it comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

import jobs_api
from jobs_api.models import JobRun
from tests.jobs_api.management.calling import manage

pytestmark = pytest.mark.django_db

DAY = timezone.now().replace(hour=3, minute=0, second=0, microsecond=0) - timedelta(days=3)
AT = DAY + timedelta(hours=2)
"""The newest slot at that time is DAY."""
CLOUD = {"X-CloudScheduler": "true", "X-CloudScheduler-ScheduleTime": (DAY - timedelta(days=1)).isoformat()}


@pytest.fixture(autouse=True)
def _nightly(declare, toy):
    toy(lambda command, **options: None)
    declare()


def by_query(api, text):
    return api("POST", f"/api/jobs/nightly/run?scheduled_at={text.replace('+', '%2B')}")


def by_query_with_a_space(api, text):
    return api("POST", f"/api/jobs/nightly/run?scheduled_at={text}")


def by_header(api, text):
    return api("POST", "/api/jobs/nightly/run", headers={"Jobs-Scheduled-At": text})


def by_command(api, text):
    return manage("jobs_run", "nightly", "--scheduled-at", text)


def by_python(api, text):
    return jobs_api.trigger("nightly", scheduled_at=text)


WAYS = [by_query, by_query_with_a_space, by_header, by_command, by_python]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Asia/Kathmandu")], ids=["utc", "kathmandu"])
def test_the_slot_is_the_newest_one_at_that_time(api, way, zone):
    way(api, AT.astimezone(zone).isoformat())
    run = JobRun.objects.get()
    assert (run.run_date, run.note[:24]) == (DAY, f"scheduled for {AT.astimezone(zone).date()}")


FUTURE = (timezone.now() + timedelta(days=1)).isoformat()
IGNORED = {
    "words": ("soon", "unreadable"),
    "no offset": ("2026-11-20T03:00:00", "unreadable"),
    "a number": ("1", "unreadable"),
    "in the future": (FUTURE, "in the future"),
}


@pytest.mark.parametrize("way", [by_query, by_header, by_command, by_python])
@pytest.mark.parametrize(("text", "fault"), IGNORED.values(), ids=IGNORED)
def test_one_that_cannot_be_used_is_ignored_and_noted(api, way, text, fault):
    way(api, text)
    run = JobRun.objects.get()
    assert run.run_date > timezone.now() - timedelta(days=1, minutes=2)
    assert run.note == f"ignored the scheduled time {text!r}: {fault}"


def test_a_run_date_is_stronger(api):
    other = DAY - timedelta(days=2)
    by_query(api, f"{AT.isoformat()}&run_date={other.date()}")
    assert JobRun.objects.get().run_date == other


def test_the_query_is_stronger_than_the_header_and_the_header_than_a_platforms_own(api):
    older = (AT - timedelta(days=5)).isoformat()
    named = {**CLOUD, "Jobs-Scheduled-At": older}
    assert by_way(api, named) == DAY - timedelta(days=5)
    assert by_way(api, named, query=AT.isoformat()) == DAY
    assert by_way(api, CLOUD) == DAY - timedelta(days=1)


def by_way(api, headers, query=None):
    path = "/api/jobs/nightly/run" + ("" if query is None else f"?scheduled_at={query.replace('+', '%2B')}")
    return datetime.fromisoformat(api("POST", path, headers=headers).json()["run_date"])
