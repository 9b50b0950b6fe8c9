"""The monitors: each module here has an object `monitor`, which is a `Monitor`; its name is the module's."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from jobs_api.check_ins.monitor import Monitor


@cache
def names() -> tuple[str, ...]:
    """All of them."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


@cache
def load(name: str) -> Monitor | None:
    """The monitor of that name; None if there is none."""
    if name not in names():
        return None
    found: Monitor = import_module(f"{__name__}.{name}").monitor
    return found
