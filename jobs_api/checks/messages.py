"""How checks show faults."""

from __future__ import annotations

from collections.abc import Iterator

from django.core import checks

from jobs_api.registry.validation import Fault


def errors(faults: Iterator[Fault]) -> list[checks.CheckMessage]:
    """Faults as messages of Django's: errors, or what the id says (jobs_api.W..., jobs_api.I...)."""
    return [_kind(fault)(fault.text, hint=fault.hint, id=fault.id) for fault in faults]


_KINDS: dict[str, type[checks.Warning | checks.Info]] = {"W": checks.Warning, "I": checks.Info}


def _kind(fault: Fault) -> type[checks.Error | checks.Warning | checks.Info]:
    return _KINDS.get(fault.id.removeprefix("jobs_api.")[:1], checks.Error)


def whose(names: list[str]) -> str:
    """The sentence that names the jobs that share a fault: up to three."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"Used by {', '.join(names[:3])}{more}."
