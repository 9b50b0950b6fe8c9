"""The JOBS_API setting as a typed object; the only reader of django.conf.settings."""

from __future__ import annotations

import dataclasses
import difflib
import os
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.signals import setting_changed


@dataclasses.dataclass(frozen=True, slots=True)
class Config:
    """JOBS_API = {"LEASE_SECONDS": 30, ...}: every field below, in capitals, is a key."""

    executor: str = "inline"
    """The executor of jobs that name none: its name, or the dotted path of an executor of the host."""
    lease_seconds: float = 30
    """How long a lease lasts that its holder does not renew."""
    renew_seconds: float = 10
    """How often a holder renews its lease."""
    start_within_seconds: float = 3600
    """How long an attempt may wait in an engine's queue."""
    executor_options: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    """Per executor, what its jobs' `executor_options` add to: {"celery": {"queue": "jobs"}}."""
    subprocess_limit: int = 4
    """How many attempts the subprocess executor runs at once on one host."""
    kill_seconds: float = 5
    """The time from SIGTERM, which lets a command stop itself, to SIGKILL."""
    drain_seconds: float = 20
    """How long runs may continue after their process got SIGTERM; keep it below the platform's limit."""
    retention_days: float = 400
    """How long runs are kept, counted from their run_date."""
    run_due_seconds: float = 25
    """For how long one run-due call starts runs."""
    catch_up_limit: int = 100
    """How many missed slots per job one run-due call starts."""
    database_seconds: float = 10
    """How long a request may wait for the database in total; then the answer is 503."""
    wait_seconds: float = 2
    """How long a trigger waits for a background executor if the caller does not say."""
    wait_limit_seconds: float = 25
    """The maximum of `Prefer: wait=N`."""
    waiting_limit: int = 4
    """How many requests of one process may wait at once, for a run or for a slow body."""
    body_seconds: float = 5
    """How long a request's body may take to arrive."""
    output_bytes: int = 256 * 1024
    """How much of a run's output is kept: half from the beginning, half from the end."""
    bad_tokens_per_minute: int = 20
    """How many wrong tokens one address may send in a minute; then the answer is 429."""
    require_https: bool | None = None
    """Whether plain http is refused; None = if DEBUG is off."""
    allow_get: bool = False
    """Whether a GET triggers, too, for callers that can send nothing else."""
    base_url: str = ""
    """The address of the site, such as "https://shop.example.com": for links in alerts."""
    alerts: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Whom to tell of trouble, and of what: see `jobs_api.alerts.settings` and docs/alerts.md."""
    check_ins: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Which monitors to tell that jobs start and end: see docs/check-ins.md."""
    audit_days: float = 1095
    """How long the audit is kept."""
    opentelemetry: bool = False
    """Whether spans and metrics are made by OpenTelemetry, as an extra: see docs/tracing.md."""


FIELDS = {field.name.upper(): field for field in dataclasses.fields(Config)}
AUDIT_DAYS_LEAST = 30
"""The audit is kept for so long at least: a short time would let whoever sets it hide what he did."""
_NUMBERS = {"float": (int, float), "int": (int,)}


def unknown_key(key: str) -> str | None:
    """What is wrong with a key of JOBS_API; None if it is valid."""
    if key in FIELDS:
        return None
    near = difflib.get_close_matches(key.upper(), FIELDS, n=1)
    return f"JOBS_API has no key {key!r}." + (f" Did you mean {near[0]!r}?" if near else "")


def bad_value(key: str, value: Any) -> str | None:
    """What is wrong with the value of a valid key; None if it is valid."""
    kinds = _NUMBERS.get(str(FIELDS[key].type))
    if kinds and (isinstance(value, bool) or not isinstance(value, kinds) or not 0 < value <= 10**9):
        return f"JOBS_API[{key!r}] must be a number above 0, not {value!r}."
    if key == "AUDIT_DAYS" and value < AUDIT_DAYS_LEAST:
        return f"JOBS_API['AUDIT_DAYS'] must be at least {AUDIT_DAYS_LEAST}, not {value!r}."
    if key == "EXECUTOR_OPTIONS" and not _maps_to_mappings(value):
        return f"JOBS_API['EXECUTOR_OPTIONS'] must map executors to their options, not be {value!r:.80}."
    if key in ("ALERTS", "CHECK_INS") and not isinstance(value, Mapping):
        return f"JOBS_API[{key!r}] must be a dictionary, not {type(value).__name__}."
    if key == "BASE_URL" and not (isinstance(value, str) and _is_base_url(value)):
        return "JOBS_API['BASE_URL'] must be the address of the site, such as \"https://shop.example.com\"."
    if key == "EXECUTOR" and not isinstance(value, str):
        return f"JOBS_API['EXECUTOR'] must be the name or the dotted path of an executor, not {value!r}."
    if key == "REQUIRE_HTTPS" and value not in (True, False, None):
        return f"JOBS_API['REQUIRE_HTTPS'] must be True, False or None, not {value!r}."
    if key in ("ALLOW_GET", "OPENTELEMETRY") and not isinstance(value, bool):
        return f"JOBS_API[{key!r}] must be True or False, not {value!r}."
    return None


def _is_base_url(value: str) -> bool:
    """A scheme and a host, without anything that a link could not begin with."""
    parts = urlsplit(value)
    plain = not (parts.query or parts.fragment or "@" in parts.netloc or value.strip() != value)
    return not value or (parts.scheme in ("http", "https") and bool(parts.hostname) and plain)


def _maps_to_mappings(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(inner, Mapping) for inner in value.values())


def raw_setting() -> dict[str, Any]:
    """JOBS_API as the host wrote it."""
    value = getattr(settings, "JOBS_API", None) or {}
    return dict(value) if isinstance(value, Mapping) else {}


def setting_fault() -> str | None:
    """What is wrong with JOBS_API as a whole; None if nothing is."""
    value = getattr(settings, "JOBS_API", None) or {}
    return None if isinstance(value, Mapping) else f"JOBS_API must be a dictionary, not {value!r:.80}."


@lru_cache(maxsize=1)
def config() -> Config:
    """The setting with its defaults; the system checks report unknown keys."""
    return Config(**{FIELDS[key].name: value for key, value in raw_setting().items() if key in FIELDS})


@lru_cache(maxsize=1)
def cron_secrets() -> tuple[str, ...]:
    """CRON_SECRET from the settings or from the environment; several values during a rotation."""
    value = getattr(settings, "CRON_SECRET", None) or os.environ.get("CRON_SECRET", "")
    parts = value.split(",") if isinstance(value, str) else list(value)
    return tuple(part.strip() for part in parts if part.strip())


def middleware() -> list[str]:
    """The dotted paths of the host's middleware."""
    return list(settings.MIDDLEWARE or [])


def root_urlconf() -> Any:
    """The URLconf of the host."""
    return settings.ROOT_URLCONF


def proxy_ssl_header() -> tuple[str, str]:
    """The key in META and the value by which a proxy says that a request came over https; empty: none."""
    header, value = getattr(settings, "SECURE_PROXY_SSL_HEADER", None) or ("", "")
    return header, value


def allowed_hosts() -> list[str]:
    """The hosts that Django accepts requests for."""
    local = [".localhost", "127.0.0.1", "[::1]"] if settings.DEBUG else []
    return list(settings.ALLOWED_HOSTS) or local


Apps = dict[str, Collection[str]]
"""Lists of apps, each by the setting that holds it."""


def apps_by_schema() -> tuple[Apps, Apps]:
    """The apps of the shared schema, and those of the tenants' schemas; both are empty without tenants.

    django-tenants has one list for each, or several in TENANT_TYPES; django-pgschemas has several in TENANTS.
    """
    name = "TENANT_TYPES" if getattr(settings, "HAS_MULTI_TYPE_TENANTS", False) else "TENANTS"
    types = getattr(settings, name, None)
    if not isinstance(types, Mapping):
        tenants = getattr(settings, "TENANT_APPS", None)
        shared = getattr(settings, "SHARED_APPS", None) or ()
        return ({"SHARED_APPS": shared}, {"TENANT_APPS": tenants}) if tenants else ({}, {})
    public = getattr(settings, "PUBLIC_SCHEMA_NAME", "public")
    lists = {
        kind: value["APPS"] for kind, value in types.items() if isinstance(value, Mapping) and "APPS" in value
    }
    named = {f"{name}[{kind!r}]['APPS']": apps for kind, apps in lists.items() if kind != public}
    return {f"{name}[{public!r}]['APPS']": lists.get(public, ())} if lists else {}, named


def requires_https() -> bool:
    """Whether a request over plain http is refused."""
    required = config().require_https
    return not settings.DEBUG if required is None else required


def sender() -> str:
    """Who sends mail where nothing else is said."""
    return str(settings.DEFAULT_FROM_EMAIL or "")


def mail_backend() -> str:
    """The dotted path of the host's mail backend: in MAILERS, from Django 6.1 on, or EMAIL_BACKEND."""
    mailers = getattr(settings, "MAILERS", None)
    if mailers is None:
        return str(settings.EMAIL_BACKEND)
    return str(mailers.get("default", {}).get("BACKEND", ""))


def settings_module() -> str:
    """The module of the settings; empty if settings.configure() made them."""
    return str(getattr(settings, "SETTINGS_MODULE", "") or "")


def default_timezone() -> str:
    """The time zone of jobs that have none of their own."""
    return str(settings.TIME_ZONE)


def uses_timezones() -> bool:
    """Whether the host stores aware datetimes."""
    return bool(settings.USE_TZ)


def _forget(*, setting: str, **_: Any) -> None:
    if setting in ("JOBS_API", "CRON_SECRET", "DEBUG"):
        config.cache_clear()
        cron_secrets.cache_clear()


setting_changed.connect(_forget)
