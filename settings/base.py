"""Settings for every environment; values that differ between deployments come from environment variables."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import environ

from crm.settings import CRONJOBS as CRONJOBS
from crm.settings import SCHEDULER_APPS

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = BASE_DIR / "var"  # for files that are written at run time; not in git

env = environ.Env()


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{quote(str(path))}"


def database(url: str) -> dict[str, Any]:
    """One entry of DATABASES, tuned for many short transactions from several threads and processes."""
    config: dict[str, Any] = environ.Env.db_url_config(url)
    options: dict[str, Any] = {
        # A server that cannot be reached becomes an error soon, also for jobs.
        "connect_timeout": 5,
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 30,
        "keepalives_interval": 5,
        "keepalives_count": 3,
    }
    if config["ENGINE"].endswith("sqlite3"):
        Path(config["NAME"]).parent.mkdir(parents=True, exist_ok=True)
        options = {
            # WAL: readers and the writer do not block each other; NORMAL loses nothing but power cuts.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
            # Take the write lock at BEGIN, where waiting for it works: a read transaction that
            # turns into a write one fails at once with "database is locked".
            "transaction_mode": "IMMEDIATE",
            # A request that waits for the lock is answered 503 after 10 s anyway (DATABASE_SECONDS).
            "timeout": 10,
        }
    # Connections stay open after a request, and are checked before the next one uses them.
    keep = {"CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=600), "CONN_HEALTH_CHECKS": True}
    return keep | config | {"OPTIONS": options | config.get("OPTIONS", {})}


DATABASES = {"default": database(env("DATABASE_URL", default=sqlite_url(VAR / "db.sqlite3")))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_filters",
    "graphene_django",
    "jobs_api",
    "crm",
    *SCHEDULER_APPS,
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

ROOT_URLCONF = "settings.urls"
WSGI_APPLICATION = "settings.wsgi.application"
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
MEDIA_ROOT = VAR / "media"

USE_TZ = True
TIME_ZONE = env("TIME_ZONE", default="UTC")
# Each browser has the admin and the dashboard in its language; jobs_api brings these two.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]

# smtp+tls://user:password@host:587 and the like. Never the console: what a job prints is kept with its
# run, and a mail that is only printed counts as sent.
_email: dict[str, Any] = env.email_url("EMAIL_URL", default="smtp://localhost:25")
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST = _email["EMAIL_HOST"] or "localhost"
EMAIL_PORT = _email["EMAIL_PORT"] or 25
EMAIL_HOST_USER = _email["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = _email.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _email.get("EMAIL_USE_SSL", False)
# The default is none: a silent mail server would hold a job for ever. On SQLite a mail holds the lock on
# all writes, too, and takes four answers: together less than what other writers wait for it.
EMAIL_TIMEOUT = 2 if DATABASES["default"]["ENGINE"].endswith("sqlite3") else 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="crm@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {
        # Django gives this logger a handler of its own; with root's, every line would appear twice.
        "django": {"handlers": []},
        # INFO is a line for each step of each run: for where logs are collected, not for a crontab's mail.
        "jobs_api.transitions": {"level": env("TRANSITIONS_LOG_LEVEL", default="WARNING")},
        # Stripe's client logs what the provider answers: names of customers, parts of the key.
        "stripe": {"level": "WARNING"},
    },
}

# If the platform's disk is lost at each deploy, name a mounted disk.
CRM_LOG_DIR = Path(env("CRM_LOG_DIR", default="") or VAR / "log")
CRM_ARCHIVE_DIR = Path(env("CRM_ARCHIVE_DIR", default="") or VAR / "archive")
GRAPHENE = {"SCHEMA": "crm.schema.schema"}

# Both are for a person's own machine; `manage.py check` refuses them where DEBUG is off.
CRM_GRAPHIQL = False
CRM_OPEN_READING = False
# Jobs ask the schema in their own process. With a URL they ask that server, which must not be their own.
CRM_GRAPHQL_URL = env("CRM_GRAPHQL_URL", default="")
CRM_GRAPHQL_TOKEN = env("CRM_GRAPHQL_TOKEN", default="")
CRM_GRAPHQL_TIMEOUT = (
    env("CRM_GRAPHQL_TIMEOUT", default="") or 10
)  # `check` reports a value that is not a number

# Who gets the weekly report; nobody named: staff users with an e-mail address.
CRM_REPORT_RECIPIENTS = env.list("CRM_REPORT_RECIPIENTS", default=[])
CRM_CURRENCY = env("CRM_CURRENCY", default="usd")
STRIPE_API_KEY = env("STRIPE_API_KEY", default="")
STRIPE_API_BASE = env("STRIPE_API_BASE", default="")  # another server that speaks Stripe's API
# Webhooks go to these hosts only. Otherwise any staff user could make this server call internal services.
CRM_WEBHOOK_HOSTS = env.list("CRM_WEBHOOK_HOSTS", default=[])
CRM_WEBHOOK_TIMEOUT = env("CRM_WEBHOOK_TIMEOUT", default="") or 10
# A model on this machine judges uploads. With a URL, that service judges them.
CRM_MODERATION_URL = env("CRM_MODERATION_URL", default="")
CRM_MODERATION_TOKEN = env("CRM_MODERATION_TOKEN", default="")

# Celery is loaded only if there is a broker: redis://... (Valkey, too), rediss://... or amqp://...
# (RabbitMQ).
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="") or None
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"socket_keepalive": True, "socket_connect_timeout": 5}
if (CELERY_BROKER_URL or "").startswith(("redis", "sentinel")):
    CELERY_BROKER_TRANSPORT_OPTIONS |= {
        "priority_steps": list(range(10)),  # the default is four priorities; 0 is the highest
        # After this time the message of a dead worker is delivered again. A job may take longer: the
        # second delivery of an attempt does nothing.
        "visibility_timeout": 300,
    }
else:
    CELERY_TASK_QUEUE_MAX_PRIORITY = 10  # 9 is the highest
CELERY_TASK_DEFAULT_PRIORITY = 5
CELERY_TASK_DEFAULT_QUEUE = env("CELERY_QUEUE", default="celery")
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
# Take one message at a time, and leave the others to workers that are free.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Runs hold leases in the database: they continue while the broker is away.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
# SIGTERM hands attempts back by JOBS_API's DRAIN_SECONDS; this is what SIGQUIT grants them.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# django-crontab writes the lines of CRONJOBS into the crontab, with these settings for its processes.
CRONTAB_DJANGO_SETTINGS_MODULE = env("DJANGO_SETTINGS_MODULE", default="settings.development")
CRONTAB_COMMENT = "jobs of crm"

# The secret that callers send as `Authorization: Bearer ...`; several, comma-separated, while rotating.
CRON_SECRET = env("CRON_SECRET", default="")
JOBS_API: dict[str, Any] = {
    "EXECUTOR": env("JOBS_API_EXECUTOR", default="inline"),
    "BASE_URL": env("JOBS_API_BASE_URL", default=""),  # of the site, for the links in alerts
}
# Who gets a mail when a job fails, or nobody starts it. Each kind of alert is in docs/alerts.md.
ALERT_RECIPIENTS = env.list("JOBS_API_ALERT_RECIPIENTS", default=[])
if ALERT_RECIPIENTS:
    JOBS_API["ALERTS"] = {"CHANNELS": {"mail": {"TYPE": "mail", "TO": ALERT_RECIPIENTS}}}
