"""Why a job is red: what its banners say, and which orders they offer."""

from __future__ import annotations

import pytest

from jobs_api.dashboard.job_page import trouble
from jobs_api.dashboard.job_page.banner import Known
from jobs_api.dashboard.overview.lines import Line
from jobs_api.models import JobDeclaration, JobPause
from jobs_api.runs.hosts import Difference
from tests.conftest import NOON, stored_run
from tests.jobs_api.dashboard.job_page.conftest import DAY, HOUR, LATER, MINUTE, VIEWER, hourly, read

pytestmark = pytest.mark.django_db
ERROR = {"state": "failed", "reason": "error", "error": "ReadTimeout: api.example", "tries": 3}


def known_of(job, at=LATER):
    facts = read(job, at=at)
    return Known(facts.report, facts.cells, facts.days, facts.differences, VIEWER)


def told(job, at=LATER):
    """Each banner in a line."""
    made = trouble.banners(known_of(job, at))
    return [" ".join(filter(None, (each.head, each.before, each.error, each.after))) for each in made]


def test_a_job_that_is_well_has_no_banner(known):
    job = known()
    hourly(job, 30)
    assert told(job) == []
    assert Line.of(read(job).report, LATER).state == "ok"


def test_failing_says_since_when_what_and_when_it_last_went_well(known):
    job = known(since=NOON - 4 * HOUR)
    for hours, fields in enumerate([ERROR, {"state": "skipped"}, ERROR, {}, ERROR]):
        stored_run(job, NOON - hours * HOUR, **fields)
    (line,) = told(job)
    assert line == (
        "Failing for 2 h 20 m. Slots 10:00 and 12:00 failed after 3 tries each: "
        "ReadTimeout: api.example Last success: 09:00."
    )
    (banner,) = trouble.banners(known_of(job))
    assert [act.label for act in banner.acts] == ["Open last run", "Rerun 2 failed"]
    assert banner.acts[1].url.startswith("/dashboard/bulk/?action=rerun&run=")


@pytest.mark.parametrize(
    ("failed", "since", "says"),
    [
        (1, 5, "Slot 12:00 failed after 3 tries: ReadTimeout: api.example Last success: 11:00."),
        (4, 5, "4 slots have failed since 09:00: ReadTimeout: api.example Last success: 08:00."),
        (60, 60, "At least 50 slots have failed, since Wed 18 Nov 11:00 or before:"),
    ],
)
def test_many_failures_are_told_by_their_number(known, failed, since, says):
    job = known(since=NOON - (since - 1) * HOUR)
    hourly(job, failed, **ERROR)
    for hours in range(failed, since):
        stored_run(job, NOON - hours * HOUR)
    (line,) = told(job)
    assert says in line


def test_the_last_success_is_told_by_its_day_where_it_is_long_ago(known):
    job = known()
    stored_run(job, NOON - 4 * DAY)
    hourly(job, 60, **ERROR)
    assert told(job)[0].endswith("Last success: on Mon 16 Nov 2026.")


def test_a_missed_slot_is_told_also_when_a_later_one_has_run(known):
    job = known(catch_up="none", grace=600)
    stored_run(job, NOON - 2 * HOUR)
    assert told(job) == [
        (
            "Missed. Slot 12:00 got no call within its grace of 10 m. "
            "49 of the last 50 slots were missed. It does not catch up."
        )
    ]
    for hours in range(48):
        if hours not in (1, 2):
            stored_run(job, NOON - hours * HOUR)
    assert told(job) == [
        "Missed, and over. Slot 11:00 of the last 24 hours got no call within its grace; a later one has run."
    ]


def test_late_is_no_failure_and_says_until_when(known):
    job = known(since=NOON - HOUR)
    stored_run(job, NOON - HOUR)
    assert told(job) == [
        "Late. Slot 12:00 is due for 20 m and nobody has called. It counts as missed at 12:30."
    ]
    assert Line.of(read(job).report, LATER).state == "late"


def test_overdue_says_how_far_it_is_over(known):
    job = known(timeout=600, since=NOON)
    stored_run(job, NOON, state="running", lease_expires_at=LATER + HOUR)
    assert told(job) == [
        "Overdue. Attempt 1 of slot 12:00 runs since 12:00; its timeout of 10 m passed 10 m ago."
    ]
    (banner,) = trouble.banners(known_of(job))
    assert [act.label for act in banner.acts] == ["Open run", "Cancel run"]


@pytest.mark.parametrize(
    ("until", "reason", "says"),
    [
        (None, "", "until somebody resumes it. No reason was given."),
        (NOON + 5 * HOUR, "Bank\nholiday <b>", "until 17:00. Reason: Bank holiday <b>"),
    ],
)
def test_a_pause_says_who_until_when_and_why(known, until, reason, says):
    job = known(since=NOON - HOUR)
    stored_run(job, NOON - HOUR)
    JobPause.objects.create(
        job_name=job.name, started_at=NOON - HOUR / 2, until=until, actor="jon", comment=reason
    )
    assert told(job) == [f"Paused. By jon since 11:30, {says}"]


def test_a_job_that_the_database_does_not_know_says_so(known):
    job = known()
    stored_run(job, NOON)
    JobDeclaration.objects.update(schedule="1 1 1 1 1")
    assert told(job)[0].startswith("Not known yet. The database does not know this job")


def test_a_run_that_nobody_starts_is_told(known):
    job = known(since=NOON, executor="celery", grace=60)
    run = stored_run(
        job, NOON, state="claimed", claimed_at=NOON, started_at=None, lease_expires_at=LATER + HOUR
    )
    assert told(job) == ["Not started. Slot 12:00 waits for a process that runs it for 20 m."]
    (banner,) = trouble.banners(known_of(job))
    assert banner.acts[0].url.endswith(f"/runs/{run.pk}/")


def test_hosts_that_declare_it_differently_are_named(known):
    job = known(since=NOON - MINUTE)
    stored_run(job, NOON)
    facts = read(job)
    different = [Difference("web-2\n", job.name, "5 * * * * UTC", "0 * * * * UTC")]
    made = trouble.banners(Known(facts.report, facts.cells, facts.days, different, VIEWER))
    assert made[0].before == "web-2 has “5 * * * * UTC”, this host “0 * * * * UTC”."
