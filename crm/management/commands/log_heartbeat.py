"""The sign of life every five minutes."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm import conf, heartbeat
from crm.clock import reference_time
from crm.graphql.client import ask
from crm.graphql.documents import HELLO

ALIVE = {"hello": "Hello, GraphQL!"}


class Command(BaseCommand):
    """Asks GraphQL first: a web process can be alive while nothing works."""

    help = "Ask GraphQL for its greeting and add a line to the heartbeat log; fail if the answer is wrong."

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, then log."""
        answer = ask(HELLO)
        if answer != ALIVE:
            raise CommandError(f"GraphQL answered {answer!r} instead of {ALIVE!r}.")
        now = reference_time()
        added = heartbeat.log(now, conf.log_dir())
        self.stdout.write(heartbeat.line(now) + ("" if added else " (was logged already)"))
