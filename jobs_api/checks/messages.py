"""How checks show faults."""

from __future__ import annotations

from collections.abc import Iterator

from django.core import checks

from jobs_api.registry.validation import Fault


def errors(faults: Iterator[Fault]) -> list[checks.CheckMessage]:
    """Faults as messages of Django's: errors, or warnings where the id says so (jobs_api.W...)."""
    return [_kind(fault)(fault.text, hint=fault.hint, id=fault.id) for fault in faults]


def _kind(fault: Fault) -> type[checks.Error | checks.Warning]:
    return checks.Warning if fault.id.startswith("jobs_api.W") else checks.Error


def whose(names: list[str]) -> str:
    """The sentence that names the jobs that share a fault: up to three."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"Used by {', '.join(names[:3])}{more}."
