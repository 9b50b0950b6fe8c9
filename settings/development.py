"""A person's own machine: debug pages, mail and SQLite under var/."""

from settings.base import *

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = env("SECRET_KEY", default="django-insecure-for-development-only")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])

if "EMAIL_URL" not in env:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(VAR / "mail")
    SILENCED_SYSTEM_CHECKS = ["jobs_api.W071"]  # that such mail reaches nobody is meant here

if not ALERT_RECIPIENTS:  # they are files, too: under var/mail
    JOBS_API["ALERTS"] = {"CHANNELS": {"mail": {"TYPE": "mail", "TO": ["ops@localhost"]}}}
JOBS_API["BASE_URL"] = JOBS_API["BASE_URL"] or "http://127.0.0.1:8000"

if "CRM_WEBHOOK_HOSTS" not in env:
    CRM_WEBHOOK_HOSTS = ["localhost", "127.0.0.1"]  # a receiver on this machine

CRM_GRAPHIQL = CRM_OPEN_READING = DEBUG
