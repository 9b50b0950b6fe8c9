"""Settings of a minimal host. Leases are short, so that a command of a few seconds is longer than several."""

import os

from settings import base

SECRET_KEY = "of-no-value-outside-this-try"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["jobs_api", "tools.servers.host"]
ROOT_URLCONF = "tools.servers.host.urls"
DATABASES, LOGGING = base.DATABASES, base.LOGGING
DEFAULT_AUTO_FIELD = base.DEFAULT_AUTO_FIELD
TIME_ZONE, USE_TZ = "UTC", True

GRACE = int(os.environ.get("GRACEFUL_TIMEOUT", "5"))
JOBS_API = {
    "LEASE_SECONDS": 2,
    "RENEW_SECONDS": 0.5,
    "BODY_SECONDS": 2,
    "KILL_SECONDS": 0.5,
    "DRAIN_SECONDS": GRACE,
    "BAD_TOKENS_PER_MINUTE": 10_000,
    "REQUIRE_HTTPS": False,
}
