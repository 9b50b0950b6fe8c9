"""A command that does what a test tells it: by a Python function, or by name in another process."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jobs_api import current_run
from tests.toys import behaviours

behaviour: Callable[..., Any] | None = None
"""What the next calls in this process do; the fixture `toy` sets it."""


def write_ledger(path: str, event: str) -> None:
    """Append a line, in one write, to a file that outlives this process."""
    run = current_run()
    slot = run.run_date.isoformat() if run.run_date else "-"
    line = f"{run.job_name} {slot} {run.attempt} {event} {os.getpid()}\n"
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(handle, line.encode())
    os.close(handle)


class Command(BaseCommand):
    """manage.py toy"""

    help = "Does what a test asks for."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ways to behave, for tests that start processes."""
        parser.add_argument("words", nargs="*", help="more to say")
        parser.add_argument("--say", default="")
        parser.add_argument("--seconds", type=float, default=0, help="work so long, checking")
        parser.add_argument("--deaf", action="store_true", help="never check")
        parser.add_argument("--ledger", default="")
        parser.add_argument("--fail", action="store_true")
        parser.add_argument("--behave", default="", help="a function of tests.toys.behaviours")

    def handle(self, *args: Any, **options: Any) -> None:
        """Behave."""
        if behaviour is not None:
            behaviour(self, **options)
            return
        if options["behave"]:
            getattr(behaviours, options["behave"])(self, **options)
            return
        if options["ledger"]:
            write_ledger(options["ledger"], "start")
        self._work(options["seconds"], deaf=options["deaf"])
        for said in filter(None, [options["say"], *options["words"]]):
            self.stdout.write(said)
        if options["fail"]:
            raise CommandError("The toy was told to fail.")
        if options["ledger"]:
            write_ledger(options["ledger"], "end")

    def _work(self, seconds: float, *, deaf: bool) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not deaf:
                current_run().check()
            time.sleep(0.02)
