"""The reference project's settings, with the peers in place of the CRM.

DATABASE_URL and CRON_SECRET come from the process that measures. Middleware, options of the
database and age of connections are those of settings.base.
"""

from settings import base
from settings.base import *  # noqa: F403

DEBUG = False
SECRET_KEY = "of-no-value-outside-the-measurements"
ALLOWED_HOSTS = ["127.0.0.1"]
JOBS_API = {"EXECUTOR": "inline"}  # whatever the environment says
TIME_ZONE = "UTC"  # the stored runs are made to end at its last midnight
# Behind a proxy, as in production; so the check for https is measured, too.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Neither gunicorn nor the views beside ours write to a log. docs/performance.md tells what a line costs.
LOGGING = {
    **base.LOGGING,
    "loggers": {**base.LOGGING["loggers"], "jobs_api.transitions": {"level": "WARNING"}},
}

BARE_APPS = [name for name in base.INSTALLED_APPS if name.startswith("django.")]
PEERS = ["bench.peers"]
INSTALLED_APPS = [*BARE_APPS, "jobs_api", *PEERS]
ROOT_URLCONF = "bench.project.urls"
WSGI_APPLICATION = "bench.project.wsgi.application"
