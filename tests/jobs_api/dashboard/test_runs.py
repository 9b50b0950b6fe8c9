"""The list of runs: filters, pages, and how few statements it takes."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs_api import Job, registry
from jobs_api.clock import Moment
from jobs_api.dashboard.lists import by_time, run_pages, run_search, run_window
from jobs_api.dashboard.lists.run_filter import RunFilter
from jobs_api.dashboard.viewer import Viewer
from jobs_api.models import JobRun
from jobs_api.runs.closing import reap
from jobs_api.schedule.zones import zone
from tests.conftest import NOON, stored_run
from tests.databases import ONE_DATABASE
from tests.jobs_api.dashboard.people import at, operator, reader
from tests.jobs_api.dashboard.statements import statements

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
VIEWER = Viewer("ana", True, zone("UTC"), True, "auto", True, NOON)


def wanted(query: str = "") -> RunFilter:
    return RunFilter.of(QueryDict(query), VIEWER)


def found(query: str = "") -> list[int]:
    return run_search.search(wanted(query)).pks


def ids(answer) -> list[int]:
    return [int(pk) for pk in re.findall(r'id="run-(\d+)"', answer.text)]


@pytest.fixture
def jobs(declare) -> list[Job]:
    declare("report_daily", tags=("mail",), owner="ana")
    declare("report_weekly", tags=("mail",), owner="ben")
    declare("cleanup", schedule="0 * * * *", tags=("house",), owner="ana")
    return registry.jobs()


@pytest.fixture
def night(jobs) -> dict[str, JobRun]:
    """One run of each state, the newest first in the order of their names."""
    cleanup, daily, weekly = jobs
    lost = {"lease_expires_at": NOON - timedelta(days=5)}
    return {
        "succeeded": stored_run(daily, NOON, source="eventbridge"),
        "failed": stored_run(daily, NOON - 24 * HOUR, state="failed", reason="error", source="cron_job_org"),
        "gone": stored_run(Job("gone", command="toy"), NOON - 2 * HOUR, state="failed", reason="lost"),
        "skipped": stored_run(cleanup, NOON - 3 * HOUR, state="skipped", reason=""),
        "silent": stored_run(weekly, NOON - 4 * HOUR, state="running", **lost),
        "queued": stored_run(
            cleanup, NOON - 5 * HOUR, state="queued", next_attempt_at=NOON, trigger="backfill"
        ),
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["queued", "silent", "skipped", "gone", "failed", "succeeded"]),
        ("state=failed", ["failed"]),
        ("state=lost", ["gone", "silent"]),
        ("state=failed&state=lost&state=queued", ["gone", "silent", "queued", "failed"]),
        ("state=succeeded&state=failed", ["failed", "succeeded"]),
        ("state=running", []),
        ("state=claimed", []),
        ("job=report_daily", ["succeeded", "failed"]),
        ("job=report_daily&state=failed", ["failed"]),
        ("job=REPORT", ["silent", "failed", "succeeded"]),
        ("job=*_weekly", ["silent"]),
        ("job=gone", ["gone"]),
        ("job=nothing*", []),
        ("tag=mail", ["silent", "failed", "succeeded"]),
        ("tag=mail&owner=ana", ["succeeded", "failed"]),
        ("owner=ana&job=clean", ["skipped", "queued"]),
        ("owner=nobody", []),
        ("source=eventbridge", ["succeeded"]),
        ("source=cron_job_org&state=failed", ["failed"]),
        ("trigger=backfill", ["queued"]),
        ("since=3h&until=2026-11-20T11:00Z", ["skipped", "gone"]),
        ("job=report_daily&until=2026-11-20", ["failed"]),
        ("state=failed&state=lost&since=2026-11-20", ["gone", "silent"]),
    ],
)
def test_a_filter_finds_what_it_says_newest_first(night, query, names):
    # By slots where an index has them, else as they were ordered: here the later ones were ordered last.
    assert found(query) == [night[name].pk for name in names]


def test_a_run_is_found_by_its_id_if_the_other_filters_allow_it(night):
    pk = night["failed"].pk
    assert found(f"job={pk}") == [pk]
    assert found(f"job={pk}&state=failed") == [pk]
    assert found(f"job={pk}&state=succeeded") == []
    assert found("job=999999999999") == []


@pytest.mark.parametrize("state", ["running", "claimed"])
@pytest.mark.parametrize("most", [1, 3])
def test_a_lost_run_is_found_before_and_after_it_is_recorded_as_lost(declare, state, most):
    """Whether or not it is tried again; the held and the recorded one in one list, in as many statements."""
    job = declare("report", tags=("mail",), max_attempts=most, overlap="allow")
    held = {"state": state, "lease_expires_at": NOON + HOUR}
    first, second = (stored_run(job, NOON - each * HOUR, **held) for each in range(2))
    queries = ("state=lost", "state=lost&state=failed", "state=lost&tag=mail", "state=lost&job=report")
    taken = []
    for reaped in ([], [second.pk], [first.pk]):
        reap(JobRun.objects.filter(pk__in=reaped), moment=Moment(timezone.now()))
        with CaptureQueriesContext(connection) as sent:
            for query in queries:
                assert found(query) == [first.pk, second.pk]
        taken.append(len(sent))
        assert found("state=failed") == found("state=running") == []
    assert JobRun.objects.filter(state="failed", reason="lost").count() == 2
    assert len(set(taken)) == 1


@pytest.mark.parametrize(
    "query",
    ["", "job=report_daily", "state=failed", "state=succeeded", "source=x", "job=report_*", "tag=mail"],
)
def test_pages_hold_each_run_once_and_go_back_to_the_first(jobs, query, monkeypatch):
    """Also where a filter may look at few runs only: one goes on from there."""
    monkeypatch.setattr(run_window, "NEWEST", 5)
    monkeypatch.setattr(run_window, "NEWEST_OF_JOB", 5)
    monkeypatch.setattr(run_window, "CLOSE", 2)
    expected = []
    for number in range(23):
        for job in jobs:
            state = "failed" if number % 3 else "succeeded"
            run = stored_run(job, NOON - number * HOUR, state=state, source="x" if number % 4 else "y")
            expected.append(run.pk)
    everything = found_in_pages(query)
    assert len(everything) == len(set(everything))
    matching = set(JobRun.objects.filter(wanted(query).condition()).values_list("pk", flat=True))
    names = wanted(query).chosen.names
    if names is not None:
        matching &= set(JobRun.objects.filter(job_name__in=names).values_list("pk", flat=True))
    assert set(everything) == matching
    assert matching


def found_in_pages(query: str) -> list[int]:
    everything: list[int] = []
    after = None
    for _ in range(100):
        page = run_search.search(wanted(query), after, most=4)
        everything += page.pks
        after = page.next or page.further
        if after is None:
            return everything
    raise AssertionError("The pages do not end.")


def test_a_filter_without_an_index_reads_a_bounded_part_and_says_so(jobs, monkeypatch):
    monkeypatch.setattr(run_window, "NEWEST", 5)
    first = stored_run(jobs[0], NOON - 50 * HOUR, source="rare")
    for number in range(8):
        stored_run(jobs[0], NOON - number * HOUR)
    client = reader()
    page = client.get(at("runs"), {"source": "rare"})
    assert ids(page) == []
    assert "Look further back" in page.text
    further = re.search(r'href="(\?[^"]*after=[^"]*)"', page.text)
    assert further is not None
    assert ids(client.get(at("runs") + further[1].replace("&amp;", "&"))) == [first.pk]


def test_a_night_of_long_ago_is_found_at_once_and_what_was_ordered_later_on_demand(jobs, monkeypatch):
    monkeypatch.setattr(run_window, "NEWEST", 5)
    monkeypatch.setattr(by_time, "_SQL", by_time._SQL.replace(f"> {by_time.CLOSE}", "> 1"))
    runs = [stored_run(jobs[0], NOON + number * HOUR) for number in range(200)]
    filled = stored_run(jobs[1], NOON + HOUR, created_at=NOON + 300 * HOUR)
    client = reader()
    answer = client.get(at("runs"), {"until": "2026-11-20T14:30Z"})
    assert ids(answer) == []  # a day later others were ordered: one looks further back from there
    further = re.search(r'href="(\?[^"]*after=(\d+)[^"]*)">Look further', answer.text)
    assert further is not None
    assert runs[20].pk < int(further[2]) < runs[40].pk
    newest = re.search(r'href="(\?[^"]*after=[^"]*)">Look from the newest', answer.text)
    assert newest is not None
    assert ids(client.get(at("runs") + newest[1].replace("&amp;", "&"))) == [filled.pk]


def test_the_page_counts_up_to_two_hundred_and_leads_to_older_ones(jobs):
    JobRun.objects.bulk_create(
        JobRun(
            job_name="cleanup", run_date=NOON - number * HOUR, state="succeeded", created_at=NOON, attempt=1
        )
        for number in range(201)
    )
    client = reader()
    first = client.get(at("runs"))
    assert "50 of 200+ runs" in first.text
    older = re.search(r'href="([^"]*)" rel="next"', first.text)
    assert older is not None
    second = client.get(at("runs") + older[1].replace("&amp;", "&"))
    assert len(ids(second)) == 50
    assert not set(ids(first)) & set(ids(second))
    assert "Newest" in second.text


@pytest.mark.parametrize(
    "query",
    [
        "state=wrong",
        "since=yesterday",
        "until=2026-13-45",
        "trigger=%3Cscript%3E",
        "since=2026-03-29T02:30&tz=Europe/Berlin",
    ],
)
def test_what_cannot_be_read_is_told_and_shows_no_run(night, query):
    answer = reader().get(f"{at('runs')}?{query}")
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert ids(answer) == []
    assert reader().get(f"{at('runs_csv')}?{query}").status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        {"after": "x" * 5000},
        {"after": "9" * 40},
        {"after": "1.1", "job": "cleanup"},
        {"after": "999999999999999999999.5", "state": "failed"},
        {"after": "-1"},
        {"job": "\x00"},
        {"job": "a\x00b" * 900},
        {"job": "[" * 90},
        {"source": "\ud800".encode("utf-8", "surrogatepass")},
        {"state": ["failed"] * 500},
        {"tag": "x" * 9000, "owner": "%"},
        {"job": str(10**18)},
    ],
)
def test_no_address_breaks_the_page(night, query):
    assert reader().get(at("runs"), query).status_code == 200


def test_an_empty_list_says_which_filter_found_nothing_and_how_to_remove_it(night):
    text = reader().get(at("runs"), {"state": "cancelled", "tag": "mail"}).text
    assert "No run matches." in text
    removed = {
        tuple(sorted(parse_qs(urlsplit(each).query))) for each in re.findall(r'href="(\?[^"]*)"', text)
    }
    assert {("tag",), ("state",), ()} <= removed


def test_only_who_may_act_selects_runs(night):
    assert "data-select" not in reader().get(at("runs")).text
    assert "data-select" in operator().get(at("runs")).text


def test_a_filter_means_for_orders_what_the_page_shows(night):
    found = run_pages.matching("state=failed&state=lost&after=1", VIEWER)
    assert set(found.pks) == {night["failed"].pk, night["gone"].pk, night["silent"].pk}
    assert not found.more
    assert run_pages.matching("", VIEWER, most=2).more
    assert run_pages.matching("state=odd", VIEWER).errors


def test_the_state_of_a_run_that_began_late_or_is_silent_is_told(night):
    late = stored_run(registry.get("cleanup"), NOON - HOUR, started_at=NOON - HOUR + timedelta(minutes=7))
    text = reader().get(at("runs")).text
    lines = dict(re.findall(r'<tr [^>]*id="run-(\d+)"(.*?)</tr>', text, re.DOTALL))
    assert "Ran late" in lines[str(late.pk)]
    assert "7 m" in lines[str(late.pk)]
    assert "Lost" in lines[str(night["silent"].pk)]
    assert "Lost" in lines[str(night["gone"].pk)]
    assert "Queued" in lines[str(night["queued"].pk)]


@pytest.mark.parametrize(
    "query", [{}, {"state": "failed"}, {"tag": "mail"}, {"job": "job_0"}, {"source": "x"}]
)
def test_a_page_takes_as_many_statements_with_many_jobs_and_runs(declare, query):
    client, counts = operator(), []
    for jobs, runs in ((5, 10), (50, 300)):
        JobRun.objects.all().delete()
        for number in range(jobs):
            declare(f"job_{number}", tags=("mail",))
        JobRun.objects.bulk_create(
            JobRun(
                job_name=f"job_{number % jobs}",
                run_date=NOON - number * HOUR,
                state="failed",
                created_at=NOON,
            )
            for number in range(runs)
        )
        client.get(at("runs"))
        counts.append(statements(lambda: client.get(at("runs"), query)))
    assert counts[0] == counts[1] <= 12


@ONE_DATABASE
@pytest.mark.parametrize("state", ["running", "lost"])
def test_runs_that_somebody_holds_are_found_along_their_own_index(night, state):
    with CaptureQueriesContext(connection) as sent:
        found(f"state={state}")
    (held,) = [each["sql"] for each in sent if 'lease_expires_at" IS NOT NULL)' in each["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {held.replace('%', '%%')}")
        plan = "\n".join(str(line) for line in cursor.fetchall())
    assert "jobs_api_leases" in plan


SHEET = {"a formula": "=cmd|' /C calc'!A0", "a link": '+HYPERLINK("http://evil.example")', "an at": "@SUM(1)"}


@pytest.mark.parametrize("text", SHEET.values(), ids=SHEET)
def test_a_spreadsheet_has_all_runs_and_computes_nothing(night, text):
    nasty = stored_run(
        registry.get("cleanup"),
        NOON - 30 * HOUR,
        state="failed",
        error=f"{text}\nmore",
        source=text,
        actor=text,
    )
    answer = reader().get(at("runs_csv"), {"state": "failed"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    rows = list(csv.DictReader(answer.getvalue().decode().splitlines()))
    assert [int(row["run"]) for row in rows] == [night["failed"].pk, nasty.pk]
    assert rows[1]["error"] == rows[1]["source"] == rows[1]["actor"] == f"'{text}"
    assert rows[0]["slot"] == "2026-11-19T12:00:00+00:00"


def test_a_spreadsheet_is_bounded_and_read_in_batches(jobs, monkeypatch):
    monkeypatch.setattr(run_pages, "BATCH", 3)
    monkeypatch.setattr(run_pages, "EXPORTED", 7)
    for number in range(9):
        stored_run(jobs[0], NOON - number * HOUR)
    lines = reader().get(at("runs_csv")).getvalue().decode().splitlines()
    assert len(lines) == 8
