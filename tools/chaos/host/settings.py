"""Settings of a minimal host on the database that is killed; leases are short to keep the chaos short."""

import os
from typing import Any

from settings import base

SECRET_KEY = "of-no-value-outside-the-chaos"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["jobs_api", "tools.chaos.host"]
ROOT_URLCONF = "tools.chaos.host.urls"
DATABASES = base.DATABASES
DEFAULT_AUTO_FIELD, LOGGING = base.DEFAULT_AUTO_FIELD, base.LOGGING
TIME_ZONE, USE_TZ = "UTC", True

JOBS_API: dict[str, Any] = {
    "LEASE_SECONDS": 3,
    "RENEW_SECONDS": 1,
    "START_WITHIN_SECONDS": 8,
    "RUN_DUE_SECONDS": 5,
    "DATABASE_SECONDS": 2,
    "KILL_SECONDS": 0.5,
    "DRAIN_SECONDS": 1,
    "REQUIRE_HTTPS": False,
}

# Read by tools.chaos.host.celery. A message that nobody has acknowledged is delivered again so soon
# that it meets attempts which have ended, or which another has followed.
CELERY_BROKER_URL = os.environ["CELERY_BROKER_URL"]
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 6, "socket_timeout": 5}
