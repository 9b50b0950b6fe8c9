"""System checks: report errors in the declarations and the settings, each with id and hint."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from django.core import checks
from django.db import connections
from django.urls import NoReverseMatch, reverse

from jobs_api import clock, conf, executors, registry
from jobs_api.arguments.faults import faults
from jobs_api.registry import discovery
from jobs_api.registry.job import Job
from jobs_api.registry.validation import Fault

Look = Callable[[Mapping[str, Any]], Iterator[tuple[str, str]]]
"""An executor's `faults` or `cautions`."""


def register() -> None:
    """Register the checks with Django."""
    checks.register(check_declarations, "jobs_api")
    checks.register(check_settings, "jobs_api")
    checks.register(check_executors, "jobs_api")
    checks.register(check_sqlite, "jobs_api", deploy=True)
    checks.register(check_postgresql, "jobs_api", deploy=True)
    checks.register(check_deployment, "jobs_api", deploy=True)


def _errors(faults: Iterator[Fault]) -> list[checks.CheckMessage]:
    return [checks.Error(fault.text, hint=fault.hint, id=fault.id) for fault in faults]


def check_declarations(**_: Any) -> list[checks.CheckMessage]:
    """Faults that were found at start-up, and commands, options and values that do not exist."""
    command_faults = [fault for job in registry.jobs() for fault in _command_faults(job)]
    return _errors(iter([*_folded(discovery.faults), *command_faults]))


def _folded(faults: list[Fault]) -> Iterator[Fault]:
    """Each fault; one that several jobs share is shown once, with their names."""
    groups: dict[tuple[str, ...], list[Fault]] = {}
    for fault in faults:
        groups.setdefault((fault.id, fault.problem or fault.text, fault.hint), []).append(fault)
    for (number, text, hint), group in groups.items():
        shared = len(group) > 1 and bool(group[0].problem)
        yield from [Fault(number, f"{text} {_whose([of.job for of in group])}", hint)] if shared else group


def _command_faults(job: Job) -> Iterator[Fault]:
    for number, text, hint in faults(job):
        yield Fault(f"jobs_api.{number}", f"Job {job.name!r}: {text}", hint)


def check_executors(**_: Any) -> list[checks.CheckMessage]:
    """Executors with a missing requirement, or that refuse a job's options; each fault is reported once."""
    if any(_key_faults()):  # check_settings reports them; the options cannot be read
        return []
    faults: dict[tuple[str, str], list[str]] = {}
    cautions: dict[tuple[str, str], list[str]] = {}
    for job in registry.jobs():
        if executors.fault(job.executor_name):  # told by E016 or E035
            continue
        for kind, messages in _of_executor(job):
            for text, hint in messages:
                message = (f"{job.executor_name}: {text.rstrip('.')}.", hint)
                (faults if kind == "E" else cautions).setdefault(message, []).append(job.name)
    errors = [
        checks.Error(f"{text} {_whose(names)}", hint=hint, id="jobs_api.E043")
        for (text, hint), names in faults.items()
    ]
    warnings = [
        checks.Warning(f"{text} {_whose(names)}", hint=hint, id="jobs_api.W004")
        for (text, hint), names in cautions.items()
    ]
    return [*errors, *warnings]


def _of_executor(job: Job) -> Iterator[tuple[str, Iterator[tuple[str, str]]]]:
    executor = executors.load(job.executor_name)
    for kind, look in (("E", executor.faults), ("W", executor.cautions)):
        try:
            yield kind, iter([_placed(job, look, text, hint) for text, hint in look(job.routing)])
        except Exception as error:  # noqa: BLE001 - an executor of the host's may raise anything
            message = f"its {look.__name__}() raised {type(error).__name__}: {error}".splitlines()[0]
            yield "E", iter([(message[:300], "Correct it: it yields pairs of a text and a hint.")])


def _placed(job: Job, look: Look, text: str, hint: str) -> tuple[str, str]:
    """The fault, whose hint names the setting if the wrong option stands there and not in the job."""
    setting = conf.config().executor_options.get(job.executor_name, {})
    found = (text, hint)
    if "executor_options" in hint and found not in look(job.executor_options) and found in look(setting):
        hint = hint.replace("executor_options", f"JOBS_API['EXECUTOR_OPTIONS'][{job.executor_name!r}]")
    return text, hint


def _whose(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"Used by {', '.join(names[:3])}{more}."


def check_settings(**_: Any) -> list[checks.CheckMessage]:
    """USE_TZ, the database, JOBS_API and CRON_SECRET."""
    return _errors(iter([*_settings_faults(), *_secret_faults()]))


def _settings_faults() -> Iterator[Fault]:
    if not conf.uses_timezones():
        yield Fault(
            "jobs_api.E031",
            "USE_TZ is False, but a slot is an instant and needs a time zone.",
            "Set USE_TZ = True.",
        )
    from jobs_api.database import alias

    vendor = connections[alias()].vendor
    if vendor not in clock.NOW_SQL:
        text = f"jobs_api does not support the database {vendor!r}."
        yield Fault(
            "jobs_api.E032", text, "Use PostgreSQL or SQLite; a router can give jobs_api its own database."
        )
    if vendor == "sqlite" and connections[alias()].timezone_name != "UTC":
        text = "DATABASES['...']['TIME_ZONE'] makes one hour of each autumn ambiguous on SQLite."
        yield Fault(
            "jobs_api.E036", text, "Remove it: SQLite then stores UTC, and each job has its own time zone."
        )
    faults = list(_key_faults())
    yield from faults or _config_faults()


def _key_faults() -> Iterator[Fault]:
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


def check_sqlite(**_: Any) -> list[checks.CheckMessage]:
    """SQLite in a mode that answers "database is locked" although it could wait."""
    from jobs_api.database import alias

    connection = connections[alias()]
    options = connection.settings_dict.get("OPTIONS", {})
    if connection.vendor != "sqlite" or str(options.get("transaction_mode", "")).upper() == "IMMEDIATE":
        return []
    best = {"transaction_mode": "IMMEDIATE", "timeout": 10, "init_command": "PRAGMA journal_mode=WAL"}
    hint = f"In DATABASES: OPTIONS = {best}."
    text = "SQLite in its default mode answers some simultaneous triggers with a 503."
    return [checks.Warning(text, hint=hint, id="jobs_api.W003")]


PATIENT = ("connect_timeout", "tcp_user_timeout", "keepalives_idle")
"""Options that end the wait for a PostgreSQL server that vanished; the system's own timeouts are hours."""


def check_postgresql(**_: Any) -> list[checks.CheckMessage]:
    """PostgreSQL over a network without timeouts: our statements have a time limit, a job's have none."""
    from jobs_api.database import alias

    connection = connections[alias()]
    options = connection.settings_dict.get("OPTIONS", {})
    host = str(connection.settings_dict.get("HOST") or options.get("host") or "")
    missing = [name for name in PATIENT if name not in options]
    if connection.vendor != "postgresql" or host.startswith("/") or "service" in options or not missing:
        return []
    text = f"If PostgreSQL cannot be reached, a job may wait for hours: {', '.join(missing)} not set."
    best = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "keepalives_idle": 30}
    hint = f"In DATABASES: OPTIONS = {best}; see docs/operating.md."
    return [checks.Warning(text, hint=hint, id="jobs_api.W005")]


def check_deployment(**_: Any) -> list[checks.CheckMessage]:
    """Without a secret every request is refused; a redirect turns a POST into a GET."""
    return [checks.Warning(fault.text, hint=fault.hint, id=fault.id) for fault in _deployment_faults()]


def _deployment_faults() -> Iterator[Fault]:
    if not conf.cron_secrets():
        hint = (
            "Set CRON_SECRET in the environment, or silence this check and use manage.py jobs_token create."
        )
        yield Fault("jobs_api.W001", "No CRON_SECRET is set.", hint)
    with suppress(NoReverseMatch):  # not mounted, or mounted under a namespace of the host
        path = reverse("jobs_api:live")
        if conf.redirects(path):
            prefix = path.strip("/").removesuffix("health/live")
            hint = f"Set SECURE_REDIRECT_EXEMPT = [r'^{prefix}']: jobs_api refuses plain http by itself."
            text = "SECURE_SSL_REDIRECT redirects triggers, and a redirect turns a POST into a GET."
            yield Fault("jobs_api.W002", text, hint)


def _secret_faults() -> Iterator[Fault]:
    """A CRON_SECRET that never matches."""
    if any(len(secret) < 32 for secret in conf.cron_secrets()):
        text = "CRON_SECRET is shorter than 32 characters, so it never matches."
        yield Fault(
            "jobs_api.E030",
            text,
            'Make one with: python -c "import secrets; print(secrets.token_urlsafe(32))"',
        )
