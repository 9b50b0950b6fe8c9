"""The test suite: SQLite in a temporary file, or whatever DATABASE_URL names."""

import tempfile
from pathlib import Path

from settings.base import *

DEBUG = False
SECRET_KEY = "test-secret-key-of-no-value-outside-the-tests"  # noqa: S105
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]

# Removed when this process ends, with all files of the tests.
_scratch = tempfile.TemporaryDirectory(prefix="jobs-api-test-")
SCRATCH = Path(_scratch.name)

DATABASES = {"default": database(env("DATABASE_URL", default="sqlite://:memory:"))}
if DATABASES["default"]["NAME"] == ":memory:":
    # Tests use real threads and processes, so the database is a file.
    DATABASES["default"]["TEST"] = {"NAME": str(SCRATCH / "test.sqlite3")}

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

CRM_LOG_DIR = SCRATCH / "log"
CRM_ARCHIVE_DIR = SCRATCH / "archive"
# Whatever the machine's environment is: tests call no outside service and send no mail.
CRM_GRAPHQL_URL = STRIPE_API_KEY = CRM_MODERATION_URL = ""
CRM_REPORT_RECIPIENTS = CRM_WEBHOOK_HOSTS = []

CRON_SECRET = "test-cron-secret-4f1d0c6be2a84c0f9d35a7b8c1e6f203"  # noqa: S105
JOBS_API = {"REQUIRE_HTTPS": False}

INSTALLED_APPS = [*INSTALLED_APPS, "tests.toys", "django_tasks_db"]
