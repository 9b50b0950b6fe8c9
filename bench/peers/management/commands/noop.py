"""A command that does nothing, so that what is measured is all that is around it."""

from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """manage.py noop"""

    help = "Does nothing, and says so."

    def handle(self, *args: Any, **options: Any) -> None:
        """One line, so that every endpoint has some output to keep."""
        self.stdout.write("nothing to do")
