"""What an executor runs while `ExecutorConformance` looks on."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jobs_api.testing.behaviours import BEHAVIOURS


class Command(BaseCommand):
    """manage.py jobs_api_conformance"""

    help = "Does what a question of jobs_api's conformance suite needs."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ways to behave."""
        parser.add_argument("words", nargs="*", help="more to say")
        parser.add_argument("--say", default="")
        parser.add_argument("--ledger", default="", help="a file for notes")
        parser.add_argument("--fail", action="store_true")
        parser.add_argument("--behave", default="", choices=["", *BEHAVIOURS])

    def handle(self, *args: Any, **options: Any) -> None:
        """Behave, or say what it is given to say."""
        if options["behave"]:
            BEHAVIOURS[options["behave"]](self, **options)
            return
        for line in filter(None, [options["say"], *options["words"]]):
            self.stdout.write(line)
        if options["fail"]:
            raise CommandError("It fails on request.")
