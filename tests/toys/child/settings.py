"""What a child process needs and no more: it starts in a fraction of a second."""

import json
import os

from settings import base

SECRET_KEY = "a-child-of-the-tests"
INSTALLED_APPS = ["jobs_api", "tests.toys", "tests.toys.child"]
DATABASES = {"default": {**base.DATABASES["default"], "NAME": os.environ["TOY_DATABASE"]}}
DEFAULT_AUTO_FIELD, LOGGING = base.DEFAULT_AUTO_FIELD, base.LOGGING
TIME_ZONE, USE_TZ = base.TIME_ZONE, base.USE_TZ
JOBS_API = json.loads(os.environ["TOY_JOBS_API"])
CELERY_BROKER_URL = os.environ.get("TOY_BROKER", "")
if log := os.environ.get("TOY_LOG"):
    LOGGING = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "jobs_api.logs.JSONFormatter"}},
        "handlers": {"file": {"class": "logging.FileHandler", "filename": log, "formatter": "json"}},
        "loggers": {"jobs_api.transitions": {"handlers": ["file"], "level": "INFO"}},
    }
if spans := os.environ.get("TOY_SPANS"):
    from tests.toys import telemetry

    telemetry.begin(spans)
if events := os.environ.get("TOY_SENTRY"):
    from tests.toys import sentry

    sentry.begin(events)
if patience := os.environ.get("TOY_BUSY_SECONDS"):  # how long SQLite waits for a lock
    DATABASES["default"]["OPTIONS"]["timeout"] = float(patience)
