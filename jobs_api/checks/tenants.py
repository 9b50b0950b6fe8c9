"""Check in whose schema our tables are, where each tenant has a schema of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.apps import apps
from django.core import checks

from jobs_api import conf
from jobs_api.checks.messages import errors
from jobs_api.registry.validation import Fault

HINT = "Put 'jobs_api' into {shared} only. A job for every tenant goes through them: see docs/hosts.md."


def check_tenants(**_: Any) -> list[checks.CheckMessage]:
    """Our tables exist once, in the shared schema: a run that began in one schema must end there."""
    return errors(_faults())


def _faults() -> Iterator[Fault]:
    shared, per_tenant = conf.apps_by_schema()
    hint = HINT.format(shared=" and ".join(shared))
    for setting, names in per_tenant.items():
        if _has_ours(names):
            text = (
                f"jobs_api is in {setting}: each tenant gets its tables, and a run whose command "
                "changes the tenant loses its lease."
            )
            yield Fault("jobs_api.E038", text, hint)
    if shared and not any(_has_ours(names) for names in [*shared.values(), *per_tenant.values()]):
        text = f"jobs_api is not in {' or '.join(shared)}: its tables are made in no schema."
        yield Fault("jobs_api.E038", text, hint)


def _has_ours(names: Collection[str]) -> bool:
    """Whether a list of apps names ours, by its name or by its configuration."""
    config = apps.get_app_config("jobs_api")
    kind = type(config)
    return config.name in names or f"{kind.__module__}.{kind.__qualname__}" in names
