"""Its settings: a database in memory."""

from datetime import timedelta

SECRET_KEY = "of-no-value-outside-the-tests"
USE_TZ = True
TIME_ZONE = "Europe/Berlin"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "tests.jobs_api.importers.host.urls"
ALLOWED_HOSTS = ["localhost"]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django_celery_beat",
    "django_q",
    "django_apscheduler",
    "tests.jobs_api.importers.host.apps.Host",
    "jobs_api",
]
MIGRATION_MODULES = dict.fromkeys(("django_celery_beat", "django_q", "django_apscheduler"))
Q_CLUSTER = {"orm": "default", "timeout": 90, "retry": 120}
CELERY_BEAT_MAX_LOOP_INTERVAL = timedelta(seconds=5)
JOBS_API = {"REQUIRE_HTTPS": False}
CRON_SECRET = "a-secret-that-is-long-enough-for-this-test"
LOGGING_CONFIG = None
