"""The front page: what it says of the night, of jobs and sources, and what is in its address."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs_api import Job, clock
from jobs_api.history import due
from jobs_api.models import (
    AlertMessage,
    AlertTurn,
    Incident,
    JobDeclaration,
    JobHost,
    JobPause,
    RefusedCall,
    TriggerSource,
)
from jobs_api.monitoring.turns import EVALUATE
from jobs_api.runs.job_state import declared
from tests.conftest import stored_run
from tests.databases import ONE_DATABASE
from tests.jobs_api.admin.pages import incident
from tests.jobs_api.dashboard.people import PART, at, operator, reader
from tests.jobs_api.dashboard.statements import statements

pytestmark = pytest.mark.django_db
DJANGOS = 4
"""Statements for the session, the user, and what the user and the groups may do."""
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def fresh_slots():
    due._newest.clear()


def now() -> Any:
    return timezone.now().replace(second=0, microsecond=0)


@pytest.fixture
def hourly(declare: Callable[..., Job]) -> Callable[..., tuple[Job, Any]]:
    """``hourly("a", age=20 * MINUTE)``: an hourly job of which the newest slot is so old; and that slot."""

    def make(name: str, *, age: timedelta = 20 * MINUTE, **fields: Any) -> tuple[Job, Any]:
        slot = now() - age
        job = declare(name, schedule=f"{slot.minute} * * * *", **{"timezone": "UTC", **fields})
        job_name, schedule, zone = declared(job)
        JobDeclaration.objects.create(
            job_name=job_name, schedule=schedule, timezone=zone, since=slot - 5.5 * HOUR
        )
        return job, slot

    return make


def well(job: Job, slot: Any, *, slots: int = 6) -> None:
    """Its last slots have succeeded."""
    for number in range(slots):
        stored_run(job, slot - number * HOUR, source="cron_a")


def source(name: str, *, ago: timedelta, actor: str = "ci") -> None:
    last = timezone.now() - ago
    about = {"last_trigger_at": last, "calls": 9, "gap": 300.0}
    TriggerSource.objects.create(
        source=name, actor=actor, first_at=last - timedelta(days=9), last_at=last, **about
    )


def turns_are_taken() -> None:
    """Alerts are evaluated, and the first day is still to be counted: nothing is wrong beside the jobs."""
    AlertTurn.objects.create(name=EVALUATE, at=now(), ended_at=timezone.now())
    TriggerSource.objects.update(first_at=timezone.now() - MINUTE)


def shown(text: str) -> list[str]:
    """The jobs of the table, in order."""
    return re.findall(r'<tr role="row" id="job-([\w-]+)"', text)


def state_of(text: str, job: str) -> str:
    """The state of a job, as it is told."""
    row = text.split(f'id="job-{job}"')[1]
    return re.search(r'<span class="state k-(\w+)">.*?</svg>(\w+)', row)[2]  # type: ignore[index]


def row_of(text: str, job: str) -> str:
    """All that is told of a job."""
    rest = text.split(f'id="job-{job}"')[1]
    return re.split(r"data-row|</tbody>", rest.split("data-row", 1)[1])[0]


# -- states and reasons -----------------------------------------------------------------------


def test_a_failing_job_says_what_was_raised_how_often_it_was_tried_and_what_one_can_do(hourly):
    job, slot = hourly("payments", max_attempts=2)
    well(job, slot - 2 * HOUR)
    stored_run(job, slot - HOUR, state="failed", reason="error", tries=2, error="Boom: <b>1</b>")
    run = stored_run(
        job, slot, state="failed", reason="error", tries=2, error="ReadTimeout: <script>\nsecret line"
    )
    text = operator().get(at("overview")).text
    row = row_of(text, "payments")
    assert state_of(text, "payments") == "Failing"
    assert "<code>ReadTimeout: &lt;script&gt;</code>" in row
    assert "secret line" not in row
    assert "used 2 of 2 tries" in row
    assert "failing since" in row
    assert 'aria-label="6 succeeded, 2 failed"' in row
    for address in (at("run", run.pk), at("run_rerun", run.pk), f"{at('alerts_mute')}?subject=payments"):
        assert f'href="{address}"' in row


def test_what_is_due_without_a_call_is_late_and_not_red_until_its_grace_is_over(hourly):
    fresh, slot = hourly("fresh", age=20 * MINUTE)
    well(fresh, slot - HOUR)
    gone, old = hourly("gone", age=40 * MINUTE, catch_up="none")
    well(gone, old - HOUR)
    text = operator().get(at("overview")).text
    assert state_of(text, "fresh") == "Late"
    assert "k-fail" not in row_of(text, "fresh")
    assert re.search("is due for 2[01] m", row_of(text, "fresh"))  # a minute may have passed
    assert "Counts as missed at" in row_of(text, "fresh")
    assert state_of(text, "gone") == "Missed"
    assert "within its 30 m grace. It does not catch up." in row_of(text, "gone")
    assert shown(text) == ["gone", "fresh"]
    assert "1 job missed" in text


def test_somebody_who_has_taken_it_on_is_named(hourly):
    job, slot = hourly("payments")
    stored_run(job, slot, state="failed", reason="error", error="E")
    found = incident(
        subject="payments", job_name="payments", acknowledged_at=now(), acknowledged_by="mara <b>"
    )
    Incident.objects.filter(pk=found.pk).update(comment="The bank is <i>down")
    row = row_of(reader().get(at("overview")).text, "payments")
    assert "acknowledged by mara &lt;b&gt;" in row
    assert "The bank is &lt;i&gt;down" in row
    assert at("incident", found.pk) in row
    Incident.objects.filter(pk=found.pk).update(acknowledged_until=now() - MINUTE)
    assert "acknowledged" not in reader().get(at("overview")).text


def test_an_attempt_past_its_timeout_says_since_when_and_how_far_it_is(hourly):
    job, slot = hourly("index", timeout=600)
    well(job, slot - HOUR)
    lease = timezone.now() + HOUR
    run = stored_run(job, slot, state="running", lease_expires_at=lease, progress_done=61, progress_total=100)
    text = operator().get(at("overview")).text
    assert state_of(text, "index") == "Overdue"
    assert "its timeout of 10 m passed" in row_of(text, "index")
    assert "61 % done" in row_of(text, "index")
    assert f'href="{at("run_cancel", run.pk)}"' in row_of(text, "index")


def test_a_paused_job_says_who_paused_it_and_why(hourly):
    job, slot = hourly("news")
    well(job, slot)
    JobPause.objects.create(job_name="news", started_at=now() - HOUR, actor="mara", comment="Until <Monday>")
    text = reader().get(at("overview")).text
    assert state_of(text, "news") == "Paused"
    assert "Paused by mara since" in row_of(text, "news")
    assert "Until &lt;Monday&gt;" in row_of(text, "news")


def test_who_only_reads_gets_no_order_and_no_box(hourly):
    job, slot = hourly("payments")
    stored_run(job, slot, state="failed", reason="error", error="E")
    text = reader().get(at("overview")).text
    assert "Open run" in text
    for order in ("Rerun", "Mute", "checkbox", "data-dialog", "bulk-bar"):
        assert order not in text.split("<main")[1]


def test_what_somebody_wrote_is_text_in_each_cell(hourly):
    job, slot = hourly("payments", owner='O"<b>', tags=['T"<b>'])
    stored_run(job, slot, source='S"<b>')
    row = row_of(operator().get(at("overview")).text, job.name)
    assert all(f"{letter}&quot;&lt;b&gt;" in row for letter in "OTS")
    assert "<b>" not in row


def test_the_sentence_tells_the_night_and_what_is_wrong_now(hourly):
    job, slot = hourly("payments")
    well(job, slot)
    source("cron_a", ago=MINUTE)
    turns_are_taken()
    text = reader().get(at("overview")).text
    assert "All jobs and sources are well." in text
    stored_run(job, slot + MINUTE / 2, state="failed", reason="error", error="E")
    source("cron_b", ago=3 * HOUR)
    text = reader().get(at("overview")).text
    assert re.search(r"1 job failing</span>, <span class=\"k-fail\">1 source silent</span>\.", text)


def test_a_job_that_has_never_run_is_not_called_well(hourly, declare):
    job, slot = hourly("payments")
    well(job, slot)
    declare("by_hand", schedule=None)  # nobody has started it
    hourly("fresh")
    JobDeclaration.objects.filter(job_name="fresh").update(since=now())  # its first slot has not come
    source("cron_a", ago=MINUTE)
    turns_are_taken()
    client = reader()
    text = client.get(at("overview")).text
    for name in ("by_hand", "fresh"):
        row = row_of(text, name)
        assert re.search(r'class="state k-idle">.*?#i-not-run"/></svg>Not run yet<', row)
        assert "k-ok" not in row
    assert shown(text) == ["payments", "by_hand", "fresh"]
    assert "2 jobs have not run yet." in text
    assert "All other jobs and all sources are well." in text
    assert "All jobs and sources are well." not in text
    assert re.search(r'id="chip-ok"[^>]*>OK <span class="n">1<', text)
    assert re.search(r'id="chip-not_run"[^>]*>Not run yet <span class="n">2<', text)
    assert shown(client.get(at("overview"), {"show": "not_run"}).text) == ["by_hand", "fresh"]
    assert shown(client.get(at("overview"), {"show": "ok"}).text) == ["payments"]
    assert ">Not run yet<" in client.get(at("job", "by_hand")).text


def test_where_no_job_has_run_none_is_called_well_and_where_all_have_nothing_is_said_of_it(hourly):
    job, slot = hourly("payments")
    JobDeclaration.objects.update(since=now())
    source("cron_a", ago=MINUTE)
    turns_are_taken()
    client = reader()
    text = client.get(at("overview"), {"all": "1"}).text
    assert "1 job has not run yet." in text
    assert "are well." not in text
    well(job, slot)
    text = client.get(at("overview")).text
    assert "not run yet" not in text.casefold()
    assert 'id="chip-not_run"' not in text
    assert 'aria-current="true">Not run yet' in client.get(at("overview"), {"show": "not_run"}).text


def test_it_is_not_green_while_nobody_calls_or_something_may_hide_trouble(hourly):
    job, slot = hourly("payments")
    well(job, slot)
    client = reader()
    text = client.get(at("overview")).text
    assert "All jobs and sources are well." not in text
    assert "No call is counted yet" in text
    source("cron_a", ago=MINUTE)
    turns_are_taken()
    AlertTurn.objects.create(name="roll-up", at=now(), failing_since=now(), error="disk is full")
    text = client.get(at("overview")).text
    assert "All jobs and sources are well." not in text
    assert "No job or source is in trouble, but see above." in text


def test_a_source_that_has_stopped_is_red_though_all_jobs_run(hourly):
    job, slot = hourly("payments")
    well(job, slot)
    source("cron_a", ago=MINUTE)
    source("cron_b", ago=3 * HOUR, actor="ci")
    source("cron_b", ago=2 * MINUTE, actor="<b>ops</b>")
    panel = reader().get(at("overview")).text.split('id="sources-title"')[1].split("</section>")[0]
    rows = panel.split("<tr ")[2:]
    assert "bad" in rows[0]
    assert "Silent 3 h" in rows[0]
    assert "cron_b" in rows[0]
    assert "ci</span>" in rows[0]
    assert "&lt;b&gt;ops&lt;/b&gt;" in panel
    assert "2 more are calling as usual" in panel
    page = reader().get(at("sources")).text
    assert "&lt;b&gt;ops&lt;/b&gt;" in page
    assert page.index("cron_b") < page.index("cron_a")


# -- filter, order, pages ---------------------------------------------------------------------


def test_filters_are_in_the_address_and_chips_count_what_they_would_show(hourly):
    for name, tag, owner in (("a", "mail", "growth"), ("b", "mail", "ops"), ("c", "billing", "ops")):
        job, slot = hourly(name, tags=(tag,), owner=owner, description=f"Does the {name}-work")
        stored_run(job, slot, state="failed" if name == "b" else "succeeded", reason="error" * (name == "b"))
    client = reader()

    def names(query: str) -> list[str]:
        return shown(client.get(at("overview") + query).text)

    assert names("") == ["b", "a", "c"]
    assert names("?tag=mail") == ["b", "a"]
    assert names("?owner=ops&tag=mail") == ["b"]
    assert names("?q=BILLING") == ["c"]
    assert names("?q=does+c-work") == ["c"]
    assert names("?show=trouble") == ["b"]
    assert names("?show=ok&sort=name") == ["a", "c"]
    text = client.get(at("overview") + "?tag=mail").text
    assert re.search(r'id="chip-trouble"[^>]*>Trouble <span class="n">1</span>', text)
    assert re.search(
        r'id="chip-ok" href="/dashboard/\?tag=mail&amp;show=ok"[^>]*>OK <span class="n">1<', text
    )
    assert 'href="/dashboard/?tag=mail&amp;tz=UTC" data-link' in text


def test_a_filter_that_finds_nothing_is_named_and_can_be_cleared(hourly):
    job, slot = hourly("a")
    well(job, slot)
    text = reader().get(at("overview") + "?q=%3Cb%3Ezzz&tag=mail").text
    assert "No job fits this filter." in text
    assert "<code>&lt;b&gt;zzz</code>" in text
    assert 'href="/dashboard/?tag=mail"' in text
    assert 'href="/dashboard/?q=%3Cb%3Ezzz"' in text


def test_other_orders_are_one_list(hourly):
    for name, seconds, age in (("a", 5, 10), ("b", 50, 5), ("c", 20, 40)):
        job, slot = hourly(name, owner={"a": "z", "b": "", "c": "y"}[name], age=age * MINUTE)
        stored_run(job, slot, finished_at=slot + timedelta(seconds=seconds))
    client = reader()
    for order, expected in (("name", "abc"), ("duration", "bca"), ("next", "cab"), ("owner", "cab")):
        assert "".join(shown(client.get(at("overview") + f"?sort={order}").text)) == expected, order


@ONE_DATABASE
@pytest.mark.parametrize(
    "query",
    [
        "?page=99999",
        "?page=-1",
        "?page=%C2%B2",
        "?page=" + "9" * 400,
        "?q=%00" + "x" * 5000,
        "?tag=%FF%FE",
        "?show=<script>",
        "?sort=__class__",
        "?tz=../../etc/passwd&all=",
        "?" + "&".join(f"q={number}" for number in range(900)),
        "?" + "&".join(f"n{number}=1" for number in range(900)),
        "?show=paused&show=ok&evil=<script>alert(1)</script>",
    ],
)
def test_an_address_that_makes_no_sense_shows_a_page(hourly, query):
    job, slot = hourly("a")
    well(job, slot, slots=1)
    answer = operator().get(at("overview") + query)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "evil" not in answer.text.split("data-link")[0].rsplit("<a", 1)[1]


@ONE_DATABASE
def test_a_thousand_jobs_are_pages_of_a_hundred(hourly, declare):
    job, slot = hourly("a0")
    stored_run(job, slot)
    for number in range(1, 230):
        declare(f"b{number:03}", schedule=None)
    text = operator().get(at("overview") + "?page=3").text
    assert len(shown(text)) == 30
    assert "201 to 230 of 230" in text
    assert "All 230 in this filter" in text
    assert 'href="/dashboard/?page=2" rel="prev"' in text


def test_the_number_of_statements_depends_neither_on_jobs_nor_on_runs(hourly):
    client = operator()
    job, slot = hourly("first")
    stored_run(job, slot)
    source("cron_a", ago=MINUTE)
    few = statements(lambda: client.get(at("overview")))
    for number in range(30):
        job, slot = hourly(f"job-{number}", tags=("mail",))
        well(job, slot, slots=4)
        source(f"cron_{number}", ago=MINUTE)
    assert statements(lambda: client.get(at("overview"))) == few
    assert few <= DJANGOS + 16, few


# -- where nothing has run --------------------------------------------------------------------


def test_before_the_first_run_it_says_what_to_do(hourly, settings):
    settings.CRON_SECRET = "x" * 40
    hourly("first", age=1 * MINUTE)
    RefusedCall.objects.create(
        place=1, at=now(), address="203.0.113.9", status=401, reason="no token in the header <b>", times=3
    )
    client = reader()
    text = client.get(at("overview")).text
    assert "1 job found, it has not run yet." in text
    assert "It is set." in text
    assert "http://testserver/api/run-due" in text
    assert "Waiting for the first call." in text
    assert "3 refused" in text
    assert "no token in the header &lt;b&gt;" in text
    assert "jobs_export cron-job-org --base-url http://testserver/api" in text
    assert shown(client.get(at("overview") + "?all=1").text) == ["first"]
    settings.CRON_SECRET = "short"
    assert "too short" in client.get(at("overview")).text
    settings.CRON_SECRET = ""
    assert "every call is refused" in client.get(at("overview")).text


def test_without_any_job_it_says_where_schedules_live(declare):
    text = reader().get(at("overview")).text
    assert "No jobs are declared." in text
    assert "jobs.py" in text


# -- what is no job's fault -------------------------------------------------------------------


def test_what_is_wrong_beside_the_jobs_is_told_above_them(hourly, monkeypatch):
    job, slot = hourly("a")
    well(job, slot)
    client = reader()
    assert "faults" not in client.get(at("overview")).text
    monkeypatch.setattr(clock, "fault", lambda: "The clock of this host is 300 s ahead.")
    JobHost.objects.create(
        host="web-2",
        fingerprint="f",
        declarations={"a": "0 1 * * * UTC"},
        seen_at=now(),
        time_zone="UTC",
        version="1",
    )
    AlertMessage.objects.create(
        incident=incident(),
        channel="ops",
        event="opened",
        created_at=now(),
        next_try_at=now(),
        error="550 <no>",
    )
    text = client.get(at("overview")).text
    assert "300 s ahead" in text
    assert "Hosts declare a differently: web-2 does, and this one." in text
    assert "The channel ops takes no alerts, and 1 message waits" in text
    assert "550 &lt;no&gt;" in text
    AlertTurn.objects.create(name="roll-up", at=now(), failing_since=now(), error="disk is <full>")
    assert "Days are not counted since" in client.get(at("overview")).text


def test_a_part_that_refreshes_has_the_same_rows_and_their_revisions(hourly):
    job, slot = hourly("a")
    well(job, slot)
    client = reader()
    whole, part = client.get(at("overview")).text, client.get(at("overview"), headers=PART).text
    assert re.findall(r'data-rev="(\w+)"', whole) == re.findall(r'data-rev="(\w+)"', part)
    stored_run(job, slot + MINUTE / 2, state="failed", reason="error")
    assert re.findall(r'data-rev="(\w+)"', client.get(at("overview"), headers=PART).text) != re.findall(
        r'data-rev="(\w+)"', part
    )


# -- orders about many ------------------------------------------------------------------------


@ONE_DATABASE
def test_orders_about_a_filter_look_up_again_what_it_finds(hourly):
    for name, tag in (("a", "mail"), ("b", "mail"), ("c", "billing")):
        job, slot = hourly(name, tags=(tag,))
        stored_run(job, slot, state="failed" if name != "b" else "succeeded", reason="error" * (name != "b"))
    client = operator()
    page = client.get(at("bulk") + "?of=jobs&action=pause&filter=%3Ftag%3Dmail").text
    assert "a, b" in page
    answer = client.post(
        at("bulk"),
        {
            "of": "jobs",
            "action": "pause",
            "marks": "a b",
            "until": "open",
            "reason": "Move",
            "next": at("overview"),
        },
    )
    assert answer.status_code == 303, answer.text
    assert {"a", "b"} == set(JobPause.objects.values_list("job_name", flat=True))
    page = client.get(at("bulk") + "?of=jobs&action=rerun&filter=%3Fshow%3Dtrouble&job=b").text
    assert "Rerun 1 failed run" in page
    page = client.get(at("bulk") + "?of=jobs&action=rerun&job=a&job=c").text
    assert "Rerun 2 failed runs" in page
    assert reader().get(at("bulk") + "?of=jobs&action=pause&job=a").status_code == 403
