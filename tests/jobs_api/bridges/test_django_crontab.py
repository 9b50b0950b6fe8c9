"""CRONJOBS made of the declarations, installed and run by django-crontab itself; the crontab is a file."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from django.conf import settings as django_settings
from django_crontab.crontab import Crontab

from jobs_api import Job, registry
from jobs_api.bridges import django_crontab
from jobs_api.bridges.django_crontab import cronjobs
from jobs_api.exceptions import WrongUse
from jobs_api.models import JobRun, State
from jobs_api.runs import job_state
from tests.jobs_api.execution.attempts import raising

STORE = """#!/bin/sh
case "$1" in -l) cat "$0.stored" 2>/dev/null;; *) cp "$1" "$0.stored";; esac
"""


@pytest.fixture
def crontab(tmp_path, settings, monkeypatch):
    """``crontab(cronjobs())`` calls `crontab add -v 0` with these, and returns the lines then installed."""
    program = tmp_path / "crontab"
    program.write_text(STORE)
    program.chmod(0o700)
    settings.CRONTAB_EXECUTABLE = str(program)
    settings.CRONTAB_DJANGO_MANAGE_PATH = str(django_settings.BASE_DIR / "manage.py")
    monkeypatch.setitem(os.environ, "DJANGO_SETTINGS_MODULE", "settings.test")

    def add(entries):
        settings.CRONJOBS = entries
        with Crontab(verbosity=0) as installed:
            installed.remove_jobs()
            installed.add_jobs()
        return (tmp_path / "crontab.stored").read_text().splitlines()

    return add


def times(lines):
    return [" ".join(line.split()[:5]) for line in lines]


def hash_of(line):
    return line.partition("crontab run ")[2].split()[0]


def test_each_job_with_a_schedule_has_a_line_and_run_due(declare, crontab):
    declare("nightly", timezone="UTC")
    declare("by_hand", schedule=None)
    lines = crontab(cronjobs(zone="UTC"))
    assert times(lines) == ["0 3 * * *", "*/5 * * * *"]
    assert times(crontab(cronjobs("night*", zone="UTC", run_due_every=None))) == ["0 3 * * *"]


ZONES = {
    "the machine's own": ("Europe/Berlin", "Europe/Berlin", ["0 3 * * *"]),
    "of a machine in UTC": ("UTC", "Europe/Berlin", ["0 2 * 1-3,10-12 *", "0 1 * 3-10 *"]),
    "of a machine elsewhere": ("America/New_York", "Europe/Berlin", []),
}


@pytest.mark.parametrize("which", ZONES)
def test_a_zone(declare, crontab, which):
    machine, zone, expected = ZONES[which]
    declare("nightly", timezone=zone)
    lines = times(crontab(cronjobs(zone=machine)))
    assert lines[-1] == "*/5 * * * *"
    assert lines[:-1] == expected


def test_the_machines_zone_is_not_that_of_django(tmp_path, monkeypatch):
    link, name = tmp_path / "localtime", tmp_path / "timezone"
    monkeypatch.setattr(django_crontab, "ZONE_LINK", link)
    monkeypatch.setattr(django_crontab, "ZONE_NAME", name)
    assert django_crontab.machine_zone() == "UTC"
    name.write_text("Asia/Tokyo\n")
    assert django_crontab.machine_zone() == "Asia/Tokyo"
    link.symlink_to("/usr/share/zoneinfo/Europe/Berlin")
    assert django_crontab.machine_zone() == "Europe/Berlin"


def test_entries_of_the_host_stay(declare, crontab):
    declare("nightly", timezone="UTC")
    own = [("7 * * * *", "shop.cron.update")]
    assert times(crontab(cronjobs(own=own, zone="UTC"))) == ["0 3 * * *", "*/5 * * * *", "7 * * * *"]


@pytest.mark.django_db(transaction=True)
def test_a_line_runs_its_job_with_the_engine_as_source(declare, crontab, toy):
    toy(lambda command, **options: None)
    declare("nightly", timezone="UTC", schedule="* * * * *")
    line, _ = crontab(cronjobs(zone="UTC"))
    Crontab(readonly=True).run_job(hash_of(line))
    run = JobRun.objects.get()
    assert (run.job_name, run.source, run.state) == ("nightly", "django-crontab", State.SUCCEEDED)


@pytest.mark.django_db(transaction=True)
def test_a_line_of_run_due_starts_what_is_due(declare, crontab, toy):
    toy(lambda command, **options: None)
    declare("nightly", timezone="UTC", schedule="* * * * *")
    job_state.know_all(at=datetime(2020, 1, 1, tzinfo=UTC))
    *_, due = crontab(cronjobs(zone="UTC"))
    Crontab(readonly=True).run_job(hash_of(due))
    assert JobRun.objects.get().source == "django-crontab"


@pytest.mark.django_db(transaction=True)
def test_a_failed_job_is_on_record_though_the_library_swallows_exits(declare, crontab, toy, caplog):
    """Pain 34."""
    toy(raising(SystemExit(3)))
    declare("nightly", timezone="UTC", schedule="* * * * *", max_attempts=1)
    line, _ = crontab(cronjobs(zone="UTC"))
    Crontab(readonly=True).run_job(hash_of(line))
    assert JobRun.objects.get().state == State.FAILED
    assert "Failed to complete cronjob" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_an_installed_line_outlives_a_change_of_its_schedule(declare, crontab, toy):
    """The hash of any other entry would be another, and its line end with a RuntimeError."""
    toy(lambda command, **options: None)
    declare("nightly", timezone="UTC", schedule="0 3 * * *")
    (before,) = crontab(cronjobs(zone="UTC", run_due_every=None))
    registry.fill([Job("nightly", command="toy", timezone="UTC", schedule="30 4 * * 1-5")])
    Crontab(readonly=True).run_job(hash_of(before))
    assert JobRun.objects.get().state == State.SUCCEEDED
    (after,) = crontab(cronjobs(zone="UTC", run_due_every=None))
    assert times([after]) == ["30 4 * * MON-FRI"]
    assert hash_of(after) == hash_of(before)


def test_nothing_is_read_before_the_apps_are_ready(monkeypatch):
    entries = cronjobs(own=[("7 * * * *", "shop.cron.update")])
    monkeypatch.setattr("django.apps.apps.ready", False)
    assert entries  # settings are tested for truth
    assert "Cronjobs" in repr(entries)
    for look in (list, len, lambda found: found[0]):
        with pytest.raises(WrongUse, match="not ready"):
            look(entries)


SETTINGS = """
from django.conf import settings
from jobs_api.bridges.django_crontab import cronjobs
settings.configure(INSTALLED_APPS=["jobs_api"], USE_TZ=True, CRONJOBS=cronjobs(zone="UTC"),
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
import django
django.setup()
print(list(settings.CRONJOBS))
"""


def test_settings_can_import_it():
    done = subprocess.run(
        [sys.executable, "-c", SETTINGS],
        cwd=django_settings.BASE_DIR, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "[('*/5 * * * *', 'jobs_api.bridges.django_crontab.fire_due')]\n"
