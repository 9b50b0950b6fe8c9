"""Take some time, tell the ledger when it starts and ends, and write by each way there is."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from jobs_api import current_run
from tools.chaos.ledger import Pen


def sleep(seconds: float) -> None:
    """Wait: other threads and greenlets run meanwhile."""
    time.sleep(seconds)


def compute(seconds: float) -> None:
    """Compute: no greenlet runs meanwhile."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sum(range(10_000))


def check(seconds: float) -> None:
    """Work in small steps, and stop between two of them when asked to."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        current_run().check()
        time.sleep(0.05)


WAYS: dict[str, Callable[[float], None]] = {"sleep": sleep, "compute": compute, "check": check}


class Command(BaseCommand):
    """manage.py toil"""

    help = "Take some time."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--seconds", type=float, default=0)
        parser.add_argument("--how", choices=WAYS, default="sleep")

    def handle(self, *args: Any, seconds: float, how: str, **options: Any) -> None:
        run = current_run()
        assert run.run_date
        with closing(Pen(Path(os.environ["SERVERS_LEDGER"]), run.job_name, run.run_date, run.attempt)) as pen:
            pen.note("start")
            self.stdout.write("by the command: Zoë")
            print("by print")
            self.stderr.write("by its errors")
            logging.getLogger("toil").warning("by logging")
            WAYS[how](seconds if run.attempt == 1 else 0)
            pen.note("ok")
