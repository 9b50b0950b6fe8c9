"""The page of a job in a browser without scripts: what it shows, to whom, and how few statements it takes."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, timedelta
from html.parser import HTMLParser

import pytest
from django.test import override_settings
from django.utils import timezone

from jobs_api import audit
from jobs_api.dashboard.job_page.calling import curl
from jobs_api.models import JobDeclaration, JobPause, TriggerSource
from jobs_api.monitoring.source_jobs import JobCalls
from jobs_api.registry.job import Job
from tests.conftest import stored_run
from tests.databases import ONE_DATABASE
from tests.jobs_api.admin.pages import person
from tests.jobs_api.dashboard.people import PART, at, operator, reader
from tests.jobs_api.dashboard.statements import statements

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
EVIL = '"><script>alert(1)</script><img src=x onerror=y>\u202e\x1b[31m'
DUE = (timezone.now().astimezone(UTC) - 6 * HOUR).replace(minute=17, second=0, microsecond=0)
"""When the job was due last: long enough ago that it makes no difference what time it is."""


class Tags(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


FORMS = re.compile(r"data-dialog|<input type=\"checkbox\"|Run now|Rerun")


@pytest.fixture
def job(declare):
    """It is due once a day, and was six hours ago."""
    job = declare(
        "nightly",
        schedule=f"{DUE.minute} {DUE.hour} * * *",
        timezone="UTC",
        owner="payments",
        tags=("billing",),
        runbook="https://wiki.example/nightly",
        description="Does it.",
    )
    JobDeclaration.objects.create(
        job_name=job.name, schedule=job.schedule, timezone="UTC", since=DUE - 90 * 24 * HOUR
    )
    return job


def runs(job, number, **fields):
    for days in range(number):
        stored_run(job, DUE - days * 24 * HOUR, source="eventbridge", **fields)


@ONE_DATABASE
def test_the_head_says_what_it_is_and_leads_to_its_orders(job):
    runs(job, 3)
    text = operator().get(at("job", job.name)).text
    for shown in ("nightly</h1>", "OK", "Does it.", "<b>payments</b>", "billing", "Policies", "Declared"):
        assert shown in text
    assert '<a href="https://wiki.example/nightly" rel="noreferrer">' in text
    for order in ("run", "pause", "backfill"):
        assert f'href="{at(f"job_{order}", job.name)}" data-dialog' in text
    assert at("job_resume", job.name) not in text
    JobPause.objects.create(job_name=job.name, started_at=DUE, actor="jon")
    text = operator().get(at("job", job.name)).text
    assert at("job_resume", job.name) in text
    assert f'"{at("job_pause", job.name)}"' not in text
    assert "Next <b>when resumed</b>" in text


@ONE_DATABASE
def test_a_reader_gets_no_order_and_others_nothing(job):
    runs(job, 2, state="failed", error="boom")
    text = reader().get(at("job", job.name)).text
    assert "Failing for" in text
    assert "boom" in text
    assert not FORMS.search(text.partition("</header>")[2])
    for name in ("job", "job_durations", "job_csv"):
        answer = person().get(at(name, job.name))
        assert answer.status_code == 403
        assert "boom" not in answer.text
        assert reader().post(at(name, job.name)).status_code == 405


@ONE_DATABASE
def test_text_from_elsewhere_is_shown_and_never_run(declare):
    job = declare("nightly", description=EVIL, owner=EVIL, tags=(EVIL,), runbook="javascript:alert(1)")
    stored_run(job, DUE, state="failed", error=EVIL, source=EVIL[:100], note=EVIL, actor=EVIL[:100])
    stored_run(job, DUE - HOUR, note=EVIL, source="=1+1")
    audit.record("rerun", at=DUE, result=EVIL, actor=EVIL, reason=EVIL, job=job.name, run_date=DUE)
    calls = JobCalls(first=DUE.timestamp(), last=DUE.timestamp(), calls=3).stored()
    TriggerSource.objects.create(
        source=EVIL[:100], actor=EVIL[:100], first_at=DUE, last_at=DUE, calls=3, jobs={job.name: calls}
    )
    answer = reader().get(at("job", job.name), {"tz": EVIL, "show": EVIL, "day": EVIL, "q": EVIL})
    assert answer.status_code == 200
    assert answer.text.count("&lt;script&gt;") >= 6
    tags = Tags(answer.text).found
    assert {tag for tag, _ in tags} >= {"script", "table", "svg"}
    assert not [tag for tag, _ in tags if tag in ("img", "style", "iframe")]
    assert not [names for _, names in tags if any(name == "style" or name.startswith("on") for name in names)]
    assert all("src" in names for tag, names in tags if tag == "script")
    assert "javascript:" not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "?show=x&since=y&range=z&day=2026-02-30&before=now&tz=Mars/Phobos",
        "?day=9999-12-31&before=9999-12-31T23:59:59%2B00:00",
        "?day=0001-01-01&before=0001-01-01T00:00:00-23:59",
        "?show=missed&before=2026-01-01&since=1y",
        "?show=late&day=1999-01-01",
        "?before=" + "9" * 4000,
        "?show=failed&show=%00&day=%ff",
        "?range=year&since=1y",
    ],
)
@ONE_DATABASE
def test_no_query_breaks_it(job, query):
    runs(job, 2)
    client = reader()
    assert client.get(at("job", job.name) + query).status_code == 200
    assert client.get(at("job_durations", job.name) + query).json()["runs"]
    assert client.get(at("job_csv", job.name) + query).getvalue().startswith(b"slot,")


@ONE_DATABASE
def test_a_day_of_the_year_leads_to_its_slots(job):
    runs(job, 3)
    text = reader().get(at("job", job.name), {"tz": "Asia/Tokyo"}).text
    day = (DUE - 24 * HOUR).date().isoformat()
    (link,) = {each for each in re.findall(r'href="(\?[^"]*)#slots" tabindex', text) if day in each}
    assert "tz=Asia%2FTokyo" in link
    page = reader().get(at("job", job.name) + link.replace("&amp;", "&")).text
    assert page.count('<tr role="row" id="slot-') == 1
    assert "All days" in page


@ONE_DATABASE
def test_a_refresh_gets_the_same_as_a_part_and_nothing_where_nothing_has_changed(job):
    runs(job, 2)
    client = reader()
    part = client.get(at("job", job.name), headers=PART)
    assert part.text.lstrip().startswith("<main")
    assert 'id="durations-plot" data-keep' in part.text


@ONE_DATABASE
def test_numbers_are_written_for_svg_in_every_language(job):
    runs(job, 40)
    with override_settings(USE_THOUSAND_SEPARATOR=True):
        text = reader().get(at("job", job.name), headers={"Accept-Language": "de"}).text
    assert '<html lang="de"' in text
    assert not re.search(r'\b(x|y|x1|y1|width|height|cx|cy)="\d+,\d', text)
    assert re.search(r'<use href="#p-ok" x="\d+\.\d+%"', text)


# -- what is not there ------------------------------------------------------------------------


@ONE_DATABASE
def test_an_unknown_job_is_named_and_leads_to_the_search(job):
    answer = reader().get(at("job", "nightlyy<b>"))
    assert answer.status_code == 404
    assert "There is no job “nightlyy&lt;b&gt;”" in answer.text
    assert f'href="{at("job", "nightly")}"' in answer.text
    assert f'action="{at("find")}"' in answer.text
    assert reader().get(at("job_csv", "nightlyy")).status_code == 404
    assert reader().get(at("job_durations", "x" * 3000)).status_code == 404


def test_a_job_that_is_not_declared_any_more_still_shows_what_is_stored(job):
    run = stored_run(Job("gone"), DUE, source="eventbridge")
    text = operator().get(at("job", "gone")).text
    assert "Not declared" in text
    assert at("run", run.pk) in text
    assert "Policies" not in text
    assert at("job_run", "gone") not in text
    assert "curl" not in text


# -- calling it -------------------------------------------------------------------------------


@ONE_DATABASE
def test_the_curl_line_has_the_real_address(job):
    text = reader().get(at("job", job.name), headers={"Host": "testserver"}).text
    assert "http://testserver/api/jobs/nightly/run</pre>" in text
    with override_settings(JOBS_API={"BASE_URL": "https://crm.example/"}):
        assert "https://crm.example/api/jobs/nightly/run</pre>" in reader().get(at("job", job.name)).text


def test_a_shell_reads_the_curl_line_as_it_is_meant():
    words = shlex.split(curl("https://crm.example/a;b/run").replace("\\\n", ""))
    assert words[-1] == "https://crm.example/a;b/run"
    assert words[:4] == ["curl", "-fsS", "-X", "POST"]


def test_who_calls_is_told_with_who_has_stopped(job):
    runs(job, 3)
    now = timezone.now()
    calls = {"first": (now - 90 * HOUR).timestamp(), "calls": 201, "wins": 158, "gap": 600.0}
    for source, hours in (("eventbridge", 0), ("cron_job_org", 3)):
        last = now - hours * HOUR
        each = JobCalls(last=last.timestamp(), **calls).stored()
        row = {"first_at": now - 90 * HOUR, "last_at": last, "calls": 300, "gap": 600.0}
        TriggerSource.objects.create(source=source, jobs={job.name: each}, **row)
    text = reader().get(at("job", job.name)).text
    assert "silent 3 h" in text
    assert text.count('<tr class="bad">') == 1
    assert text.count('<td class="num">158</td>') == 2


@ONE_DATABASE
def test_who_did_what_is_told_in_a_sentence(job):
    audit.record("pause", at=DUE, result="paused", actor="jon", reason="Bank holiday", job=job.name)
    audit.record("rerun", at=DUE, result="attempt 2", actor="mara", job=job.name, run_date=DUE, run=7)
    text = reader().get(at("job", job.name)).text
    assert "<b>jon</b> paused it" in text
    assert "“Bank holiday”" in text
    assert "<b>mara</b> reran slot" in text
    assert f'href="{at("audit")}?job=nightly"' in text


# -- durations and files ----------------------------------------------------------------------


def test_the_plot_that_zooms_gets_the_same_runs(job):
    runs(job, 5)
    stored_run(job, DUE - HOUR, state="failed")
    data = reader().get(at("job_durations", job.name), {"range": "30d"}).json()
    assert [run[2] for run in data["runs"]] == ["ok"] * 4 + ["fail", "ok"]
    assert data["from"] < data["runs"][0][0] < data["to"]
    assert data["usual"][-1][1] <= data["usual"][-1][2] <= data["usual"][-1][3]


def test_the_file_has_the_slots_of_the_filter(job):
    runs(job, 3)
    stored_run(job, DUE - 3 * 24 * HOUR, state="failed", error="=cmd()")
    answer = reader().get(at("job_csv", job.name), {"show": "failed"})
    assert answer["Content-Disposition"] == 'attachment; filename="nightly-slots.csv"'
    head, line = answer.getvalue().decode().splitlines()
    assert head.startswith("slot,")
    assert ",failed," in line
    assert "'=cmd()" in line


# -- statements -------------------------------------------------------------------------------

DJANGO = 4
"""The session, the user, and the permissions of the user and of the groups."""


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("", 14),
        ("?show=failed", 15),
        ("?show=missed", 14),
        ("?range=year&since=1y", 15),
        ("?day=2020-02-02", 14),
    ],
)
def test_it_takes_the_same_number_of_statements_however_much_there_is(declare, query, number):
    client, page = reader(), at("job", "job-00") + query
    # Where the database knows no job at all, as after a flush, the page reads the clock once more.
    JobDeclaration.objects.create(job_name="known", schedule="0 3 * * *", timezone="UTC", since=DUE)

    def counted():
        # Now and then a process reads something again, such as the clock: the fewest are what the page takes.
        return min(statements(lambda: client.get(page)) for _ in range(3)) - DJANGO

    for place in range(5):
        job = declare(f"job-{place:02d}", schedule="17 6 * * *", timezone="UTC")
        stored_run(job, DUE - 24 * HOUR, state="failed")
    assert counted() == number
    for place in range(5, 50):
        declare(f"job-{place:02d}", schedule="17 6 * * *", timezone="UTC")
    for hours in range(60):
        stored_run(
            Job("job-00"), DUE - (hours + 0.3) * HOUR / 2, state="failed" if hours % 2 else "succeeded"
        )
    assert counted() == number
