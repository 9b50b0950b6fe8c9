"""Bring another scheduler's rows in this database in step with the declared jobs."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.apps import apps
from django.core.management.base import CommandError, CommandParser

from jobs_api import bridges
from jobs_api.bridges.common.rows import Changes
from jobs_api.exporters.common import every
from jobs_api.management import base

KINDS = ("added", "changed", "removed")


class Command(base.JobsCommand):
    """manage.py jobs_sync ENGINE"""

    help = (
        "Add, change and remove the rows by which another scheduler starts the declared jobs. Only rows "
        'whose name begins with "jobs_api: " are touched. Run it with each deploy.'
    )
    examples = ("django-celery-beat", "django-q2 --check", "django-q2 --only 'report_*' --run-due-every 10m")
    statuses = {1: "with --check: rows are not in step; or an argument is wrong"}

    def add_arguments(self, parser: CommandParser) -> None:
        """Define them."""
        super().add_arguments(parser)
        parser.add_argument("engine", help="the scheduler: django-celery-beat, django-q2, ...")
        parser.add_argument("--only", metavar="GLOB", default="*", help="only jobs of that name")
        parser.add_argument(
            "--run-due-every", metavar="TIME", default="5m", help="how often run-due is called: 5m; none"
        )
        parser.add_argument(
            "--check", action="store_true", help="change nothing; exit 1 if rows are not in step"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Call the bridge's `sync`, and print what it did."""
        sync, minutes = _sync(options["engine"]), _minutes(options["run_due_every"])
        with base.refusals():
            changes = sync(options["only"], run_due_every=minutes, check=options["check"])
        self.show(options, {kind: getattr(changes, kind) for kind in KINDS}, _text(changes))
        if options["check"] and changes:
            sys.exit(1)


def _sync(engine: str) -> Callable[..., Changes]:
    known = {module.name for module in pkgutil.iter_modules(bridges.__path__) if not module.ispkg}
    name = engine.replace("-", "_")
    if name not in known:
        names = ", ".join(sorted(known)).replace("_", "-")
        raise CommandError(f'There is no bridge "{engine}". There are: {names}.')
    try:
        module = import_module(f"{bridges.__name__}.{name}")
    except (ImportError, RuntimeError) as error:  # RuntimeError: it is installed, and not in INSTALLED_APPS
        why = "it is not in INSTALLED_APPS." if "INSTALLED_APPS" in str(error) else error
        raise CommandError(f"{engine} cannot be used here: {why}") from None
    if not hasattr(module, "APP"):
        raise CommandError(f"There is nothing to do for {engine}: see docs/bridges.md.")
    if not apps.is_installed(module.APP):
        raise CommandError(f'{engine} cannot be used here: "{module.APP}" is not in INSTALLED_APPS.')
    sync: Callable[..., Changes] = module.sync
    return sync


def _minutes(text: str) -> int | None:
    try:
        return every.minutes_of(text)
    except every.BadInterval as error:
        raise CommandError(str(error)) from None


def _text(changes: Changes) -> str:
    lines = [f"{kind}: {name}" for kind in KINDS for name in getattr(changes, kind)]
    return "\n".join(lines) or "All rows are in step."
