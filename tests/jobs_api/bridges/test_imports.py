"""Importing jobs_api imports no scheduler: a bridge costs who uses it."""

from __future__ import annotations

import json
import subprocess
import sys

from django.conf import settings

ENGINES = (
    "apscheduler",
    "background_task",
    "celery",
    "django_apscheduler",
    "django_celery_beat",
    "django_crontab",
    "django_q",
    "dramatiq",
    "dramatiq_crontab",
    "huey",
    "procrastinate",
)

LOOK = """
import json, pkgutil, sys
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["jobs_api"], ROOT_URLCONF="jobs_api.urls", USE_TZ=True, SECRET_KEY="-",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()
from importlib import import_module
from django.core import checks
from django.core.management import call_command, get_commands, load_command_class
checks.run_checks()
import jobs_api, jobs_api.urls, jobs_api.triggers.due, jobs_api.exporters, jobs_api.bridges.common.firing
jobs_api.trigger, jobs_api.run_due, jobs_api.exporters.all_exporters()
for name, app in get_commands().items():
    if app == "jobs_api":
        load_command_class(app, name)
print(json.dumps([name for name in sys.argv[1:] if name in sys.modules]))
"""


def test_neither_the_app_nor_its_commands_nor_its_exporters_import_a_scheduler():
    told = subprocess.run(
        [sys.executable, "-c", LOOK, *ENGINES],
        cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == []
