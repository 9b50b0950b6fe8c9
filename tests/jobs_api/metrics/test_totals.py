"""Counters: what is noted, by which process, and that no number ever falls."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from jobs_api import registry, runs
from jobs_api.clock import Moment
from jobs_api.models import JobRun, JobTotals, State, TriggerCount
from jobs_api.monitoring import job_totals, trigger_counts
from jobs_api.monitoring.histograms import Histogram
from jobs_api.monitoring.totals import OTHER, SOURCES, Totals
from jobs_api.runs.types import Trigger
from tests.conftest import NOON, stored_run
from tests.jobs_api.api.endpoints import YEARLY, newest_run
from tests.jobs_api.executors import subprocesses
from tests.jobs_api.together import together
from tests.jobs_api.triggers.asking import RECENT, trigger
from tests.toys.child import start

pytestmark = pytest.mark.django_db(transaction=True)


def fail(command, **options):
    raise ValueError("boom")


def attempts(found, job="nightly"):
    """How many attempts ended in which way, without those that did not."""
    counted = {}
    for (name, labels), value in found.found.items():
        if name == "jobs_api_attempts_total" and dict(labels)["job_name"] == job and value:
            counted[f"{dict(labels)['state']} {dict(labels)['reason']}".strip()] = value
    return counted


# -- what is noted ----------------------------------------------------------------------------


def test_each_end_of_an_attempt_begins_with_zero(declare, scraped):
    declare()
    found = scraped()
    assert found.value("jobs_api_attempts_total", job_name="nightly", state="failed", reason="timeout") == 0
    assert found.value("jobs_api_attempt_duration_seconds_count", job_name="nightly") == 0


def test_an_attempt_is_counted_by_its_end_with_its_duration_and_lateness(declare, toy, scraped):
    job = declare(max_attempts=3, retry_backoff=0)
    toy(fail)
    trigger(job, run_date=RECENT, now=RECENT + timedelta(seconds=40))
    toy(lambda command, **options: None)
    assert trigger(job, run_date=RECENT, now=None).outcome == "succeeded"
    found = scraped()
    assert attempts(found) == {"failed error": 1, "succeeded": 1}
    assert found.value("jobs_api_attempt_duration_seconds_count", job_name="nightly") == 2
    late = {
        bound: found.value("jobs_api_start_lateness_seconds_bucket", job_name="nightly", le=bound)
        for bound in ("15.0", "60.0", "+Inf")
    }
    assert late == {"15.0": 0, "60.0": 1, "+Inf": 1}, "a retry is not late"
    assert found.value("jobs_api_start_lateness_seconds_sum", job_name="nightly") == 40


def test_a_job_on_demand_and_an_order_are_never_late(api, declare, toy, scraped):
    toy(lambda command, **options: None)
    declare("demand", schedule=None)
    api("POST", "/api/jobs/demand/run")
    job = declare()
    for day, kind in ((RECENT, "rerun"), (RECENT - timedelta(days=3), "backfill")):
        trigger(job, run_date=day, now=RECENT + timedelta(minutes=1), by=Trigger(kind), ordered=True)
    found = scraped()
    assert (attempts(found, "demand"), attempts(found)) == ({"succeeded": 1}, {"succeeded": 2})
    late = "jobs_api_start_lateness_seconds_count"
    assert found.value(late, job_name="nightly") == 0
    assert found.value(late, job_name="demand") is None


def test_a_lost_attempt_is_counted_by_whoever_reaps_it(declare, scraped):
    job = declare()
    stored_run(job, RECENT, state=State.RUNNING, lease_expires_at=RECENT, trigger="http")
    runs.reap(
        JobRun.objects.all(), moment=Moment(RECENT + timedelta(minutes=5), RECENT + timedelta(minutes=5))
    )
    found = scraped()
    assert attempts(found) == {"failed lost": 1}
    assert found.value("jobs_api_attempt_duration_seconds_count", job_name="nightly") == 1


def test_it_shows_when_the_counters_were_last_written(api, declare, toy, scraped):
    toy(lambda command, **options: None)
    declare(**YEARLY)
    assert scraped().value("jobs_api_counters_written_timestamp_seconds") is None
    api("POST", "/api/jobs/nightly/run")
    written = scraped().value("jobs_api_counters_written_timestamp_seconds")
    assert written == pytest.approx(timezone.now().timestamp(), abs=60)


def test_triggers_are_counted_by_source_and_outcome_also_repeats(api, declare, toy, scraped):
    toy(lambda command, **options: None)
    declare(**YEARLY)
    for source in ("curl", "curl", "mine", ""):
        api("POST", f"/api/jobs/nightly/run{'?source=' + source if source else ''}")
    found = scraped()
    counted = {
        (source, outcome): found.value(
            "jobs_api_triggers_total", job_name="nightly", source=source, outcome=outcome
        )
        for source, outcome in (
            ("curl", "succeeded"),
            ("curl", "already_succeeded"),
            ("mine", "already_succeeded"),
            ("(unknown)", "already_succeeded"),
        )
    }
    assert set(counted.values()) == {1}
    assert found.value("jobs_api_trigger_duration_seconds_count", job_name="nightly") == 1, (
        "no repeat is timed"
    )


def test_a_job_that_is_not_declared_any_more_is_not_shown(api, declare, toy, scraped):
    declare(**YEARLY)
    api("POST", "/api/jobs/nightly/run")
    scraped()
    with registry.override():
        assert "jobs_api_attempts_total" not in scraped().names()
    assert attempts(scraped()) == {"succeeded": 1}


def test_an_older_slot_that_succeeds_later_is_not_the_last_success(declare, scraped):
    job = declare()
    for day in (1, 3, 2):
        trigger(job, run_date=RECENT - timedelta(days=5 - day), now=RECENT, by=Trigger("http"))
    JobRun.objects.all().delete()
    found = scraped()
    newest = RECENT - timedelta(days=2)
    assert (
        found.value("jobs_api_job_last_success_slot_timestamp_seconds", job_name="nightly")
        == newest.timestamp()
    )
    assert found.value("jobs_api_job_last_success_duration_seconds", job_name="nightly") >= 0


# -- who notes it -----------------------------------------------------------------------------


@pytest.fixture
def patient(monkeypatch):
    """Processes write at their end, however long that takes."""
    monkeypatch.setenv("TOY_PATIENCE", "20")


def test_a_command_that_ends_at_once_is_counted(declare, patient):
    jobs = [declare("fine", schedule=None), declare("broken", schedule=None, options={"fail": True})]
    for job in jobs:
        child = start.start("jobs_run", job.name, jobs=jobs)
        child.communicate(timeout=60)
        assert child.returncode == (job.name == "broken")
    ends = {row.job_name: set(Totals.of(row.totals).attempts) for row in JobTotals.objects.all()}
    assert ends == {"fine": {("succeeded", "")}, "broken": {("failed", "error")}}


def test_a_process_of_its_own_is_counted_once(declare, monkeypatch, tmp_path, scraped, patient):
    job = declare(executor="subprocess", command="check")
    subprocesses.prepare(monkeypatch, tmp_path)
    subprocesses.fire(job)
    subprocesses.ended()
    subprocesses.until(lambda: JobTotals.objects.exists())
    subprocesses.until(lambda: not any(subprocesses.supervisors(tmp_path)))
    assert attempts(scraped()) == {"succeeded": 1}


def test_processes_that_write_at_once_lose_nothing():
    together(4, "tests.jobs_api.metrics.adding:add_up", 10)
    for row in JobTotals.objects.all():
        totals = Totals.of(row.totals)
        assert totals.attempts["succeeded", ""] == sum(totals.duration.counts) == 40
        assert totals.duration.sum == 10
    assert JobTotals.objects.count() == 3


def test_where_the_library_is_missing_nothing_is_noted(api, declare, toy, monkeypatch):
    monkeypatch.setattr(job_totals.switch, "on", False)
    monkeypatch.setattr(job_totals, "find_spec", lambda name: None)
    assert not job_totals.is_wanted()
    declare(**YEARLY)
    job_totals.noted.clear()
    api("POST", "/api/jobs/nightly/run")
    api("POST", "/api/jobs/nightly/run")
    job_totals.noted.clear()  # the receiver of this process stays connected
    trigger_counts.flush()
    assert not JobTotals.objects.exists()


# -- no number falls --------------------------------------------------------------------------


def test_pruning_lowers_no_counter(api, declare, toy, scraped):
    toy(lambda command, **options: None)
    declare(**YEARLY)
    for _ in range(3):
        api("POST", "/api/jobs/nightly/run")
    before = scraped()
    TriggerCount.objects.update(day=NOON.date().replace(year=2020))
    JobRun.objects.update(run_date=NOON.replace(year=2020))
    call_command("jobs_prune", verbosity=0)
    assert not JobRun.objects.exists()
    assert not TriggerCount.objects.exists()
    after = scraped()
    counters = [key for key in before.found if key[0].endswith(("_total", "_count", "_sum", "_bucket"))]
    assert counters
    assert {key: after.found[key] for key in counters} == {key: before.found[key] for key in counters}


def test_the_totals_of_a_job_of_long_ago_are_pruned(declare):
    long_ago = timezone.now() - timedelta(days=500)
    for name, written in (("old", long_ago), ("new", timezone.now())):
        JobTotals.objects.create(job_name=name, since=long_ago, written_at=written)
    call_command("jobs_prune", verbosity=0)
    assert [row.job_name for row in JobTotals.objects.all()] == ["new"]


def test_what_could_not_be_written_is_written_later(declare, api, toy, scraped, monkeypatch):
    declare(**YEARLY)
    api("POST", "/api/jobs/nightly/run")
    with monkeypatch.context() as patch:
        patch.setattr(job_totals, "_write", lambda *args: (_ for _ in ()).throw(OperationalError("locked")))
        with pytest.raises(OperationalError):
            trigger_counts.flush()
    assert not JobTotals.objects.exists()
    assert attempts(scraped()) == {"succeeded": 1}


def test_many_jobs_are_written_with_a_few_statements(django_assert_max_num_queries):
    with django_assert_max_num_queries(2 * 5):
        job_totals.write({f"job{number}": Totals() for number in range(2 * job_totals.BATCH)})
    assert JobTotals.objects.count() == 2 * job_totals.BATCH


# -- what is bounded --------------------------------------------------------------------------


def test_callers_that_invent_sources_and_jobs_make_few_series(api, declare, toy, scraped):
    toy(lambda command, **options: None)
    declare(**YEARLY)
    api("POST", "/api/jobs/nightly/run?source=curl")
    before = len(scraped().found)
    for number in range(5000):
        trigger_counts.answered(
            Trigger("http", f"invented {number}", "ci"), "nightly", "already_succeeded", NOON
        )
        if number % 1000 == 0:
            assert api("POST", f"/api/jobs/invented-{number}/run?source=x{number}").status_code == 404
            trigger_counts.flush()
    found = scraped()
    sources = found.labels("jobs_api_triggers_total", "source")
    assert len(sources) == SOURCES + 2, sources
    assert OTHER in sources
    assert "curl" in sources
    assert found.labels("jobs_api_job_info", "job_name") == {"nightly"}
    assert len(found.found) < before + 2 * SOURCES + 60
    total = sum(value for (name, _), value in found.found.items() if name == "jobs_api_triggers_total")
    assert total == 5001


def test_a_platform_that_we_know_has_its_place_also_after_a_flood():
    totals = Totals()
    for number in range(100):
        totals.triggered(f"invented {number}", "already_succeeded")
    totals.triggered("qstash", "succeeded")
    assert totals.triggers["qstash", "succeeded"] == 1


# -- the row ----------------------------------------------------------------------------------


def test_a_row_is_read_as_it_was_written():
    totals = Totals()
    totals.attempts["failed", "submit_failed"] += 2
    totals.triggered("curl", "paused", 3)
    for value in (0, 0.1, 0.11, 7, 10**6):
        totals.duration.note(value)
    event = SimpleNamespace(started_at=NOON, finished_at=NOON + timedelta(seconds=2), run_date=NOON)
    totals.ended(
        {**vars(event), "state": "succeeded", "reason": "", "attempt": 1, "trigger": "http"}, scheduled=True
    )
    assert Totals.of(json.loads(json.dumps(totals.stored()))) == totals


def test_buckets_of_another_version_go_to_the_next_larger_one():
    histogram = Histogram((1, 10))
    histogram.read({"counts": {"0.5": 1, "3": 2, "10": 4, "11": 8, "inf": 16}, "sum": 5})
    assert (histogram.counts, histogram.sum) == ([1, 6, 24], 5)


def test_a_clock_that_was_set_back_counts_as_no_time():
    histogram = Histogram((1, 10))
    histogram.note(-5)
    assert (histogram.counts, histogram.sum) == ([1, 0, 0], 0)


def test_a_held_run_is_in_flight(declare, scraped):
    newest_run(declare(**YEARLY), State.RUNNING)
    found = scraped()
    assert found.value("jobs_api_job_runs_in_flight", job_name="nightly") == 1
    assert found.value("jobs_api_job_runs_queued", job_name="nightly") == 0
