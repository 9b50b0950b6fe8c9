"""`runcrons` starts the classes that are due: once, recorded, and whatever one of them does."""

from __future__ import annotations

import itertools
from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from jobs_api import registry
from jobs_api.compat.django_cron import starting
from jobs_api.compat.django_cron.cron import FailedRunsNotificationCronJob
from jobs_api.compat.django_cron.management.commands import cronloop, runcrons
from jobs_api.management import base
from jobs_api.models import AuditEntry, JobAttempt, JobRun, State
from jobs_api.runs.state_machine import HOST
from jobs_api.triggers.public import run_due
from tests.conftest import NOON, stored_run
from tests.toys import crons

pytestmark = pytest.mark.django_db(transaction=True)


def run(*arguments, **options):
    """Its exit status, and what it wrote to both streams."""
    out, errors = StringIO(), StringIO()
    try:
        call_command(runcrons.Command(), *arguments, stdout=out, stderr=errors, **options)
    except SystemExit as end:
        return end.code, out.getvalue(), errors.getvalue()
    return 0, out.getvalue(), errors.getvalue()


def start(found, now=NOON, **options):
    return starting.start(found, **{"force": False, "actor": "cron", "now": now, **options})


def test_a_class_runs_once_per_slot_however_often_it_is_called(crons_of):
    found = crons_of("Cleanup")
    for seconds in (0, 5, 59, 3599):
        start(found, NOON + timedelta(seconds=seconds))
    assert len(crons.Cleanup.calls) == 1
    start(found, NOON + timedelta(hours=1))
    assert len(crons.Cleanup.calls) == 2
    assert [run.run_date.hour for run in JobRun.objects.order_by("run_date")] == [12, 13]


def test_a_class_that_raises_is_a_failed_run_and_no_end(crons_of):
    crons_of("Broken", "Exits", "Cleanup")
    status, out, errors = run()
    assert status == 1
    assert out.splitlines()[2:] == ["[✘] shop.broken", "[✘] a.class.that.exits", "[✔] shop.cleanup"]
    broken = JobRun.objects.get(job_name="shop-broken")
    assert (broken.state, broken.reason) == (State.FAILED, "error")
    assert "There is no such basket." in broken.error
    assert f"shop-broken: failed. `manage.py jobs_show {broken.pk}`" in errors
    assert JobRun.objects.get(job_name="a-class-that-exits").reason == "exit"
    assert JobRun.objects.get(job_name="shop-cleanup").source == "runcrons"


def test_the_second_call_has_nothing_to_do(crons_of):
    crons_of("Cleanup", "Broken")
    run()
    status, out, errors = run()
    assert (status, errors) == (0, "")
    assert out.splitlines() == ["Running Crons", "=" * 40, "[ ] shop.cleanup", "[ ] shop.broken"]


def back_off_from(at):
    """The minutes that it waits; the command ended by the real clock: move that to the clock of the test."""
    run = JobRun.objects.get()
    if run.next_attempt_at is None:
        return None
    minutes = round((run.next_attempt_at - run.finished_at) / timedelta(minutes=1))
    JobRun.objects.update(next_attempt_at=at + timedelta(minutes=minutes))
    return minutes


def test_a_failed_class_is_tried_again_after_its_minutes_and_not_before(crons_of, monkeypatch):
    found = crons_of("Cleanup")
    do = crons.Cleanup.do
    monkeypatch.setattr(crons.Cleanup, "do", lambda self: 1 / 0)
    assert start(found).problems
    assert back_off_from(NOON) == 5
    monkeypatch.setattr(crons.Cleanup, "do", do)
    start(found, NOON + timedelta(minutes=4, seconds=59))
    assert crons.Cleanup.calls == []
    start(found, NOON + timedelta(minutes=5))
    assert len(crons.Cleanup.calls) == 1
    assert JobRun.objects.get().attempt == 2


def test_an_uneven_interval_runs_every_seven_minutes_also_over_the_hour(crons_of):
    found = crons_of("Uneven")
    for minute in range(50, 71):
        start(found, NOON + timedelta(minutes=minute))
    dates = list(JobRun.objects.order_by("run_date").values_list("run_date", flat=True))
    assert {after - before for before, after in itertools.pairwise(dates)} == {timedelta(minutes=7)}
    assert len(crons.Uneven.calls) == len(dates) == 4


def test_a_failed_slot_of_an_uneven_interval_is_retried_and_then_left(crons_of, monkeypatch):
    found = crons_of("Uneven")
    monkeypatch.setattr(crons.Uneven, "do", lambda self: 1 / 0)
    at = found[0].parts[0][1].newest("UTC", NOON)
    problems = []
    for minutes in (1, 2, None):
        problems += start(found, at).problems
        assert back_off_from(at) == minutes
        assert start(found, at).problems == []  # nobody is told of it at each call
        at += timedelta(minutes=minutes or 0)
    assert len(problems) == JobRun.objects.get().attempt == 3


def test_other_jobs_are_left_to_run_due(crons_of, declare):
    found = crons_of("Cleanup")
    registry.fill([*registry.jobs(), declare("nightly")])
    start(found)
    assert set(JobRun.objects.values_list("job_name", flat=True)) <= {"shop-cleanup"}


def test_named_classes_run_alone(crons_of):
    crons_of("Cleanup", "Broken")
    status, out, _ = run("tests.toys.crons.Cleanup")
    assert (status, out.splitlines()[2:]) == (0, ["[✔] shop.cleanup"])
    assert JobRun.objects.count() == 1


@pytest.mark.parametrize("path", ["tests.toys.crons.Backup", "tests.toys.crons.Nobody", "Cleanup"])
def test_a_class_that_is_not_declared_is_refused_with_the_remedy(crons_of, path):
    crons_of("Cleanup")
    with pytest.raises(CommandError, match=r"CRON_CLASSES|cannot be imported"):
        run(path)


def test_force_runs_each_again(crons_of):
    found = crons_of("Cleanup", "Uneven", "Backup")
    for count in (1, 2):
        start(found, NOON + timedelta(seconds=count), force=True)
        assert [len(kind.calls) for kind in (crons.Cleanup, crons.Uneven, crons.Backup)] == [count] * 3
    assert run("tests.toys.crons.Cleanup", "--force")[0] == 0
    assert len(crons.Cleanup.calls) == 3


def test_who_forces_is_in_the_audit_and_what_a_crontab_starts_is_not(crons_of):
    crons_of("Cleanup")
    assert run()[0] == 0
    assert not AuditEntry.objects.exists()
    assert run("tests.toys.crons.Cleanup", "--force")[0] == 0
    (entry,) = AuditEntry.objects.all()
    assert (entry.action, entry.result, entry.job_name) == ("trigger", "attempt 2", "shop-cleanup")
    assert (entry.actor, entry.origin, entry.address) == (base.user(), "command", HOST)


def test_a_dry_run_says_what_is_due_and_starts_nothing(crons_of):
    crons_of("Cleanup", "Uneven", "Monthly")
    _, out, _ = run("--dry-run")
    assert out.splitlines()[2:] == ["[✔] shop.cleanup", "[✔] shop.uneven", "[ ] shop.monthly"]
    assert JobRun.objects.count() == 0
    _, out, _ = run("--dry-run", "--force")
    assert out.splitlines()[2:] == ["[✔] shop.cleanup", "[✔] shop.uneven", "[✔] shop.monthly"]


def test_silence_is_for_what_went_well(crons_of):
    crons_of("Cleanup")
    assert run("--silent") == (0, "", "")
    crons_of("Broken")
    status, out, errors = run("--silent")
    assert (status, out) == (1, "")
    assert "shop-broken: failed" in errors


def test_json_tells_programs(crons_of):
    crons_of("Cleanup")
    assert '"code": "shop.cleanup",\n    "outcome": "ran"' in run("--json")[1]


def test_runs_of_runcrons_and_of_run_due_are_the_same(crons_of):
    crons_of("Cleanup")
    assert run()[0] == 0
    assert run_due(source="another").counts == {}
    assert len(crons.Cleanup.calls) == 1


def test_a_loop_goes_on_after_a_failure(crons_of, monkeypatch):
    crons_of("Broken")
    monkeypatch.setattr(cronloop.time, "sleep", lambda seconds: None)
    monkeypatch.setattr("django.core.management.get_commands", lambda: {"runcrons": runcrons.Command()})
    out = StringIO()
    call_command(cronloop.Command(), repeat=2, stdout=out, stderr=StringIO())
    assert out.getvalue().count("Running Crons") == 2


# -- mail about failures ----------------------------------------------------------------------


def fail(job, count, *, first=NOON, **fields):
    for number in range(count):
        stored_run(job, first - timedelta(hours=number), state=State.FAILED, reason="error", **fields)


def test_so_many_failures_in_a_row_are_a_mail_to_the_admins(crons_of, settings):
    settings.ADMINS = [("Ada", "ada@example.com")]
    settings.FAILED_RUNS_CRONJOB_EMAIL_PREFIX = "[shop] "
    job = crons_of("Cleanup", "Broken")[0].parts[0][0]
    fail(job, 2)
    FailedRunsNotificationCronJob().do()
    assert mail.outbox == []
    fail(job, 1, first=NOON + timedelta(hours=1), error="The shop is closed.")
    FailedRunsNotificationCronJob().do()
    (message,) = mail.outbox
    assert message.subject == "[shop] shop.cleanup failed 3 times in a row!"
    assert message.to == ["ada@example.com"]
    assert "The shop is closed." in message.body


def test_attempts_of_one_run_count_and_a_success_ends_the_row(crons_of, settings):
    settings.ADMINS = [("Ada", "ada@example.com")]
    job = crons_of("Cleanup")[0].parts[0][0]
    run = stored_run(job, NOON, state=State.FAILED, attempt=3, reason="error")
    for number in (1, 2):
        at = NOON - timedelta(minutes=5 - number)
        JobAttempt.objects.create(
            run=run, attempt=number, state=State.FAILED, started_at=at, finished_at=at, error="no"
        )
    FailedRunsNotificationCronJob().do()
    assert len(mail.outbox) == 1
    stored_run(job, NOON + timedelta(hours=1))
    FailedRunsNotificationCronJob().do()
    assert len(mail.outbox) == 1
