"""The commands as a crontab sees them: real processes, exit codes, signals."""

import json
import signal

import pytest
from django.utils import timezone

from jobs_api.auth import tokens
from jobs_api.models import JobDeclaration, JobRun
from jobs_api.runs import lookup
from tests.jobs_api.execution.attempts import eventually, output_of

from .processes import manage, started, stopped

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_run_and_its_duplicates_are_exit_status_0():
    first, second = manage("jobs_run", "fine"), manage("jobs_run", "fine")
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert [said.stdout.splitlines()[1].split()[0] for said in (first, second)] == [
        "succeeded",
        "already_succeeded",
    ]
    run = JobRun.objects.get()
    assert (run.job_name, run.attempt, run.trigger) == ("fine", 1, "command")
    assert output_of(run) == "all is well\n"


def test_a_quiet_line_has_nothing_to_mail_although_the_projects_log_is_on_the_terminal(monkeypatch):
    """Otherwise the line of each transition would be a mail of cron each night."""
    monkeypatch.setenv("TRANSITIONS_LOG_LEVEL", "INFO")
    for call in (("jobs_run", "fine"), ("jobs_run_due",)):
        said = manage(*call, "--quiet")
        assert (said.returncode, said.stdout, said.stderr) == (0, "", "")
    assert "transitions: finished job=fine" in manage("jobs_run", "fine", "--force").stderr


def test_a_failure_is_exit_status_1_on_every_call():
    failures = [manage("jobs_run", "broken") for _ in range(2)]
    assert [said.returncode for said in failures] == [1, 1]
    run = JobRun.objects.get()
    assert (run.tries, run.error) == (2, "CommandError: The toy was told to fail.")
    logged, _, said = failures[0].stderr.rpartition("Its attempts")  # the log of this project goes there, too
    assert "ERROR jobs_api.run" in logged
    assert said == f" and output: manage.py jobs_show {run.pk}\n"
    assert "Traceback" not in failures[0].stdout


def test_an_unknown_job_is_exit_status_1_with_a_hint_and_no_traceback():
    said = manage("jobs_run", "find")
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == "CommandError: There is no job 'find'. There are: broken, fine, long.\n"


def test_one_line_starts_all_that_is_due_and_reports_a_failure_once():
    for job in ("fine", "broken", "long"):
        JobDeclaration.objects.create(
            job_name=job, schedule="0 3 * * *", timezone="UTC", since="2020-01-01T00:00:00Z"
        )
    first = manage("jobs_run_due", "--json")
    assert first.returncode == 1
    assert {line["job"]: line["outcome"] for line in json.loads(first.stdout)} == {
        "broken": "failed",
        "fine": "succeeded",
        "long": "succeeded",
    }
    assert json.loads(manage("jobs_run_due", "--json").stdout)[0]["job"] == "broken"


def test_the_other_commands_work_in_a_fresh_process():
    made = manage("jobs_token", "create", "ci", "--json")
    assert tokens.verify(json.loads(made.stdout)["secret"], now=timezone.now())
    assert manage("jobs_pause", "fine").stdout == "fine: paused\n"
    listed = {line["job"]: line["health"] for line in json.loads(manage("jobs_list", "--json").stdout)}
    assert listed["fine"] == "paused"


STOPS = {"SIGTERM": signal.SIGTERM, "SIGINT": signal.SIGINT}


@pytest.mark.parametrize("name", STOPS)
def test_a_stop_hands_the_attempt_back_and_the_next_call_goes_on(tmp_path, name):
    """Pain 16: a deploy cuts the run, and nobody starts it again."""
    ledger = tmp_path / "ledger"
    options = json.dumps({"seconds": 60, "ledger": str(ledger)})
    process = started("jobs_run", "long", "--options", options)
    eventually(ledger.exists, seconds=30)
    said = stopped(process, STOPS[name], within=50)  # the command would take sixty seconds
    assert process.returncode == 130
    logged, *rest = [line for line in said.splitlines() if "INFO jobs_api.transitions" not in line]
    assert "WARNING jobs_api.run" in logged
    assert rest == ["CommandError: Interrupted; what ran in this process was handed back."]
    run = JobRun.objects.get()
    assert (run.state, run.reason, run.attempt, run.tries) == ("failed", "interrupted", 1, 0)
    assert (run.held_job, run.lease_expires_at) == (None, None)
    found = lookup.find("long", run.run_date).run
    assert found.next_attempt_at is not None
    assert not found.backing_off
    assert manage("jobs_rerun", str(run.pk), "--options", "{}").returncode == 0
    run.refresh_from_db()
    assert (run.state, run.attempt) == ("succeeded", 2)
