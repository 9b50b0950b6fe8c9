"""Call a dotted callable with values: what `jobs_call` does, and what the checks say of it beforehand."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from django.core.management import CommandError

from jobs_api.registry import callables


@dataclasses.dataclass(frozen=True, slots=True)
class CallValues:
    """What a callable is called with; none of it is ever read as a command line."""

    args: Sequence[Any] = ()
    kwargs: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def call(path: str, values: CallValues) -> Any:
    """Call it, and wait for it if it is asynchronous; returns what it returned.

    Raises:
        CommandError: there is no such callable, or it does not accept these values.
        Exception: whatever it raises, or its module.
    """
    try:
        function = callables.load(path)
    except callables.NotCallable as error:
        raise CommandError(str(error)) from None
    if fault := binding_fault(function, values):
        raise CommandError(f"{path}: {fault}.")
    returned = function(*values.args, **values.kwargs)
    if inspect.isgenerator(returned) or inspect.isasyncgen(returned):
        raise CommandError(
            f"{path} returned a generator: nothing of it has run. Let a function loop over it."
        )
    return asyncio.run(_awaited(returned)) if inspect.isawaitable(returned) else returned


async def _awaited(returned: Awaitable[Any]) -> Any:
    return await returned


def binding_fault(function: Callable[..., Any], values: CallValues) -> str:
    """Why it does not accept these values; empty if it does, or where that cannot be known before."""
    signature = signature_of(function)
    if signature is not None:
        try:
            signature.bind(*values.args, **values.kwargs)
        except TypeError as error:
            return str(error)
    return ""


def signature_of(function: Callable[..., Any]) -> inspect.Signature | None:
    """What it accepts; of a task of Celery's what its function accepts. None if it does not tell."""
    run = getattr(function, "run", None)
    is_task = callable(run) and hasattr(function, "apply_async")
    try:
        return inspect.signature(run if is_task else function)  # type: ignore[arg-type]
    except (TypeError, ValueError):  # of C code
        return None
