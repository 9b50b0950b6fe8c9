"""Start the cron classes that are due: run-due for the classes of CRON_CLASSES."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from jobs_api.compat.django_cron import starting
from jobs_api.compat.django_cron.base import BadCronJobError
from jobs_api.compat.django_cron.classes import CronClass, find, get_class
from jobs_api.management import base
from jobs_api.management.interrupts import interruptible
from jobs_api.management.triggering import TriggeringCommand
from jobs_api.registry import discovery

MARKS = {"ran": "\N{HEAVY CHECK MARK}", "failed": "\N{HEAVY BALLOT X}", "nothing": " "}


class Command(TriggeringCommand):
    """manage.py runcrons"""

    help = "Start the cron classes that are due, or those named. Exit status 1 if one failed."
    examples = ("", "shop.cron.Cleanup --force", "--dry-run")
    statuses = {0: "nothing failed", 1: "a class failed, or could not be started"}

    def add_arguments(self, parser: CommandParser) -> None:
        """Define them, as django-cron had them."""
        super().add_arguments(parser)
        parser.add_argument("cron_classes", nargs="*", help="classes of CRON_CLASSES; all without any")
        parser.add_argument("--force", action="store_true", help="run them now, whatever their schedules say")
        parser.add_argument("--silent", action="store_true", help="print nothing but errors")
        parser.add_argument(
            "--dry-run", action="store_true", help="show what would be started, and start nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Start them, one after another; one that fails is no end."""
        with base.refusals():
            discovery.require_sound()  # no crontab should leave a class out in silence
        chosen = _chosen(options["cron_classes"])
        speaks = not (options["silent"] or options["json"])
        if speaks:
            self.stdout.write("Running Crons\n" + "=" * 40)
        with base.refusals(), interruptible():
            if options["dry_run"]:
                done = starting.what_is_due(chosen, force=options["force"])
            else:
                done = starting.start(chosen, force=options["force"], actor=base.user())
        if speaks:
            for cron in chosen:
                self.stdout.write(f"[{MARKS[done.of(cron)]}] {cron.code}")
        if options["json"] and not options["silent"]:
            self.show(options, [{"code": cron.code, "outcome": done.of(cron)} for cron in chosen])
        for line in done.problems:
            self.stderr.write(line)
        if done.problems:
            sys.exit(1)


def _chosen(paths: list[str]) -> list[CronClass]:
    known, _ = find()
    by_class = {cron.kind: cron for cron in known}
    return [_known(path, by_class) for path in paths] if paths else known


def _known(path: str, by_class: dict[Any, CronClass]) -> CronClass:
    try:
        kind = get_class(path)
    except BadCronJobError as error:
        raise CommandError(f"{path}: {error}") from None
    if kind not in by_class:
        raise CommandError(f"{path} is not in CRON_CLASSES: add it there, so that its runs are recorded.")
    return by_class[kind]
