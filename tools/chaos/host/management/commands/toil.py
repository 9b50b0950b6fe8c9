"""Live for a while, tell the ledger, and at times fail. It never asks whether it should stop."""

from __future__ import annotations

import os
import random
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jobs_api import current_run
from tools.chaos.ledger import Pen


class Command(BaseCommand):
    """The toys' command."""

    help = "Note in the ledger that it lives, for a while."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--lasts", type=float, nargs=2, default=(0, 0))
        parser.add_argument("--fails", type=float, default=0)

    def handle(self, *args: Any, lasts: tuple[float, float], fails: float, **options: Any) -> None:
        run = current_run()
        assert run.run_date
        chance = random.Random(f"{run.job_name} {run.run_date.timestamp()} {run.attempt}")
        with closing(Pen(Path(os.environ["CHAOS_LEDGER"]), run.job_name, run.run_date, run.attempt)) as pen:
            pen.note("start")
            pen.live(chance.uniform(*lasts))
            if run.attempt <= 2 and chance.random() < fails:
                pen.note("error")
                raise CommandError("This attempt was to fail.")
            pen.note("ok")
