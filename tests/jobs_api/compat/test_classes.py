"""The classes of CRON_CLASSES become jobs; a class that cannot is an error with its remedy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured

from jobs_api import executors, registry
from jobs_api.compat.django_cron import checks, jobs
from jobs_api.compat.django_cron.classes import find
from jobs_api.models import JobRun
from jobs_api.registry import discovery
from jobs_api.triggers.public import trigger
from tests.conftest import NOON, stored_run
from tests.toys import crons

TOYS = "tests.toys.crons"


def job_of(crons_of, name, number=0):
    (cron,) = crons_of(name)
    return cron.parts[number][0]


def test_a_class_becomes_a_job_with_its_schedule_and_its_retries(crons_of):
    job = job_of(crons_of, "Cleanup")
    assert (job.name, job.schedule, job.call) == ("shop-cleanup", "0 * * * *", f"{TOYS}.Cleanup.do")
    assert (job.retry_backoff, job.overlap, job.timeout) == (300, "skip", 24 * 3600)
    assert job.help_text == "Delete stale baskets."


def test_tries_last_until_about_the_next_slot_as_django_cron_went_on_trying(crons_of):
    names = ("Cleanup", "Backup", "Uneven", "EachMinute")
    tries = {name: job_of(crons_of, name).max_attempts for name in names}
    assert tries == {"Cleanup": 4, "Backup": 11, "Uneven": 3, "EachMinute": 1}
    job_of(crons_of, "Uneven")
    job = registry.get("shop-uneven")
    assert sum(job.backoff(n).total_seconds() for n in range(1, job.max_attempts)) < 7 * 60


def test_parallel_runs_and_the_lock_time_are_those_of_the_class(crons_of, settings, monkeypatch):
    assert job_of(crons_of, "Monthly").overlap == "allow"
    settings.DJANGO_CRON_LOCK_TIME = 7200
    assert job_of(crons_of, "Monthly").timeout == 7200
    monkeypatch.setattr(crons.Monthly, "DJANGO_CRON_LOCK_TIME", 600, raising=False)
    assert job_of(crons_of, "Monthly").timeout == 600


def test_a_class_with_several_times_becomes_a_job_for_each_line(crons_of):
    (cron,) = crons_of("Backup")
    found = [(job.name, job.schedule, list(job.args)) for job, _ in cron.parts]
    path = [f"{TOYS}.Backup"]
    assert found == [
        ("ooi_parts-dbbackup_run", "15 1 * * *", path),
        ("ooi_parts-dbbackup_run-2", "0 14 * * *", path),
    ]


@pytest.mark.django_db(transaction=True)
def test_two_jobs_of_one_class_do_not_run_at_once(crons_of, monkeypatch):
    """Pain 6: the lock of django-cron raced, and could stay for ever; a lease does neither."""
    crons_of("Backup")
    seen = []

    def do(self):
        if not seen:
            seen.append(trigger("ooi_parts-dbbackup_run-2", source="another host"))

    monkeypatch.setattr(crons.Backup, "do", do)
    assert trigger("ooi_parts-dbbackup_run").outcome == "succeeded"
    assert [result.outcome for result in seen] == ["failed"]
    refused = JobRun.objects.get(job_name="ooi_parts-dbbackup_run-2")
    assert "ClassIsRunning: ooi_parts-dbbackup_run began at" in refused.error
    assert refused.next_attempt_at is not None  # it is tried again


@pytest.mark.django_db(transaction=True)
def test_a_class_runs_by_its_name_over_http_too_and_what_it_returns_is_its_output(crons_of, api):
    crons_of("Cleanup")
    assert api("POST", "/api/jobs/shop-cleanup/run").json()["outcome"] == "succeeded"
    assert api("POST", "/api/jobs/shop-cleanup/run").json()["outcome"] == "already_succeeded"
    assert crons.Cleanup.calls == [None]
    assert b"1 baskets deleted" in bytes(JobRun.objects.get().output_head)


@pytest.mark.django_db(transaction=True)
def test_run_due_starts_a_class_whose_slot_is_missed(crons_of, api):
    crons_of("Cleanup", "Broken")
    answer = api("POST", "/api/run-due")
    assert answer.json()["counts"] == {"succeeded": 1, "failed": 1}
    assert len(crons.Cleanup.calls) == 1


def test_the_previous_success_has_the_names_of_the_log_that_was(crons_of):
    job = job_of(crons_of, "Cleanup")
    for hours, state in ((3, "succeeded"), (2, "succeeded"), (1, "failed")):
        stored_run(job, NOON - timedelta(hours=hours), state=state, output_head=b"12 deleted\n")
    previous = crons.Cleanup().get_prev_success_cron()
    assert previous.start_time == NOON - timedelta(hours=2)
    assert previous.end_time - previous.start_time == timedelta(seconds=1)
    assert (previous.code, previous.is_success, previous.message) == ("shop.cleanup", True, "12 deleted\n")


def test_the_time_until_the_next_run_is_that_of_the_schedule(crons_of):
    crons_of("Cleanup", "Uneven")
    assert timedelta() < crons.Cleanup.get_time_until_run() <= timedelta(hours=1)
    assert crons.Uneven.get_time_until_run() == timedelta()
    assert crons.Backup.get_time_until_run() == timedelta()


FAULTS = {
    f"{TOYS}.WithoutCode": ("it has no code", "code ="),
    f"{TOYS}.WithoutSchedule": ("it has no schedule", "schedule ="),
    f"{TOYS}.BadTime": ("25:00", "23:15"),
    f"{TOYS}.NoCron": ("not a subclass of CronJobBase", "from jobs_api.compat.django_cron import"),
    f"{TOYS}.Nobody": ("cannot be imported", "Look at the path"),
    "tests.toys.no_such.Class": ("cannot be imported", "Look at the path"),
    "Cleanup": ("cannot be imported", "Look at the path"),
    7: ("it is not text", "dotted paths"),
}


@pytest.mark.parametrize("path", FAULTS)
def test_a_class_that_cannot_run_is_an_error_and_hides_no_other(path, settings):
    settings.CRON_CLASSES = [path, f"{TOYS}.Cleanup"]
    found, (fault,) = find()
    assert [cron.code for cron in found] == ["shop.cleanup"]
    text, hint = FAULTS[path]
    assert fault.id == "jobs_api.E060"
    assert str(path) in fault.text
    assert text in fault.text
    assert hint in fault.hint


def test_a_module_that_still_imports_django_cron_is_told_what_to_write(tmp_path, monkeypatch, settings):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "still_old.py").write_text("from django_cron import CronJobBase\n")
    settings.CRON_CLASSES = ["still_old.Cleanup"]
    _, (fault,) = find()
    assert "from jobs_api.compat.django_cron import" in fault.hint


def test_two_classes_with_one_code_are_an_error(settings):
    settings.CRON_CLASSES = [f"{TOYS}.Cleanup", f"{TOYS}.Same", f"{TOYS}.Cleanup"]
    found, (fault,) = find()
    assert len(found) == 1
    assert fault.id == "jobs_api.E061"
    assert f"{TOYS}.Same" in fault.text
    assert f"{TOYS}.Cleanup has already" in fault.text


def test_a_setting_that_is_not_a_list_is_an_error(settings):
    settings.CRON_CLASSES = f"{TOYS}.Cleanup"
    assert [cron.code for cron in find()[0]] == ["shop.cleanup"]  # django-cron read it letter by letter
    settings.CRON_CLASSES = None
    assert find()[1][0].id == "jobs_api.E060"


def test_a_server_does_not_start_with_a_class_that_cannot_run(monkeypatch, settings):
    settings.CRON_CLASSES = [f"{TOYS}.WithoutCode"]
    monkeypatch.setattr(jobs, "jobs", find()[1])
    app = AppConfig.create("jobs_api.compat.django_cron")
    monkeypatch.setattr(discovery.apps, "get_app_configs", lambda: [app])
    before, faults = registry.jobs(), list(discovery.faults)
    try:
        with pytest.raises(ImproperlyConfigured, match=r"jobs_api.E060.*WithoutCode.*HINT"):
            discovery.load(executors.fault)
    finally:
        registry.fill(before)
        discovery.faults[:] = faults


def test_checks_name_what_has_no_effect_and_what_only_runcrons_starts(settings):
    settings.CRON_CLASSES = [f"{TOYS}.{name}" for name in ("Cleanup", "Uneven", "Monthly")]
    settings.DJANGO_CRON_LOCK_BACKEND = "django_cron.backends.lock.file.FileLock"
    assert [(m.id, m.msg.partition(" ")[0]) for m in checks.check_settings()] == [
        ("jobs_api.I060", "DJANGO_CRON_LOCK_BACKEND")
    ]
    assert [(m.id, m.msg.partition(":")[0]) for m in checks.check_classes()] == [
        ("jobs_api.I061", f"{TOYS}.Uneven"),
        ("jobs_api.W060", f"{TOYS}.Monthly"),
    ]


def test_jobs_api_itself_must_be_installed(monkeypatch):
    assert checks.check_installed() == []
    monkeypatch.setattr(checks.apps, "is_installed", lambda name: False)
    assert [message.id for message in checks.check_installed()] == ["jobs_api.E062"]


def test_the_class_of_django_cron_itself_is_known_by_its_old_name(crons_of):
    (cron,) = crons_of("django_cron.cron.FailedRunsNotificationCronJob")
    job = cron.parts[0][0]
    assert (job.name, job.schedule) == ("django_cron-FailedRunsNotificationCronJob", "*/30 * * * *")
    assert job.next_run_date(datetime(2026, 11, 20, 12, 1, tzinfo=UTC)).minute == 30
