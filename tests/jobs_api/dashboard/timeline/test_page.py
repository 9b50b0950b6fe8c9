"""The page of the timeline: what it shows, what its address says, and what it asks the database."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs_api.dashboard.plots.timeline import page, table
from jobs_api.models import JobDeclaration, JobPause, JobRun, State
from jobs_api.registry.job import Job
from tests.conftest import stored_run
from tests.databases import ONE_DATABASE
from tests.jobs_api.dashboard.people import PART, at, operator, reader

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
NOW = timezone.now().replace(minute=0, second=0, microsecond=0)
"""The last full hour: the pages have the time of the database."""
RARE = f"0 0 15 {(NOW.month + 5) % 12 + 1} *"
"""Due half a year from now, and before."""
EVIL = ("</title></svg><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}' onx=1 '")


@pytest.fixture
def job(declare):
    """Declares a job, which the database has known for a month."""

    def known(name: str = "nightly", **fields: Any) -> Job:
        made: Job = declare(name, **{"schedule": "0 * * * *", "timezone": "UTC", **fields})
        declared = (made.schedule or "", made.slots.timezone)
        JobDeclaration.objects.update_or_create(
            job_name=name, schedule=declared[0], timezone=declared[1], defaults={"since": NOW - 720 * HOUR}
        )
        return made

    return known


def ran(job: Job, hours: float, **fields: Any) -> JobRun:
    return stored_run(job, NOW - HOUR * hours, **fields)


def shown(query: str = "", client: Any = None, **headers: str) -> str:
    answer = (client or reader()).get(at("timeline") + query, headers=headers)
    assert answer.status_code == 200, answer
    text: str = answer.text
    return text


def window(hours: float = 30) -> str:
    """The query of a window that ends soon."""
    start, end = ((NOW + HOUR * each).strftime("%Y-%m-%dT%H:%MZ") for each in (-hours, 4))
    return f"?from={start}&to={end}"


def names(text: str) -> list[str]:
    return re.findall(r'<tr [^>]*id="job-([^"]*)"', text)


def test_each_run_is_a_link_to_it_and_no_stop_of_the_tab_key(job):
    run = ran(job(), 2)
    text = shown(window())
    link = re.search(rf'<a href="{re.escape(at("run", run.pk))}"([^>]*)><title>([^<]*)<', text)
    assert link is not None
    assert 'tabindex="-1"' in link[1]
    assert "Succeeded · 1.0 s" in link[2]


def test_what_happened_is_in_words_for_who_does_not_see_it(job):
    ran(job(), 2, state=State.FAILED, reason="error", error="ReadTimeout: stripe\nsecond line")
    text = shown(window(2))
    assert "Failed · 1.0 s · ReadTimeout: stripe<" in text
    assert "Failed 1, Missed" in text


def test_a_run_of_a_slot_before_the_window_that_lasts_into_it_is_shown(job):
    made = job(timeout=7200)
    before = ran(made, 7, finished_at=NOW - 5 * HOUR)
    over = ran(made, 8, finished_at=NOW - 7 * HOUR)
    text = shown(window(6))
    assert at("run", before.pk) in text
    assert at("run", over.pk) not in text


def test_a_run_that_is_held_for_days_is_shown_in_every_window_that_it_lasts_into(job):
    made = job(schedule="0 0 1 * *", timeout=3600)
    held = ran(made, 200, state=State.RUNNING, lease_expires_at=NOW + 9 * HOUR)
    text = shown(window(6))
    assert at("run", held.pk) in text
    assert "past its timeout" in text
    earlier = f"?from={(NOW - 300 * HOUR):%Y-%m-%dT%H:%MZ}&to={(NOW - 290 * HOUR):%Y-%m-%dT%H:%MZ}"
    assert at("run", held.pk) not in shown(earlier)
    assert names(shown(earlier + "&trouble=1")) == []


@ONE_DATABASE
def test_a_paused_job_says_until_when_and_one_without_a_slot_says_the_next(job):
    job("paused")
    job("rare", schedule=RARE)
    JobPause.objects.create(job_name="paused", started_at=NOW, until=NOW + 99 * HOUR, actor="ana")
    text = shown(window())
    assert "paused until" in text
    assert "next " in text


@ONE_DATABASE
def test_jobs_are_grouped_and_filtered_and_the_address_says_how(job):
    job("charge", tags=("billing", "nightly"), owner="payments")
    job("mailer", tags=("mail",), owner="growth")
    job("tagless", owner="payments")
    client = reader()
    assert names(shown(client=client)) == ["charge", "mailer", "tagless"]
    assert names(shown("?group=owner", client)) == ["mailer", "charge", "tagless"]
    assert "no tag" in shown(client=client)
    assert "no owner" not in shown("?group=none", client)
    assert names(shown("?q=PAYMENTS", client)) == ["charge", "tagless"]
    assert names(shown("?q=growth+mail", client)) == ["mailer"]
    assert names(shown("?tag=nightly", client)) == ["charge"]
    assert names(shown("?owner=payments&tag=billing", client)) == ["charge"]
    assert names(shown("?job=tagless", client)) == ["tagless"]


@ONE_DATABASE
def test_a_link_changes_one_thing_and_keeps_the_rest(job):
    job("charge", tags=("billing",))
    text = shown("?range=week&tag=billing&group=owner&tz=Asia/Kolkata")
    for changes in ("trouble=1", "view=table", "range=night"):
        (link,) = (href for href in re.findall(r'href="(\?[^"]*)"', text) if changes in href)
        assert "tag=billing" in link
        assert "group=owner" in link
        assert "tz=Asia%2FKolkata" in link


@ONE_DATABASE
def test_only_trouble_leaves_out_what_goes_well(job):
    well, bad = job("well", schedule=RARE), job("bad", schedule=RARE)
    ran(well, 2)
    ran(bad, 2, state=State.FAILED, reason="error")
    client = reader()
    assert names(shown(window() + "&trouble=1", client)) == ["bad"]
    assert re.search(r"\s1 job\s", shown(window() + "&trouble=1", client))
    assert "Nothing went wrong" in shown("?range=night&from=2020-01-01T00:00Z&trouble=1", client)


@ONE_DATABASE
@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("?q=<script>", "search “&lt;script&gt;”"),
        ("?tag=none", "tag “none”"),
        ("?owner=nobody&job=x", "owner “nobody”"),
    ],
)
def test_a_filter_that_finds_nothing_is_named(job, query, text):
    job()
    assert text in shown(query)


@ONE_DATABASE
def test_a_host_without_jobs_is_told_where_to_begin(declare):
    assert "No job is declared yet" in shown()


@ONE_DATABASE
@pytest.mark.parametrize(
    "query",
    [
        "?page=999999999999999999999",
        "?page=-1&group=<b>&view=x&trouble=2",
        "?page=٣",
        "?from=2026-01-01T00:00&to=x" + "y" * 4000,
        "?" + "&".join(f"tag={each}" for each in range(500)),
        "?q=%00&tag=%ff&job=%00",
        "?from=3000-01-01T00:00Z",
        "?range=week&from=1971-01-02T00:00Z",
    ],
)
def test_whatever_the_address_says_there_is_a_page(job, query):
    job()
    assert "<h1>" in shown(query)
    assert "<h1>" in shown(query + "&view=table", **PART)


@ONE_DATABASE
def test_a_time_without_a_zone_becomes_one_that_means_the_same_to_others(job):
    job()
    client = reader()
    client.cookies["jobs_tz"] = "Asia/Kolkata"
    answer = client.get(at("timeline") + "?from=2026-11-25T20:00&to=2026-11-26T08:00&tag=x")
    assert answer.status_code == 302
    assert answer["Location"] == "?tag=x&from=2026-11-25T14%3A30Z&to=2026-11-26T02%3A30Z"


@ONE_DATABASE
def test_what_a_job_or_a_run_is_called_is_text(job):
    for number, text in enumerate(EVIL):
        made = job(f"job-{number}", tags=(text,), owner=text, description=text)
        ran(made, 2 + number, state=State.FAILED, reason="error", error=text, source=text[:50])
    for query in ("", "&view=table", "&group=owner"):
        answer = shown(window() + query)
        assert not [text for text in EVIL if text in answer]
        assert not re.search(r"<script>|<img|<[^>]* on[a-z]+=", answer)


def test_the_table_has_the_runs_of_each_job_the_newest_first(job):
    made = job()
    ran(made, 3, source="eventbridge")
    failed = ran(made, 2, state=State.FAILED, reason="error", error="ReadTimeout")
    text = shown(window() + "&view=table")
    rows = re.findall(r'<tr role="row" id="slot-nightly-\d+".*?</tr>', text, re.DOTALL)
    told = [re.sub(r"\s*<[^>]*>\s*", " ", row) for row in rows]
    place = next(number for number, row in enumerate(told) if "Failed" in row)
    assert "Succeeded" in told[place + 1]
    assert "eventbridge" in told[place + 1]
    assert f"Run {failed.pk}" in told[place]
    assert "ReadTimeout" in told[place]
    assert any("Missed" in row for row in told)


@ONE_DATABASE
def test_the_table_is_bounded_and_says_what_it_leaves_out(job, monkeypatch):
    monkeypatch.setattr(table, "MOST", 5)
    made = job()
    for hour in range(1, 9):
        ran(made, hour)
    text = shown(window(8) + "&view=table")
    assert text.count('id="slot-nightly-') == 5
    assert "more before them" in text
    assert "job=nightly" in text


def statements(client: Any, query: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as found:
        shown(query, client)
    return len(found)


def test_the_page_asks_the_same_number_of_statements_whatever_it_shows(job):
    client = operator()
    made = [job(f"job-{number}") for number in range(5)]
    shown(client=client)  # what a process asks once
    few = statements(client, window())
    made += [job(f"more-{number}", schedule="*/5 * * * *") for number in range(45)]
    for each in made:
        JobRun.objects.bulk_create(
            JobRun(
                job_name=each.name, run_date=NOW - HOUR * hour, created_at=NOW, attempt=1, state="succeeded"
            )
            for hour in range(1, 25)
        )
    many = statements(client, window())
    assert many - few <= 3  # those of the dense jobs: trouble, numbers, and where slots are missing
    assert statements(client, window() + "&view=table&trouble=1") == many
    assert many <= 14


@ONE_DATABASE
def test_the_page_of_a_hundred_jobs_is_small(job, monkeypatch):
    monkeypatch.setattr(page, "LINKS", 10)
    made = [job(f"job-{number:03}", tags=(f"tag-{number % 7}",)) for number in range(101)]
    for hour in range(1, 5):
        slot = NOW - HOUR * hour
        times = {"run_date": slot, "created_at": slot, "started_at": slot, "finished_at": slot}
        JobRun.objects.bulk_create(
            JobRun(job_name=each.name, attempt=1, state="succeeded", **times) for each in made
        )
    text = shown(window())
    assert len(names(text)) == 100
    assert "Jobs 1 to 100 of 101" in text
    assert "Zoom in to open single runs" in text
    assert at("run", 1) not in text
    assert len(names(shown(window() + "&page=2"))) == 1
    week = shown("?range=week")
    assert len(names(week)) == 40
    assert "Jobs 1 to 40 of 101" in week


@ONE_DATABASE
def test_trouble_is_found_among_more_jobs_than_a_page_has(job, monkeypatch):
    monkeypatch.setattr(page, "PAGE", 3)
    rare = {"schedule": RARE}
    made = [job(f"job-{number}", **rare) for number in range(6)]
    ran(made[0], 2)
    ran(made[1], 3)
    ran(made[1], 2, state=State.FAILED, reason="error")
    ran(made[2], 2, state=State.CANCELLED)
    ran(made[3], 2, state=State.RUNNING, lease_expires_at=NOW + 9 * HOUR)
    job("missed")
    job("known", **rare)
    client = reader()
    assert names(shown(window() + "&trouble=1", client)) == ["job-1", "job-3", "missed"]
    assert "Among so many jobs" in shown(window() + "&trouble=1", client)
    many = statements(client, window() + "&trouble=1")
    monkeypatch.setattr(page, "PAGE", 100)
    assert many == statements(client, window() + "&trouble=1") + 1
    assert "Among so many jobs" not in shown(window() + "&trouble=1", client)


@ONE_DATABASE
def test_a_refresh_within_a_minute_that_has_nothing_new_is_not_sent_again(job, monkeypatch):
    ran(job(), 2, state=State.RUNNING, lease_expires_at=NOW + 9 * HOUR)
    clock = iter([datetime(2026, 11, 26, 7, 42, second, tzinfo=UTC) for second in (10, 50)])
    monkeypatch.setattr("jobs_api.database.now", lambda: next(clock))
    client = reader()
    first = client.get(at("timeline"), headers=PART)
    again = client.get(at("timeline"), headers={**PART, "If-None-Match": first["ETag"]})
    assert again.status_code == 304


@ONE_DATABASE
def test_now_is_named_in_the_zone_of_the_viewer(job, monkeypatch):
    job()
    monkeypatch.setattr("jobs_api.database.now", lambda: datetime(2026, 11, 26, 7, 42, 10, tzinfo=UTC))
    text = shown("?tz=Asia/Kolkata")
    assert "now 13:12" in text
    assert "Wed 25 Nov 20:00 to Fri 27 Nov 14:00" in text
    assert "Times in Asia/Kolkata" in text
