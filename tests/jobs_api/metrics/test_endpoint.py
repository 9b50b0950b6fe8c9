"""GET /api/metrics: formats, who may see what, and what it answers where something is missing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import OperationalError, ProgrammingError
from django.utils import timezone

from jobs_api.metrics import collecting
from jobs_api.models import AlertMessage, Incident, TriggerSource
from jobs_api.runs import job_state, pausing
from tests.conftest import stored_run
from tests.databases import ONE_DATABASE
from tests.jobs_api.api.endpoints import YEARLY, bearer, newest_run
from tests.jobs_api.metrics.scraping import OPENMETRICS, scrape
from tests.jobs_api.nasty import SOUP, unseen

pytestmark = [pytest.mark.django_db, ONE_DATABASE]
TEXT, OPEN = (
    "text/plain; version=0.0.4; charset=utf-8",
    "application/openmetrics-text; version=1.0.0; charset=utf-8",
)


def incident(kind="failed", job="nightly", **fields):
    now = timezone.now()
    about = {"subject": job or kind, "job_name": job, "since": now, "opened_at": now, "seen_at": now}
    return Incident.objects.create(kind=kind, **{**about, **fields})


def message(about, channel="ops", **fields):
    now = timezone.now()
    return AlertMessage.objects.create(
        incident=about, channel=channel, event="opened", created_at=now, **{"next_try_at": now, **fields}
    )


ACCEPT = {
    "": TEXT,
    "*/*": TEXT,
    "text/html": TEXT,
    "text/plain;version=0.0.4": TEXT,
    OPENMETRICS["Accept"]: OPEN,
    "application/openmetrics-text; version=0.0.1": OPEN,
    "application/openmetrics-text;q=0.3, text/plain;q=0.5": TEXT,
    "application/openmetrics-text;q=0": TEXT,
    "application/openmetrics-text;version=1\x0b;q=x;escaping=\xff": TEXT,
    "Application/OpenMetrics-Text": OPEN,
}


@pytest.mark.parametrize("accept", ACCEPT, ids=repr)
def test_the_format_is_what_the_asker_prefers(api, declare, scraped, accept):
    declare()
    answer = api("GET", "/api/metrics", headers={"Accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (200, ACCEPT[accept])
    assert scraped(headers={"Accept": accept}).value("jobs_api_job_paused", job_name="nightly") == 0


@pytest.fixture
def full(api, declare, scraped):
    """Something of everything."""
    job = declare(**YEARLY, owner="ann")
    declare("demand", schedule=None)
    newest_run(declare("broken", **YEARLY), "failed", reason="error")
    for _ in range(2):
        api("POST", "/api/jobs/demand/run?source=curl")
    api("POST", "/api/run-due?source=curl")
    pausing.pause(job, actor="ana", comment="works", at=timezone.now())
    message(incident())
    return scraped


@pytest.mark.parametrize("headers", [{}, OPENMETRICS], ids=["text", "openmetrics"])
def test_both_formats_say_the_same(full, headers):
    assert full(headers=headers).found == full().found


@pytest.mark.skipif(shutil.which("promtool") is None, reason="there is no promtool on PATH")
def test_promtool_has_nothing_to_say(full, api):
    text = api("GET", "/api/metrics").content
    said = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, timeout=60)
    assert (said.returncode, said.stdout, said.stderr) == (0, b"", b"")


def test_what_callers_write_ends_no_line_and_no_label(api, declare, toy):
    toy(lambda command, **options: None)
    declare(schedule=None, owner='a"b\\c')
    TriggerSource.objects.create(source=SOUP[:100], first_at=timezone.now(), last_at=timezone.now())
    text = api("GET", "/api/metrics").content.decode()
    assert unseen(text.replace("\n", "")) == []
    about = {"job_name": "nightly", "schedule": "", "timezone": "UTC", "owner": 'a"b\\c'}
    assert scrape(api).value("jobs_api_job_info", **about) == 1


# -- who sees what ----------------------------------------------------------------------------


def test_a_token_for_some_jobs_sees_these_and_its_own_calls(api, declare, full):
    api("POST", "/api/jobs/demand/run", headers=bearer("trigger", patterns=("demand",), name="mine"))
    incident(kind="missed", job="demand")
    incident(kind="source_silent", job="", subject="curl")
    everything = full()
    mine = full(headers=bearer("read", patterns=("dem*",)))
    assert everything.labels("jobs_api_job_paused", "job_name") == {"nightly", "demand", "broken"}
    assert mine.labels("jobs_api_job_paused", "job_name") == {"demand"}
    assert mine.labels("jobs_api_triggers_total", "job_name") == {"demand"}
    assert everything.labels("jobs_api_incidents_open", "kind") == {"failed", "missed", "source_silent"}
    assert mine.labels("jobs_api_incidents_open", "kind") == {"missed"}
    for name in ("jobs_api_alert_messages_undelivered", "jobs_api_source_silent"):
        assert name in everything.names()
        assert name not in mine.names()


def test_only_what_is_open_and_not_delivered_is_counted(declare, scraped):
    declare()
    now = timezone.now()
    about = incident()
    incident(closed_at=now)
    incident(job="other")
    message(about)
    message(about, "chat", next_try_at=None, sent_at=now)
    message(about, "pager", number=2)
    found = scraped()
    assert found.value("jobs_api_incidents_open", kind="failed") == 2
    assert found.labels("jobs_api_alert_messages_undelivered", "channel") == {"ops", "pager"}
    since = found.value("jobs_api_alert_oldest_undelivered_timestamp_seconds", channel="ops")
    assert since == pytest.approx(now.timestamp(), abs=5)


# -- what is missing --------------------------------------------------------------------------


def test_without_the_library_it_says_how_to_install_it(api, declare, monkeypatch):
    declare()
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    monkeypatch.setitem(sys.modules, "prometheus_client.core", None)
    answer = api("GET", "/api/metrics")
    assert answer.status_code == 501
    assert 'pip install "django-jobs-api[prometheus]"' in answer.json()["detail"]


LOCKED = OperationalError("database is locked")
MISSING = OperationalError("no such table: jobs_api_jobtotals")


def failing(error):
    def read(*args, **options):
        raise error

    return read


@pytest.mark.parametrize("error", [LOCKED, MISSING], ids=str)
def test_a_database_that_cannot_be_read_is_told_as_such(api, declare, monkeypatch, error):
    declare()
    monkeypatch.setattr(collecting, "read", failing(error))
    found = scrape(api)
    assert found.value("jobs_api_database_reachable") == 0
    assert found.names() == {"jobs_api_database_reachable", "jobs_api_build_info"}


def test_a_bug_is_no_unreachable_database(api, declare, monkeypatch):
    declare()
    monkeypatch.setattr(collecting, "read", failing(ProgrammingError("syntax error at or near")))
    assert api("GET", "/api/metrics").status_code == 500


def test_nothing_but_the_scrape_imports_the_library():
    code = (
        "import sys, django; django.setup(); import jobs_api.urls, jobs_api.metrics;"
        "from jobs_api.monitoring import job_totals;"
        "print('prometheus_client' in sys.modules, job_totals.switch.on);"
        "jobs_api.metrics.collector(); print('prometheus_client' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "True", "True"]


def test_the_module_can_be_imported_before_django_is_set_up():
    code = "import sys, jobs_api.metrics; print('jobs_api.models' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"False\n"


# -- an endpoint of the host ------------------------------------------------------------------


def test_a_registry_of_the_host_shows_ours_as_well(declare, django_assert_num_queries):
    from prometheus_client import CollectorRegistry, Counter, generate_latest

    from jobs_api import metrics

    declare()
    registry = CollectorRegistry()
    Counter("orders_total", "Orders", registry=registry)
    with django_assert_num_queries(0):
        metrics.register(registry)
        with pytest.raises(ValueError, match="jobs_api_build"):
            metrics.register(registry)
    text = generate_latest(registry).decode()
    assert "orders_total 0.0" in text
    assert 'jobs_api_job_paused{job_name="nightly"} 0.0' in text


# -- the values -------------------------------------------------------------------------------


def known(job):
    """The database knows it since long."""
    job_state.know(job, at=timezone.now() - timedelta(days=500))
    return job


def test_the_health_is_one_of_five_and_a_pause_is_told_beside_it(declare, scraped):
    job = known(declare(**YEARLY))
    newest_run(job, "failed", reason="error")
    assert {
        kind: scraped().value("jobs_api_job_health", job_name="nightly", health=kind)
        for kind in ("ok", "failing")
    } == {"ok": 0, "failing": 1}
    pausing.pause(job, actor="ana", comment="works", at=timezone.now())
    found = scraped()
    assert found.value("jobs_api_job_health", job_name="nightly", health="paused") == 1
    assert found.value("jobs_api_job_paused", job_name="nightly") == 1


def test_times_are_those_of_the_newest_run_and_absent_where_there_is_none(declare, scraped):
    job = known(declare(**YEARLY))
    assert scraped().value("jobs_api_job_last_run_slot_timestamp_seconds", job_name="nightly") is None
    run = newest_run(job)
    found = scraped()
    for name, instant in (("slot", run.run_date), ("start", run.started_at), ("end", run.finished_at)):
        assert found.value(
            f"jobs_api_job_last_run_{name}_timestamp_seconds", job_name="nightly"
        ) == pytest.approx(instant.timestamp())
    assert found.value("jobs_api_job_last_success_duration_seconds", job_name="nightly") == 1
    assert (
        found.value("jobs_api_job_next_slot_timestamp_seconds", job_name="nightly") > run.run_date.timestamp()
    )


def test_a_run_whose_process_has_died_is_not_in_flight_any_more(declare, scraped):
    job = known(declare(**YEARLY))
    newest_run(job, "running", lease_expires_at=timezone.now() - timedelta(seconds=1))
    found = scraped()
    assert found.value("jobs_api_job_runs_in_flight", job_name="nightly") == 0
    assert found.value("jobs_api_job_health", job_name="nightly", health="failing") == 1


def test_the_last_success_is_known_however_often_the_job_has_failed_since(api, declare, toy, scraped):
    declare(**YEARLY)
    toy(lambda command, **options: None)
    api("POST", "/api/jobs/nightly/run")
    before = scraped().value("jobs_api_job_last_success_timestamp_seconds", job_name="nightly")
    job = declare("nightly", schedule=None)
    stored_run(job, timezone.now(), state="failed", reason="error")
    after = scraped()
    assert after.value("jobs_api_job_health", job_name="nightly", health="failing") == 1
    assert (
        after.value("jobs_api_job_last_success_timestamp_seconds", job_name="nightly") == before is not None
    )
