"""Find an app's module ``jobs``, and tell from its code whether it can be ours, before it is imported.

Other libraries have modules of this name, too (django_extensions, RQ). To import one of theirs has side
effects, and may need packages or settings that this project does not have.
"""

from __future__ import annotations

import dataclasses
import dis
import linecache
import re
import site
import sysconfig
from collections.abc import Iterator
from functools import cache
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from types import CodeType, ModuleType, TracebackType
from typing import Any

US = "jobs_api"
NAMED = re.compile(rf"(?<![\w/\\-]){US}(?![\w/\\-])", re.ASCII)
"""Our name, but not as a part of a path: a project's folder may be called so."""
DOTTED = re.compile(rf"{US}(\.\w+)*", re.ASCII)
BINDS = ("STORE_NAME", "STORE_GLOBAL")


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """What the code of a module tells without being run."""

    names_us: bool
    """It imports jobs_api, also inside of a function or by a string."""
    may_list: bool
    """It assigns or imports something called `jobs`: perhaps a list of ours that a helper has made."""
    declares: bool = False
    """It names jobs_api and `Job`."""
    empty: bool = False
    """It is a file without code, perhaps one that a redirected command has emptied."""


def spec_of(package: ModuleType | None) -> ModuleSpec | None:
    """Where the app's module ``jobs`` is; None if it has none."""
    if package is None or not hasattr(package, "__path__"):
        return None
    try:
        return find_spec(f"{package.__name__}.jobs")
    except (ImportError, AttributeError, ValueError):  # ValueError: a module that was put in by hand
        return None


def look(spec: ModuleSpec) -> Look:
    """What the module's code tells. Code that cannot be read, such as a compiled extension, may list jobs."""
    try:
        code = spec.loader.get_code(spec.name)  # type: ignore[union-attr]
    except (SyntaxError, ValueError, ImportError):
        named = US.encode() in _bytes(spec)
        return Look(named, False, named)
    except OSError:  # nobody knows what is in it: in the project's own code it is better to say so
        return Look(is_hosts_own(spec), True)
    except AttributeError:  # a loader of the project's own
        code = None
    if code is None:
        return Look(False, True)
    names = set(_names(code))
    named = any(DOTTED.fullmatch(name) for name in names)
    empty = spec.submodule_search_locations is None and set(code.co_names) <= {"__doc__"}
    return Look(named, _may_list(code), named and "Job" in names, empty)


def _bytes(spec: ModuleSpec) -> bytes:
    try:
        return bytes(spec.loader.get_data(spec.origin))  # type: ignore[union-attr]
    except (OSError, AttributeError, TypeError):
        return b""


def _names(code: CodeType) -> Iterator[str]:
    """All identifiers and strings in the code; comments and parts of longer texts are not among them."""
    yield from code.co_names
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _names(const)
        elif isinstance(const, str):
            yield const
        elif isinstance(const, tuple):
            yield from (item for item in const if isinstance(item, str))


def _may_list(code: CodeType) -> bool:
    if ("*",) in code.co_consts:  # from ... import *
        return True
    return any(step.opname in BINDS and step.argval == "jobs" for step in dis.get_instructions(code))


def blames_us(error: BaseException) -> bool:
    """Whether jobs_api is named by the error, or by the code that raised it: then a declaration is wrong."""
    files = {frame.co_filename for frame in _code_of(error.__traceback__)} - {_OWN_FRAME}
    files |= {getattr(error, name, None) or "" for name in ("filename", "path")}  # SyntaxError, ImportError
    texts = [_text(error), *("".join(linecache.getlines(file)) for file in files)]
    return any(map(NAMED.search, texts))


def _code_of(trace: TracebackType | None) -> Iterator[CodeType]:
    while trace is not None:
        yield trace.tb_frame.f_code
        trace = trace.tb_next


_OWN_FRAME = str(Path(__file__).with_name("discovery.py"))
"""Which imports the module, so it is in every such traceback."""


def _text(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - the error is not ours: its text may be broken
        return type(error).__name__


def declaring_parts(spec: ModuleSpec) -> Iterator[str]:
    """The modules of a package ``jobs`` that name `Job`; nothing is imported."""
    for part in iter_modules(spec.submodule_search_locations or ()):
        finder: Any = part.module_finder
        found = finder.find_spec(f"{spec.name}.{part.name}")
        # Most parts of a large package do not name us: then nothing has to be compiled.
        if found is not None and US.encode() in _bytes(found) and look(found).declares:
            yield found.name


def is_hosts_own(spec: ModuleSpec) -> bool:
    """Whether it is code of the project, not of a library that is installed."""
    places = [spec.origin, *(spec.submodule_search_locations or ())]
    paths = [Path(place).resolve() for place in places if place and place not in ("built-in", "frozen")]
    return not any(path.is_relative_to(folder) for path in paths for folder in _libraries())


def is_hosts_package(name: str) -> bool:
    """Whether a dotted name begins with a package of the project's own."""
    try:
        spec = find_spec(name.partition(".")[0]) if name else None
    except (ImportError, ValueError):
        return False
    return spec is not None and is_hosts_own(spec)


@cache
def _libraries() -> frozenset[Path]:
    paths = sysconfig.get_paths()
    folders = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    folders += [*site.getsitepackages(), site.getusersitepackages()]
    return frozenset(Path(folder).resolve() for folder in folders)
