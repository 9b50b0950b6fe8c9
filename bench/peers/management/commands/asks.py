"""A command that asks the database one thing, as hardly any does without."""

from typing import Any

from django.core.management.base import BaseCommand

from bench.peers.models import JobLock


class Command(BaseCommand):
    """manage.py asks"""

    help = "Counts the locks, and says so."

    def handle(self, *args: Any, **options: Any) -> None:
        """One statement, one line."""
        self.stdout.write(f"{JobLock.objects.count()} locks")
