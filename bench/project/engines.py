"""The reference project with engines: a Celery app, and Tasks in the database.

The CRM is in it: a process that starts for each attempt loads all of its project.
"""

import os

from bench.project import settings
from bench.project.settings import *  # noqa: F403
from settings import base

FRAMEWORKS = ["django_tasks_db"]
INSTALLED_APPS = [*base.INSTALLED_APPS, *settings.PEERS, "bench.engines", *FRAMEWORKS]
ROOT_URLCONF = "bench.project.engine_urls"
WSGI_APPLICATION = "bench.project.engine_wsgi.application"
CELERY_BROKER_URL = os.environ.get("BENCH_BROKER", "")
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "quick"]}}
