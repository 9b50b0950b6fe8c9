"""Settings of a minimal host. What a system needs in INSTALLED_APPS is in HOST_APPS."""

import os

from settings import base

SECRET_KEY = "of-no-value-outside-this-try"
ALLOWED_HOSTS = ["127.0.0.1"]
HOST_APPS = [name for name in os.environ.get("HOST_APPS", "").split(",") if name]
INSTALLED_APPS = [*HOST_APPS, "jobs_api", "tools.schedulers.host"]
ROOT_URLCONF = "tools.schedulers.host.urls"
DATABASES, LOGGING = base.DATABASES, base.LOGGING
DEFAULT_AUTO_FIELD = base.DEFAULT_AUTO_FIELD
TIME_ZONE, USE_TZ = "UTC", True

PORTS = [int(port) for port in os.environ.get("HOST_PORTS", "1,2,3").split(",")]
"""Three ports that nobody else uses, such as for a broker."""
CELERY_BROKER_URL = f"redis://127.0.0.1:{PORTS[0]}/0"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
Q_CLUSTER = {"name": "host", "orm": "default", "workers": 2, "timeout": 60, "retry": 120}
JOBS_API = {"REQUIRE_HTTPS": False}
