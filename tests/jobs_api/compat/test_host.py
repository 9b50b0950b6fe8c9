"""A project that had django-cron: its settings, its classes and its crontab line go on working."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from django.conf import settings

SETTINGS = """
SECRET_KEY = "a-shop"
USE_TZ = True
INSTALLED_APPS = ["jobs_api", "jobs_api.compat.django_cron"]
CRON_CLASSES = ["shop_cron.Cleanup", "shop_cron.Broken"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.sqlite3"}}
CRON_SECRET = "a-secret-of-more-than-thirty-two-characters"
"""
CLASSES = """
from jobs_api.compat.django_cron import CronJobBase, Schedule

class Cleanup(CronJobBase):
    schedule = Schedule(run_every_mins=1)
    code = "shop.cleanup"

    def do(self):
        print("cleaned")

class Broken(Cleanup):
    code = "shop.broken"

    def do(self):
        raise SystemExit(3)
"""
MAIN = """
import sys
from django.core.management import execute_from_command_line as manage
from unittest import mock

def run(*words):
    try:
        manage(["manage.py", *words])
    except SystemExit as end:
        return end.code
    return 0

assert run("migrate", "--verbosity=0") == 0
assert run("check", "--fail-level=WARNING") == 0
from django.utils import timezone
from jobs_api.models import JobDeclaration, JobRun
JobDeclaration.objects.update(since=timezone.now() - timezone.timedelta(days=1))
assert run("runcrons") == 1, "one class has failed"
for name, state in (("shop-cleanup", "succeeded"), ("shop-broken", "failed")):
    assert JobRun.objects.get(job_name=name).state == state, name
with mock.patch("time.sleep"):
    assert run("cronloop", "--repeat", "2") == 0
assert run("runcrons", "shop_cron.Nobody") == 1
"""


def test_the_commands_of_a_project_that_had_django_cron(tmp_path: Path):
    files = {"shop_settings.py": SETTINGS, "shop_cron.py": CLASSES, "main.py": MAIN}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        [sys.executable, "main.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(settings.BASE_DIR), "DJANGO_SETTINGS_MODULE": "shop_settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "[✔] shop.cleanup" in done.stdout
    assert "[✘] shop.broken" in done.stdout
    assert "it cannot be imported" in done.stderr
