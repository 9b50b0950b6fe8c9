"""Check USE_TZ, the database, JOBS_API and CRON_SECRET."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core import checks
from django.db import connections

from jobs_api import conf, executors
from jobs_api.checks.messages import errors
from jobs_api.database import SUPPORTED, alias, unsupported
from jobs_api.registry.validation import Fault


def check_settings(**_: Any) -> list[checks.CheckMessage]:
    """USE_TZ, the database, JOBS_API and CRON_SECRET."""
    return errors(iter([*_settings_faults(), *_secret_faults()]))


def _settings_faults() -> Iterator[Fault]:
    if not conf.uses_timezones():
        yield Fault(
            "jobs_api.E031",
            "USE_TZ is False, but a slot is an instant and needs a time zone.",
            "Set USE_TZ = True.",
        )
    if unsupported():
        text = f"jobs_api does not support the database {connections[alias()].vendor!r}."
        yield Fault("jobs_api.E032", text, SUPPORTED)
    if connections[alias()].vendor == "sqlite" and connections[alias()].timezone_name != "UTC":
        text = "DATABASES['...']['TIME_ZONE'] makes one hour of each autumn ambiguous on SQLite."
        yield Fault(
            "jobs_api.E036", text, "Remove it: SQLite then stores UTC, and each job has its own time zone."
        )
    faults = list(key_faults())
    yield from faults or _config_faults()


def key_faults() -> Iterator[Fault]:
    """Keys of JOBS_API that are unknown, and values that are wrong."""
    hint = f"Known keys: {', '.join(conf.FIELDS)}."
    if whole := conf.setting_fault():
        yield Fault("jobs_api.E033", whole, hint)
    for key, value in conf.raw_setting().items():
        if unknown := conf.unknown_key(key):
            yield Fault("jobs_api.E033", unknown, hint)
        elif bad := conf.bad_value(key, value):
            yield Fault("jobs_api.E033", bad, f"{conf.FIELDS[key].default!r} is the default.")


def _config_faults() -> Iterator[Fault]:
    config = conf.config()
    if config.renew_seconds * 2 > config.lease_seconds:
        times = f"RENEW_SECONDS is {config.renew_seconds:g}, LEASE_SECONDS is {config.lease_seconds:g}"
        text = f"JOBS_API: if one renewal fails, the lease runs out before the next: {times}."
        yield Fault("jobs_api.E034", text, "Make RENEW_SECONDS at most half of LEASE_SECONDS.")
    for key, names in (("EXECUTOR", [config.executor]), ("EXECUTOR_OPTIONS", list(config.executor_options))):
        for name in names:
            if found := executors.fault(name):
                yield Fault("jobs_api.E035", f"JOBS_API[{key!r}]: {found[0]}.", found[1])
    if config.kill_seconds >= config.drain_seconds:
        text = f"JOBS_API: KILL_SECONDS ({config.kill_seconds:g}) is not less than DRAIN_SECONDS."
        yield Fault("jobs_api.E037", text, "Make DRAIN_SECONDS larger than KILL_SECONDS.")


def _secret_faults() -> Iterator[Fault]:
    """A CRON_SECRET that never matches."""
    if any(len(secret) < 32 for secret in conf.cron_secrets()):
        text = "CRON_SECRET is shorter than 32 characters, so it never matches."
        yield Fault(
            "jobs_api.E030",
            text,
            'Make one with: python -c "import secrets; print(secrets.token_urlsafe(32))"',
        )
