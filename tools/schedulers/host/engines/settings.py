"""What the schedulers of Python processes want to have in settings."""

import os

from jobs_api.bridges.django_crontab import cronjobs
from tools.chaos.services import ROOT
from tools.schedulers.host.settings import *

FOLDER = os.environ.get("HOST_FOLDER", "/tmp")
INSTALLED_APPS = [*INSTALLED_APPS, "tools.schedulers.host.engines"]

HUEY = {"huey_class": "huey.SqliteHuey", "filename": f"{FOLDER}/huey.sqlite3", "immediate": False}

CRONJOBS = cronjobs("tick_*", run_due_every=1)
CRONTAB_EXECUTABLE = f"{FOLDER}/crontab"
CRONTAB_DJANGO_MANAGE_PATH = str(ROOT / "manage.py")
CRONTAB_DJANGO_SETTINGS_MODULE = "tools.schedulers.host.engines.settings"
CRONTAB_COMMAND_PREFIX = f"set -a; . {FOLDER}/environment;"
CRONTAB_COMMAND_SUFFIX = f">> {FOLDER}/cron-lines.log 2>&1"

CRON_CLASSES = [
    "tools.schedulers.host.engines.crons.Good",
    "tools.schedulers.host.engines.crons.Bad",
    "tools.schedulers.host.engines.crons.Due",
]
