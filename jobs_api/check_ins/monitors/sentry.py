"""Sentry Crons, by the host's own sentry_sdk (docs.sentry.io/platforms/python/crons).

Each check-in brings the monitor's configuration, so Sentry creates the monitor and follows the declaration.
The SDK sends in its own time: it knows whether an event was accepted, and we only whether it was handed over.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any

from jobs_api.check_ins import naming
from jobs_api.check_ins.monitor import CheckIn, Monitor, MonitorError

SLUG_LENGTH = 50
MOST_MINUTES = 40_320
"""The longest margin and run time that Sentry takes: four weeks."""


class Sentry(Monitor):
    """A monitor for each job."""

    options = {"FAILURE_THRESHOLD": int, "RECOVERY_THRESHOLD": int}

    def faults(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """It needs the SDK."""
        if find_spec("sentry_sdk") is None:
            yield "sentry_sdk is not installed", 'pip install "django-jobs-api[sentry]"'
        for name in self.options:
            if options.get(name, 1) < 1:
                yield f"{name} is less than 1", "How many check-ins in a row it takes, such as 2."

    def cautions(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Without `sentry_sdk.init()` nothing is sent."""
        if not _client_is_active():
            yield "sentry_sdk is not initialised here", "Call sentry_sdk.init(dsn=...) in the settings."

    def key(self, job: str) -> str:
        """Slugs are in lower case, at most 50 characters, and not a number."""
        slug = naming.slug(job, SLUG_LENGTH)
        return f"job-{slug}" if slug.isdecimal() else slug

    def begin(self, check_in: CheckIn, options: Mapping[str, Any], *, seconds: float) -> None:
        """in_progress."""
        self._capture(check_in, options, "in_progress")

    def end(self, check_in: CheckIn, options: Mapping[str, Any], *, seconds: float) -> None:
        """Ok, or error."""
        self._capture(check_in, options, "ok" if check_in.succeeded else "error", duration=check_in.seconds)

    def _capture(
        self, check_in: CheckIn, options: Mapping[str, Any], status: str, duration: float | None = None
    ) -> None:
        if not _client_is_active():
            raise MonitorError("sentry_sdk is not initialised in this process")
        taken = sys.modules["sentry_sdk"].crons.capture_checkin(
            monitor_slug=self.key(check_in.job.name),
            check_in_id=check_in.id.hex,
            status=status,
            duration=duration,
            monitor_config=self.config(check_in, options),
        )
        if taken is None:
            raise MonitorError("sentry_sdk did not take it: perhaps a `before_send` dropped it")

    def config(self, check_in: CheckIn, options: Mapping[str, Any]) -> dict[str, Any] | None:
        """What Sentry creates the monitor from; None without a schedule: somebody makes it there."""
        job = check_in.job
        if job.schedule is None:
            return None
        config: dict[str, Any] = {
            "schedule": {"type": "crontab", "value": job.slots.expression},
            "timezone": job.slots.timezone,
            "checkin_margin": _minutes(job.grace_at(check_in.at).total_seconds()),
            "max_runtime": _minutes(job.timeout),
        }
        for name, member in THRESHOLDS.items():
            if name in options:
                config[member] = options[name]
        return config

    def flush(self, *, seconds: float) -> None:
        """Send what the SDK still holds; else its own exit says so on standard error, and cron mails that."""
        if _client_is_active():
            sys.modules["sentry_sdk"].flush(timeout=seconds)


THRESHOLDS = {"FAILURE_THRESHOLD": "failure_issue_threshold", "RECOVERY_THRESHOLD": "recovery_threshold"}


def _minutes(seconds: float) -> int:
    """Whole minutes, rounded up, as a shorter limit would report what is in time."""
    return min(max(math.ceil(seconds / 60), 1), MOST_MINUTES)


def _client_is_active() -> bool:
    """Whether the host has initialised the SDK; one that nobody has imported is not."""
    get_client = getattr(sys.modules.get("sentry_sdk"), "get_client", None)  # since 2.0
    return get_client is not None and bool(get_client().is_active())


monitor = Sentry()
