"""How to write the schedule of each platform: one file per exporter, found by its name.

An exporter is a module here with an object `exporter`, an `Exporter`. The command is `jobs_export`; the name
of the platform is the module's with dashes. What exporters share is in `jobs_api.exporters.common`.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import cast

from jobs_api.exporters.common.exporter import Exporter

__all__ = ["Exporter", "all_exporters"]


@cache
def all_exporters() -> dict[str, Exporter]:
    """All exporters by the names of their platforms."""
    modules = (module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg)
    return {
        name.replace("_", "-"): cast(Exporter, import_module(f"{__name__}.{name}").exporter)
        for name in modules
    }
