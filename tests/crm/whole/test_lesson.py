"""The files of the lesson, run as cron, django-crontab and Celery beat do; docs/crm.md has the list."""

import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone
from django_crontab.crontab import Crontab

from crm import cron
from crm.jobs import jobs
from crm.settings import CRONJOBS
from jobs_api import TriggerResult
from jobs_api.models import JobRun
from tests.jobs_api.management.processes import environment, manage

from .server import deployed

SCRIPTS = Path(settings.BASE_DIR, "crm", "cron_jobs")
JOBS = {job.name: job for job in jobs}
TABLES = {
    "customer_cleanup_crontab.txt": "cleanup_inactive_customers",
    "order_reminders_crontab.txt": "send_order_reminders",
}


def nine_o_clock() -> str:
    """A zone in which it is between nine and ten now, when the reminders of eight have not expired."""
    ahead = (9 - timezone.now().hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+d}"


@pytest.fixture
def run(db, folder):
    """Run a program as cron does; in its shell, what a line names is where this test runs."""
    JobRun.objects.all().delete()
    more = {"TIME_ZONE": nine_o_clock(), "PYTHON": sys.executable, "JOBS_ENVIRONMENT": str(folder / "none")}

    def run(*line, **variables):
        made = environment(**deployed(folder, **more | variables))
        return subprocess.run(
            line, env=made, cwd="/", capture_output=True, text=True, timeout=60, check=False
        )

    return run


def ran(name):
    """Whether the job has one run, which succeeded at its first attempt."""
    rows = JobRun.objects.filter(job_name=name).values_list("state", "attempt")
    return list(rows) == [("succeeded", 1)]


@pytest.mark.parametrize(
    ("script", "job", "line"),
    [
        (["clean_inactive_customers.sh"], "cleanup_inactive_customers", ""),
        (["send_order_reminders.py"], "send_order_reminders", "Order reminders processed!\n"),
    ],
)
def test_a_script_runs_its_job_once_however_often_it_is_called(run, script, job, line):
    interpreter = [sys.executable] if script[0].endswith(".py") else ["/bin/sh"]
    first = run(*interpreter, str(SCRIPTS / script[0]))
    again = run(*interpreter, str(SCRIPTS / script[0]))
    assert (first.returncode, first.stdout, first.stderr) == (0, line, "")
    assert again.returncode == 0
    assert "processed" not in again.stdout
    assert ran(job)


def test_a_script_that_cannot_read_the_servers_environment_runs_nothing(run, folder):
    """It would open another database, where the same slot runs again."""
    broken = folder / "environment"
    broken.write_text("EMAIL_URL=a value without quotes\nTIME_ZONE=UTC\n")
    said = run("/bin/sh", str(SCRIPTS / "clean_inactive_customers.sh"), JOBS_ENVIRONMENT=str(broken))
    assert said.returncode != 0
    assert "not found" in said.stderr
    assert not JobRun.objects.exists()


@pytest.mark.parametrize("name", TABLES)
def test_a_crontab_is_what_the_export_writes(name):
    written = SCRIPTS / name
    asked = ["crontab", "--form", "command", "--only", TABLES[name], "--run-due-every", "none"]
    call_command("jobs_export", *asked, "--check", str(written), stdout=StringIO())


@pytest.mark.parametrize("name", TABLES)
def test_the_line_of_a_crontab_runs_the_job(run, folder, name):
    line = (SCRIPTS / name).read_text().splitlines()[-1]
    command = re.sub(r"^(\S+ ){5}", "", line)
    (folder / "environment").write_text("LINE='was read'\n")
    for shown, here in (
        ("/srv/app", str(settings.BASE_DIR)),
        ("/etc/jobs_api/environment", str(folder / "environment")),
        (".venv/bin/python", sys.executable),
        ("/var/log/jobs_api/cron.log", str(folder / "cron.log")),
    ):
        assert shown in command
        command = command.replace(shown, here)
    assert run("/bin/sh", "-c", command).returncode == 0, (folder / "cron.log").read_text()
    assert ran(TABLES[name])


def test_cronjobs_have_the_schedules_of_the_declarations():
    called = {"log_crm_heartbeat": "log_heartbeat", "update_low_stock": "update_low_stock"}
    schedules = {path.removeprefix("crm.cron."): schedule for schedule, path in CRONJOBS}
    assert schedules == {function: JOBS[job].schedule for function, job in called.items()}
    assert settings.CRONJOBS == CRONJOBS
    assert "django_crontab" in settings.INSTALLED_APPS


@pytest.mark.parametrize("index", range(len(CRONJOBS)))
def test_django_crontab_runs_each_of_them(db, folder, index):
    JobRun.objects.all().delete()
    number = Crontab()._Crontab__hash_job(CRONJOBS[index])
    done = manage("crontab", "run", number, **deployed(folder))
    assert (done.returncode, "Error" in done.stderr) == (0, False), done.stderr
    (found,) = JobRun.objects.values_list("job_name", flat=True)
    assert found == ("log_heartbeat", "update_low_stock")[index]
    assert ran(found)


def test_what_fails_is_raised_for_django_crontab_to_log(monkeypatch):
    failed = TriggerResult("failed", "log_heartbeat", detail="GraphQL did not answer.")
    monkeypatch.setattr("crm.cron.trigger", lambda name, source: failed)
    with pytest.raises(CommandError, match="log_heartbeat: failed"):
        cron.log_crm_heartbeat()


def test_celery_beat_has_the_weekly_report(folder):
    code = (
        "import django; django.setup(); from settings.celery import app; app.finalize(); "
        "entry = app.conf.beat_schedule['jobs_api: generate_crm_report']; "
        "print(entry['task'], *entry['args'], entry['schedule'])"
    )
    made = environment(**deployed(folder, CELERY_BROKER_URL="redis://127.0.0.1:1"))
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=made,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
    )
    report = JOBS["generate_crm_report"]
    assert done.stdout == f"jobs_api.trigger {report.name} <slots: {report.schedule} UTC>\n", done.stderr
