"""The app: it makes the commands and the functions that the samples name."""

from __future__ import annotations

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from django.apps import AppConfig
from django.core.management import BaseCommand, CommandParser, get_commands

NAMED = ("shop", "sample", "samples", "samples_of_cron_classes")


class Anything(MetaPathFinder, Loader):
    """Finds every module below some names; each holds a function of every name."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """The module, as a package."""
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] in NAMED else None

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is in it but what is asked for."""
        module.__getattr__ = self.function  # type: ignore[method-assign]

    @staticmethod
    def function(name: str) -> Any:
        """A function that takes whatever it is given."""
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: None


class AnyCommand(BaseCommand):
    """A command with the options that its jobs pass."""

    def __init__(self, words: list[str]) -> None:
        super().__init__()
        self.words = words

    def add_arguments(self, parser: CommandParser) -> None:
        """Each option with one value or none, and any other words."""
        known = set(parser._option_string_actions)
        for name in sorted({word.partition("=")[0] for word in self.words if word.startswith("-")} - known):
            parser.add_argument(name, nargs="?")
        parser.add_argument("rest", nargs="*")


class Host(AppConfig):
    """tests.jobs_api.importers.host"""

    name = "tests.jobs_api.importers.host"

    def ready(self) -> None:
        """Make what the samples name, before jobs_api reads the jobs."""
        sys.meta_path.append(Anything())
        from tests.jobs_api.importers.host.jobs import jobs

        words: dict[str, list[str]] = {}
        for job in jobs:
            words.setdefault(job.command, []).extend(map(str, job.args))
        for name, used in words.items():
            get_commands().setdefault(name, AnyCommand(used))  # type: ignore[arg-type]
