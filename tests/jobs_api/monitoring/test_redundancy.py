"""Two sources trigger the same job, and one stops: nobody is late, nothing fails, and still it is told.

Pain 17: nothing ran for days, because the only caller that was left had gone. The first had gone long before.
"""

from __future__ import annotations

import shlex
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs_api import Job, registry
from jobs_api.models import JobRun, State, TriggerSource
from jobs_api.monitoring import sources, trigger_counts
from jobs_api.monitoring.forgetting import forget
from jobs_api.monitoring.report import health_report
from jobs_api.monitoring.source_report import source_reports
from jobs_api.runs import job_state
from jobs_api.runs.types import RUN_DUE, Trigger
from jobs_api.triggers.dispatch import dispatch
from jobs_api.triggers.due import run_due
from jobs_api.triggers.payload import Payload
from tests.jobs_api.management.calling import manage
from tests.jobs_api.management.processes import manage as manage_in_a_shell

pytestmark = pytest.mark.django_db
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=number) for number in (1, 60, 3600, 86400))
NOW = timezone.now()
TODAY = (NOW - timedelta(minutes=30)).replace(hour=0, minute=0, second=0, microsecond=0)
"""Its midnight is past for a while, and the next one, if it has come, is within the grace."""


@pytest.fixture
def jobs(declare, toy):
    """Two jobs, known for long, and due at each midnight."""
    toy(lambda command, **options: None)
    found = declare("nightly", schedule="0 0 * * *"), declare("other", schedule="0 0 * * *")
    job_state.know_all(at=TODAY - 40 * DAY)
    return found


def come(kind, source, job, at):
    actor = {"http": "CRON_SECRET", "command": "ops", RUN_DUE: "ops"}.get(kind, "")
    if kind == RUN_DUE:
        return run_due(Trigger(RUN_DUE, source, actor), now=at)
    return dispatch(Payload(kind, source=source, actor=actor).request(job), now=at)


def days(first, last=0):
    """The midnights from so many days ago to so many days ago."""
    return [TODAY - number * DAY for number in range(first, last - 1, -1)]


def simulate(calls):
    """Calls (when, kind, source, job) in the order of time, written after each day."""
    for at, kind, source, job in sorted(calls, key=lambda call: call[0]):
        come(kind, source, job, at)
        trigger_counts.flush()


def of(source, at=NOW):
    (found,) = [each for each in source_reports(at) if each.source == source]
    return found


STOPPING = [("http", "cron_job_org"), ("command", "crontab"), ("python", "celery-beat"), (RUN_DUE, "poller")]


def hint(text):
    """The command that is printed for a source that was removed on purpose."""
    return shlex.split(text.partition("ends these lines: manage.py ")[2].splitlines()[0])


@pytest.mark.parametrize(("kind", "source"), STOPPING, ids=[source for _, source in STOPPING])
def test_one_of_two_sources_stops_and_the_job_runs_all_the_same(api, jobs, kind, source):
    staying = [(at + 5 * SECOND, "http", "eventbridge", job) for at in days(6) for job in jobs]
    simulate([*staying, *((at + 40 * SECOND, kind, source, jobs[0]) for at in days(6, 3))])
    assert JobRun.objects.filter(state=State.SUCCEEDED).count() == 14
    here, gone = of("eventbridge"), of(source)
    assert (here.silent, here.wins, here.calls) == (False, 14, 14)
    assert (gone.silent, gone.wins, gone.calls) == (True, 0, 4)
    assert here.lateness.usual == pytest.approx(5, abs=0.1)
    assert gone.lateness.usual == (None if kind == RUN_DUE else pytest.approx(40, abs=0.1))
    report = health_report(now=NOW)
    assert not report.red
    assert [each.source for each in report.sources if each.silent] == [source]
    said = api("GET", "/api/health/jobs").json()
    assert (said["health"], said["silent_count"], said["sources"][0]["source"]) == ("ok", 1, source)
    shown = manage("jobs_list", "--sources").out
    assert f"{source}" in shown
    assert "is silent for " in shown
    assert "is silent for " in manage("jobs_list").out
    assert manage(*hint(shown)).out.startswith(f"Forgot {source}")
    assert "is silent for " not in manage("jobs_list").out


@pytest.mark.parametrize(("kind", "source"), STOPPING[:3], ids=[source for _, source in STOPPING[:3]])
def test_a_source_stops_for_one_job_only(api, jobs, kind, source):
    nightly, other = jobs
    staying = [(at + 5 * SECOND, "http", "eventbridge", job) for at in days(6) for job in jobs]
    still = [(at + 40 * SECOND, kind, source, other) for at in days(6)]
    simulate([*staying, *still, *((at + 41 * SECOND, kind, source, nightly) for at in days(6, 3))])
    found = of(source)
    assert (found.silent, [each.job for each in found.silent_jobs], found.is_missed) == (
        False,
        ["nightly"],
        True,
    )
    said = api("GET", "/api/health/jobs").json()
    assert (said["health"], said["silent_count"]) == ("ok", 1)
    assert (said["sources"][0]["source"], said["sources"][0]["silent_jobs"]) == (source, ["nightly"])
    (row,) = [each for each in api("GET", "/api/sources").json()["sources"] if each["source"] == source]
    told = {each["job"]: (each["silent"], each["calls"], each["usual_late_seconds"]) for each in row["jobs"]}
    assert told == {"nightly": (True, 4, 41), "other": (False, 7, 40)}
    assert "no longer triggers nightly: it last did at " in manage("jobs_list").out
    lines = manage("jobs_list", "nightly", "--sources").lines
    assert {line.split()[0] for line in lines[1:3]} == {"eventbridge", source}
    states = {
        each["source"]: each["silent"]
        for each in manage("jobs_list", "nightly", "--sources", "--json").json()
    }
    assert states == {"eventbridge": False, source: True}
    assert "triggers nightly." in manage(*hint(manage("jobs_list").out)).out
    assert "no longer triggers" not in manage("jobs_list").out


def test_a_source_stops_calling_run_due_only(api, jobs):
    """Its lines for single jobs are still there: nobody catches up and retries, and every job is on time."""
    simulate([(at + 5 * SECOND, "command", "crontab", job) for at in days(6) for job in jobs])
    simulate([(at + hour * HOUR, RUN_DUE, "poller", None) for at in days(6, 3) for hour in range(0, 24, 6)])
    simulate([(at + 9 * HOUR, RUN_DUE, "crontab", None) for at in days(6, 3)])
    found = of("crontab")
    assert (found.silent, found.silent_jobs, found.run_due_silent, found.is_missed) == (False, [], True, True)
    said = api("GET", "/api/health/jobs").json()["sources"]
    assert {each["source"]: each["run_due_silent"] for each in said} == {"crontab": True, "poller": False}
    assert "crontab (ops) no longer calls run-due: it last did at " in manage("jobs_list").out
    forget("poller")
    assert hint(manage("jobs_list").out) == ["jobs_forget", "--run-due", "--by=ops", "crontab"]
    assert manage("jobs_forget", "crontab", "--run-due").out == "Forgot that crontab (ops) calls run-due.\n"
    assert not of("crontab").is_missed


def test_a_job_that_got_a_slower_schedule_or_is_gone_is_missed_by_nobody(declare, jobs):
    simulate([(at + 5 * SECOND, "http", "curl", job) for at in days(6, 3) for job in jobs])
    simulate([(TODAY + 10 * MINUTE, "http", "curl", declare("more", schedule="0 0 * * *"))])
    assert [each.job for each in of("curl").silent_jobs] == ["nightly", "other"]
    half_a_year_away = f"0 0 1 {(TODAY.month + 5) % 12 + 1} *"
    with registry.override(Job("nightly", schedule=half_a_year_away), Job("other", schedule="0 0 * * *")):
        assert [each.job for each in of("curl").silent_jobs] == ["other"]
    with registry.override(Job("other")):
        assert of("curl").silent_jobs == []


def test_both_stop_and_both_are_named_and_then_the_job_is_missed(api, jobs):
    simulate([(at + 5 * SECOND, "http", source, job) for at in days(6, 3) for source in "ab" for job in jobs])
    report = health_report(now=NOW)
    assert sorted(each.source for each in report.sources if each.silent) == ["a", "b"]
    assert report.names("missed") == ["nightly", "other"]
    assert api("GET", "/api/health/jobs").status_code == 503


def test_empty_run_dues_and_duplicates_over_python_are_calls(jobs):
    simulate([(at + 5 * SECOND, "python", "beat", jobs[0]) for at in days(3) for _ in range(2)])
    simulate([(TODAY + number * MINUTE, RUN_DUE, "poller", None) for number in (10, 20)])
    assert (of("beat").calls, of("beat").wins) == (8, 4)
    assert (of("poller").calls, of("poller").wins) == (2, 1)  # the other job's newest slot, and then nothing


# -- on purpose -------------------------------------------------------------------------------


@pytest.fixture
def removed(jobs):
    """Somebody has removed cron-job.org, and a crontab's line for one job."""
    nightly, other = jobs
    simulate(
        [
            *((at + 5 * SECOND, "http", "eventbridge", job) for at in days(6) for job in jobs),
            *((at + 9 * SECOND, "http", "cron_job_org", nightly) for at in days(6, 3)),
            *((at + 7 * SECOND, "command", "crontab", other) for at in days(6)),
            *((at + 8 * SECOND, "command", "crontab", nightly) for at in days(6, 3)),
        ]
    )


@pytest.mark.usefixtures("removed")
def test_an_operator_says_that_it_was_meant():
    assert {each.source for each in source_reports(NOW) if each.is_missed} == {"cron_job_org", "crontab"}
    said = manage("jobs_forget", "cron-job-org")
    assert (said.code, said.out) == (0, "Forgot cron_job_org (CRON_SECRET).\n")
    said = manage("jobs_forget", "crontab", "--job", "nightly")
    assert said.out == "Forgot that crontab (ops) triggers nightly.\n"
    assert not any(each.is_missed for each in source_reports(NOW))
    assert [each.job for each in of("crontab").jobs] == ["other"]
    assert "silent" not in manage("jobs_list").out


WRONG = {
    "no such source": (
        ["crontap"],
        "No source crontap. There are: cron_job_org (CRON_SECRET), crontab (ops), ",
    ),
    "of somebody else": (["crontab", "--by", "ana"], "No source crontab (ana)."),
    "not run-due": (["crontab", "--run-due"], "No source crontab calls run-due."),
    "not that job": (["crontab", "--job", "nighty"], "No source crontab triggers nighty."),
}


@pytest.mark.usefixtures("removed")
@pytest.mark.parametrize("case", WRONG)
def test_what_is_not_there_cannot_be_forgotten(case):
    line, text = WRONG[case]
    said = manage("jobs_forget", *line)
    assert (said.code, said.out) == (1, "")
    assert text in said.err
    assert TriggerSource.objects.count() == 3


@pytest.mark.usefixtures("removed")
def test_if_it_calls_again_it_begins_anew(jobs):
    manage("jobs_forget", "cron_job_org")
    come("http", "cron_job_org", jobs[0], NOW)
    trigger_counts.flush()
    assert (of("cron_job_org").calls, of("cron_job_org").silent) == (1, False)


@pytest.mark.usefixtures("removed")
def test_what_another_process_writes_meanwhile_is_kept(monkeypatch):
    """The row is read and then written: what comes between is read again."""
    first = TriggerSource.objects.filter
    row = TriggerSource.objects.get(source="crontab")
    done = []

    class Between:
        def __init__(self, rows):
            self.rows = rows

        def filter(self, **fields):
            if "calls" in fields and not done:
                done.append(True)
                first(pk=row.pk).update(calls=99)
            return self.rows.filter(**fields)

    using = TriggerSource.objects.using
    monkeypatch.setattr(type(TriggerSource.objects), "using", lambda self, alias: Between(using(alias)))
    assert len(forget("crontab", job="nightly")) == 1
    monkeypatch.undo()
    fresh = TriggerSource.objects.get(source="crontab")
    assert (fresh.calls, list(fresh.jobs)) == (99 - 4, ["other"])


@pytest.mark.usefixtures("removed")
def test_a_process_that_had_read_the_row_does_not_write_the_job_back(monkeypatch, jobs):
    merged, done = sources._merged, []

    def after_it_was_forgotten(row, *rest):
        if row.source == "crontab" and not done:
            done.append(forget("crontab", job="nightly"))
        return merged(row, *rest)

    monkeypatch.setattr(sources, "_merged", after_it_was_forgotten)
    come("command", "crontab", jobs[1], NOW)
    trigger_counts.flush()
    assert done
    assert [each.job for each in of("crontab").jobs] == ["other"]


# -- a process that ends at once --------------------------------------------------------------


SCRIPT = """
import jobs_api
from jobs_api.monitoring import trigger_counts
trigger_counts.LAST_SECONDS = 30  # however slow the machine is
jobs_api.trigger("fine", source="script")
jobs_api.run_due(source="script")
"""


@pytest.mark.django_db(transaction=True)
def test_a_script_or_a_command_of_the_host_that_triggers_and_ends_has_called_all_the_same():
    """A bridge in a process that cron starts, or a command of the host: it lives for a second."""
    said = manage_in_a_shell("shell", "-c", SCRIPT)
    assert said.returncode == 0, said.stderr
    row = TriggerSource.objects.get(source="script")
    assert (row.calls, sorted(row.jobs)) == (2, ["(run-due)", "fine"])
    assert row.last_run_due_at is not None
