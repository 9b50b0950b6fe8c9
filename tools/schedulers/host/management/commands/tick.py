"""Write a line into the ledger; end the process, or what takes itself for one, if it is to fail."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from jobs_api import current_run
from tools.chaos.ledger import Pen


class Command(BaseCommand):
    """manage.py tick"""

    help = "Note that the slot's run has begun."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--fail", action="store_true")

    def handle(self, *args: Any, fail: bool, **options: Any) -> None:
        run = current_run()
        assert run.run_date
        with closing(Pen(Path(os.environ["HOST_LEDGER"]), run.job_name, run.run_date, run.attempt)) as pen:
            pen.note("start")
        if fail:
            sys.exit(3)  # more than an exception: in a worker it is the worker's own end
