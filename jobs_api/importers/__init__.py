"""How to read the schedules of each other scheduler: one file per importer, found by its name.

An importer is a module here with an object `importer`, an `Importer`. The command is `jobs_import`; the name
of the source is the module's with dashes. What importers share is in `jobs_api.importers.common`. An importer
imports the scheduler that it reads only when it reads it.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import cast

from jobs_api.importers.common.importer import Importer

__all__ = ["Importer", "all_importers"]


@cache
def all_importers() -> dict[str, Importer]:
    """All importers by the names of their sources."""
    modules = (module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg)
    return {
        name.replace("_", "-"): cast(Importer, import_module(f"{__name__}.{name}").importer)
        for name in modules
    }
