"""The child of the subprocess executor, with a mark after each step; started in its place, as a script."""

from __future__ import annotations

import os
from typing import Any

from bench.engines.marks import mark


def instrument(child: dict[str, Any]) -> None:
    """Put marks into the namespace of `jobs_api.subprocess_main`, which imports as it goes."""
    carry_out = child["carry_out"]

    def marked(*order: Any, **by_name: Any) -> None:
        mark("setup")
        mark_begin()
        carry_out(*order, **by_name)

    child["carry_out"] = marked


def mark_begin() -> None:
    """Mark when an attempt has begun."""
    from jobs_api.worker import delivery

    begin = delivery._begin

    def marked(run_id: int, attempt: int) -> Any:
        lease = begin(run_id, attempt)
        mark("begin")
        return lease

    delivery._begin = marked


if __name__ == "__main__":
    mark("interpreter")
    source = os.path.join(os.path.dirname(__file__), "../jobs_api/subprocess_main.py")
    namespace: dict[str, Any] = {"__name__": "child"}
    with open(source) as file:
        exec(compile(file.read(), source, "exec"), namespace)  # noqa: S102 - a script, as the real one
    instrument(namespace)
    namespace["main"]()
