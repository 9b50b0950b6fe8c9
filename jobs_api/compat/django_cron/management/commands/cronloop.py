"""Call runcrons again and again, where there is no cron."""

from __future__ import annotations

import time
from itertools import count
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections


class Command(BaseCommand):
    """manage.py cronloop"""

    help = "Call runcrons again and again, until it is stopped; a class that fails does not end it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Define them, as django-cron had them."""
        parser.add_argument("-s", "--sleep", type=int, default=300, help="seconds between two calls")
        parser.add_argument("--cron_classes", nargs="+", default=(), help="classes of CRON_CLASSES")
        parser.add_argument("--repeat", type=int, help="call it so often; without end if missing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Call it."""
        try:
            for number in count(1):
                self._call(options["cron_classes"])
                if number == options["repeat"]:
                    return
                time.sleep(options["sleep"])
        except KeyboardInterrupt:
            return

    def _call(self, classes: list[str]) -> None:
        try:
            call_command("runcrons", *classes, stdout=self.stdout, stderr=self.stderr)
        except CommandError as error:  # the database may be back at the next call
            self.stderr.write(str(error))
        except SystemExit:
            pass  # a class has failed, and runcrons has said so
        finally:
            close_old_connections()
