"""Real processes: that of an attempt, and a command of a crontab, tell all monitors before they end."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from celery.signals import worker_process_shutdown
from django.conf import settings as django_settings
from django.test import override_settings
from django.utils import timezone

from jobs_api import registry
from jobs_api.models import JobRun
from tests.databases import ONE_DATABASE
from tests.jobs_api.check_ins.standins import Trouble, serving, until
from tests.jobs_api.executors.subprocesses import MODULE, ended, fire, prepare, supervisors
from tests.jobs_api.triggers.asking import trigger
from tests.toys.child import start

pytestmark = [pytest.mark.django_db(transaction=True), ONE_DATABASE]


@pytest.fixture
def monitored(healthchecks, cronitor, sentry):
    """The settings of processes that tell all three."""
    settings = {**healthchecks.setting, **cronitor.setting, **sentry.setting}
    return {"CHECK_INS": settings, "LEASE_SECONDS": 6, "RENEW_SECONDS": 1, "REQUIRE_HTTPS": False}


def test_the_process_of_an_attempt_tells_its_beginning_and_its_end(
    declare, monkeypatch, tmp_path, monitored, healthchecks, cronitor, sentry
):
    job = declare(schedule="* * * * *", options={"fail": True}, max_attempts=1)
    prepare(monkeypatch, tmp_path, **monitored)
    slot = timezone.now().replace(second=0, microsecond=0)
    with override_settings(JOBS_API={"EXECUTOR": "subprocess", "REQUIRE_HTTPS": False}):
        fire(job, slot)
        ended(slot)
    until(lambda: not any(supervisors(Path(tempfile.gettempdir()))))
    began = JobRun.objects.get().started_at.replace(second=0, microsecond=0)
    newest = ["start", "fail"] if began == slot else []  # the minute may have gone by before it began
    assert healthchecks.told() == cronitor.told() == sentry.told() == newest


def command(*words, **jobs_api):
    """A command in a process of its own, as cron starts it."""
    environment = start.environment(registry.jobs(), jobs_api)
    line = [sys.executable, "-m", "django", *words, "--settings", MODULE]
    return subprocess.run(
        line, env=environment, cwd=django_settings.BASE_DIR, capture_output=True, text=True, timeout=60
    )


def test_a_command_of_a_crontab_tells_before_it_ends(declare, monitored, healthchecks, cronitor, sentry):
    declare(schedule=None)
    for options in monitored["CHECK_INS"].values():
        options["ON_DEMAND"] = True
    with serving(Trouble(200, "OK")) as switch:
        monitored["CHECK_INS"]["DEAD_MAN"] = f"{switch.url}/secret"
        done = command("jobs_run", "nightly", **monitored)
        said = [line for line in done.stderr.splitlines() if " INFO jobs_api." not in line]
        assert (done.returncode, said) == (0, [])  # cron mails what is written, also by the SDK at its exit
        assert len(switch.seen) == 1
    assert healthchecks.told() == cronitor.told() == sentry.told() == ["start", "success"]


def test_a_child_of_a_pool_of_celery_tells_before_it_ends(configure, healthchecks, declare, toy, monkeypatch):
    """It ends by os._exit(), without an exit of Python: with one task per child, each end would be lost."""
    monkeypatch.setattr("jobs_api.check_ins.outbox.SOON", 60)
    toy(lambda command, **options: None)
    configure(**healthchecks.setting)
    trigger(declare(schedule="0 12 * * *"))
    assert importlib.import_module("jobs_api.executors.celery.worker")
    worker_process_shutdown.send(sender=None, pid=1, exitcode=0)
    assert healthchecks.told() == ["start", "success"]
