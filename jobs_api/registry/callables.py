"""The callable of a dotted path: for `Job(call=...)` and `jobs_call`, for the checks, for its help text."""

from __future__ import annotations

import difflib
import functools
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from types import ModuleType
from typing import Any

from django.apps import apps
from django.core.management import CommandError

from jobs_api.registry import commands

DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")
"""A module and a name in it, at least."""
EXAMPLE = 'Write a module and a name in it, such as "shop.tasks.tidy".'
ENQUEUING = {("huey.api", "TaskWrapper"): "call_local", ("background_task.tasks", "TaskProxy"): "now"}
"""Tasks of queues, by module and class, and the attribute of each that runs it: a call only enqueues it."""

TASKS = {
    **ENQUEUING,
    ("celery.app.task", "Task"): "",
    ("dramatiq.actor", "Actor"): "",
    ("procrastinate.tasks", "Task"): "",
    ("django.tasks.base", "Task"): "call",
    ("django_tasks.base", "Task"): "call",
}
"""What of a task runs it here ("": the task itself). Other methods of its library, such as `delay`, only
enqueue it, or keep its exception to themselves."""
RUNNING = {"run", "call", "acall", "call_local", "now", "__call__"}
QUEUES = {
    ("django_q.tasks", "async_task"),
    ("django_q.tasks", "schedule"),
    ("celery.app.base", "Celery.send_task"),
}
"""Functions that enqueue what they are given."""


class NotCallable(LookupError):
    """There is nothing of that path that a job can call; `hint` has the remedy."""

    def __init__(self, text: str, hint: str) -> None:
        super().__init__(f"{text} {hint}")
        self.text, self.hint = text, hint


def is_dotted(path: object) -> bool:
    """Whether it is text that may name something in a module."""
    return isinstance(path, str) and len(path) <= 500 and DOTTED.fullmatch(path) is not None


def load(path: str) -> Callable[..., Any]:
    """What the path names, ready to be called; a method of a class is bound to a new object of it.

    Raises:
        NotCallable: there is nothing of that name, or a call of it would not do the work.
        Exception: whatever a module raises when it is imported, or a class when an object of it is made.
    """
    if not is_dotted(path):
        raise NotCallable(f"{path!r:.200} is not a dotted path.", EXAMPLE)
    module, names = _module_of(path)
    owner: Any = None
    found: Any = module
    for name in names:
        owner, found = found, _attribute(found, name, path)
    _require_work(path, found)
    return _bound(owner, names[-1], found)


def _module_of(path: str) -> tuple[ModuleType, list[str]]:
    """The innermost module of the path, and the names that follow it."""
    parts, module = path.split("."), None
    for number in range(1, len(parts)):
        name = ".".join(parts[:number])
        try:
            module = _imported(name)
        except ModuleNotFoundError as error:
            if error.name != name:  # something that the host's module imports
                raise
            if module is None or hasattr(module, parts[number - 1]):
                break
            raise _no_such(path, parts[number - 1], module.__name__, _submodules(module)) from None
    if module is None:
        text = f"{path!r} cannot be called: there is no module {parts[0]!r}."
        raise NotCallable(text, _hint(parts[0], sorted(_top_level()), "Is its folder on the Python path?"))
    return module, parts[module.__name__.count(".") + 1 :]


def _imported(name: str) -> ModuleType:
    try:
        return import_module(name)
    except SystemExit as error:
        # An exit with 0 is success, but only of what was called.
        if error.code in (None, 0) and commands.raised_in(name, error):
            raise CommandError(f"The module {name!r} exits while it is imported.") from error
        raise


def _attribute(found: Any, name: str, path: str) -> Any:
    try:
        return getattr(found, name)
    except AttributeError:
        owner = getattr(found, "__name__", None) or type(found).__name__
        raise _no_such(path, name, owner, _public(found)) from None


def _require_work(path: str, found: Any) -> None:
    """Refuse what a call would not run: such a run would succeed, and nothing would have been done."""
    if isinstance(found, ModuleType):
        raise NotCallable(f"{path!r} is a module.", f"Name what it should call: {_listed(_public(found))}")
    if inspect.isclass(found):
        raise NotCallable(
            f"{path!r} is a class: a call would only make an object.",
            f"Name a method of it: {_listed(_public(found))}",
        )
    kind = next((ENQUEUING[key] for base in _kinds(found) if (key := base) in ENQUEUING), None)
    if kind is None and not callable(found) and callable(getattr(found, "call", None)):
        kind = "call"  # a task of Django's
    if kind is not None:
        text = f"{path!r} is a task of a queue: to call it would only enqueue it, or fail."
        raise NotCallable(text, f'Write "{path}.{kind}".')
    if not callable(found):
        raise NotCallable(f"{path!r} is {type(found).__name__!r}, which cannot be called.", EXAMPLE)
    _require_no_message(path, found.func if isinstance(found, functools.partial) else found)
    if inspect.isgeneratorfunction(found) or inspect.isasyncgenfunction(found):
        raise NotCallable(
            f"{path!r} is a generator: a call runs nothing of it.", "Let a function loop over it."
        )


def _require_no_message(path: str, found: Any) -> None:
    """Refuse `tidy.delay` and the like: the run would succeed as soon as a message is sent."""
    name, home = getattr(found, "__name__", ""), getattr(found, "__module__", None) or ""
    text = f"{path!r} would only enqueue a task: the run would succeed before anything is done."
    if (home, getattr(found, "__qualname__", "")) in QUEUES:
        raise NotCallable(text, "Name what the task calls, and let an executor choose where it runs.")
    if not inspect.ismethod(found) or name in RUNNING:
        return
    kind = next((key for key in _kinds(found.__self__) if key in TASKS), None)
    if kind is not None and home.partition(".")[0] == kind[0].partition(".")[0]:
        task = path.removesuffix(f".{name}")
        right = ".".join(filter(None, [task, TASKS[kind]]))
        raise NotCallable(text, f'Write "{right}".' if task != path else "Name the task itself.")


def _kinds(found: Any) -> Iterable[tuple[str, str]]:
    return ((base.__module__, base.__qualname__) for base in type(found).__mro__)


def _bound(owner: Any, name: str, found: Any) -> Callable[..., Any]:
    """A plain function in a class needs an object of that class, as those who run cron classes make it."""
    if inspect.isclass(owner) and inspect.isfunction(found):
        static = isinstance(inspect.getattr_static(owner, name), staticmethod)
        bound: Callable[..., Any] = found if static else getattr(owner(), name)
        return bound
    return found  # type: ignore[no-any-return]


# -- what people read -------------------------------------------------------------------------


def help_text(path: str) -> str:
    """The first paragraph of its docstring, in one line; empty without one."""
    text = inspect.getdoc(load(path)) or ""
    return " ".join(text.partition("\n\n")[0].split())


def _no_such(path: str, name: str, owner: str, there: list[str]) -> NotCallable:
    return NotCallable(f"{path!r} cannot be called: {owner} has no {name!r}.", _hint(name, there, EXAMPLE))


def _hint(name: str, there: list[str], otherwise: str) -> str:
    near = difflib.get_close_matches(name, there, n=1)
    return f"Did you mean {near[0]!r}?" if near else otherwise


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:5]) or 'it has none'}."


def _public(found: Any) -> list[str]:
    """What it has that can be called, without what it has imported."""
    home = getattr(found, "__name__", "") if isinstance(found, ModuleType) else ""
    named = ((name, vars(found)[name]) for name in getattr(found, "__dict__", {}) if not name.startswith("_"))
    return sorted(name for name, value in named if not home or getattr(value, "__module__", home) == home)


def _submodules(package: ModuleType) -> list[str]:
    found = (module.name for module in pkgutil.iter_modules(getattr(package, "__path__", ())))
    return sorted({*found, *_public(package)})


def _top_level() -> set[str]:
    """Packages of the host's apps, and what is imported already; nothing is imported for a hint."""
    return {config.name.partition(".")[0] for config in apps.get_app_configs()} | {
        name for name in sys.modules if "." not in name and not name.startswith("_")
    }
