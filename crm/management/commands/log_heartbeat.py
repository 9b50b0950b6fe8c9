"""The sign of life every five minutes."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm import conf
from crm.graphql.client import HELLO, ask
from crm.patterns import Log, reference_time

LOG = Log(file="crm_heartbeat_log.txt", stamp="%d/%m/%Y-%H:%M:%S")
EXPECTED = {"hello": "Hello, GraphQL!"}


class Command(BaseCommand):
    """Executes GraphQL first: a process can be alive while nothing works."""

    help = "Query `hello` by GraphQL and add a line to the heartbeat log; fail if the answer is wrong."

    def handle(self, *args: Any, **options: Any) -> None:
        """Query, then log; a retry of the slot adds no second line."""
        answer = ask(HELLO)
        if answer != EXPECTED:
            raise CommandError(f"GraphQL answered {answer!r} instead of {EXPECTED!r}.")
        now, text = reference_time(), " CRM is alive"
        added = LOG.add(now, text, conf.log_dir())
        self.stdout.write(LOG.line(now, text) + ("" if added else " (was logged already)"))
