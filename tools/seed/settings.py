"""A project of its own, as in production: DEBUG is off, and WhiteNoise serves the static files."""

import os
from pathlib import Path

from settings import base

FOLDER = Path(os.environ["SEED_FOLDER"])
"""Where the database and the static files are."""

SECRET_KEY = os.environ.get("SEED_SECRET_KEY", "of-no-value-outside-the-seeded-project")
DEBUG = bool(os.environ.get("SEED_DEBUG"))  # read templates and static files anew each time
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "crm.example"]
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "jobs_api",
    "tools.seed",
]
MIDDLEWARE = [
    base.MIDDLEWARE[0],
    "whitenoise.middleware.WhiteNoiseMiddleware",
    *base.MIDDLEWARE[1:],
]
TEMPLATES, DEFAULT_AUTO_FIELD = base.TEMPLATES, base.DEFAULT_AUTO_FIELD
ROOT_URLCONF = "tools.seed.urls"
DATABASES = {"default": base.database(base.sqlite_url(FOLDER / "seed.sqlite3"))}
# Whoever reads these passwords has the machine already.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SILENCED_SYSTEM_CHECKS = ["jobs_api.I070", "jobs_api.W071"]  # nobody is to get a mail of these alerts
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

STATIC_URL, STATIC_ROOT = "static/", FOLDER / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": f"django.contrib.staticfiles.storage.{'' if DEBUG else 'Manifest'}StaticFilesStorage"
    },
}
# Without a table: tests put the data back, and nobody is logged out.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
USE_TZ, TIME_ZONE = True, "Europe/Berlin"
LANGUAGE_CODE, LANGUAGES = "en", base.LANGUAGES

LOGGING = base.LOGGING
CRON_SECRET = os.environ["CRON_SECRET"]
KINDS = ["failed", "missed", "overdue", "late", "source_silent", "token_expiring"]
JOBS_API = {
    "EXECUTOR": "subprocess",
    "REQUIRE_HTTPS": False,
    "BASE_URL": os.environ.get("SEED_BASE_URL", ""),
    "ALERTS": {
        "CHANNELS": {
            "payments-oncall": {"TYPE": "mail", "TO": ["payments-oncall@acme.example"], "TAGS": ["billing"]},
            "ops": {"TYPE": "mail", "TO": ["ops@acme.example"], "KINDS": KINDS},
        }
    },
}
