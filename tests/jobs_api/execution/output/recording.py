"""A run's output without a run."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from typing import Any

from jobs_api.execution.capture import capturing
from jobs_api.runs.output import Output, rest


def captured(function: Callable[..., Any], *, limit: int = 100_000, **options: Any) -> str:
    """What `function(stream, ...)` writes while it is captured, as the run's output would have it."""
    output = Output(limit)

    def call() -> None:
        with capturing(output) as stream:
            function(stream, **options)

    copy_context().run(call)
    return rest(output.parts(), 0).decode("utf-8", "replace")
