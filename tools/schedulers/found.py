"""All systems and validators, by the names of their files."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import cast

from tools.schedulers import systems, validators
from tools.schedulers.system import System
from tools.schedulers.validating import Validator


def all_systems() -> dict[str, System]:
    """`systems/NAME.py` holds `system`."""
    names = (module.name for module in pkgutil.iter_modules(systems.__path__))
    return {name: cast(System, import_module(f"{systems.__name__}.{name}").system) for name in names}


def all_validators() -> dict[str, Validator]:
    """`validators/NAME.py` holds `validator`."""
    names = (module.name for module in pkgutil.iter_modules(validators.__path__))
    return {name: cast(Validator, import_module(f"{validators.__name__}.{name}").validator) for name in names}
