"""What processes do that evaluate and send at once; they are no tests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.test import override_settings

from jobs_api import Job, database, registry, trigger
from jobs_api.alerts import outbox
from jobs_api.alerts.background import AT_ONCE
from jobs_api.alerts.evaluating import evaluate
from jobs_api.models import AlertMessage
from tests.jobs_api.alerts.provoking.days import FIRST
from tests.jobs_api.alerts.provoking.receiver import channels
from tests.toys.management.commands import toy

JOBS = ("invoices", "reports")
CHANNELS = ("ops", "chat")
SECONDS = 30


@contextmanager
def host(port: str, *names: str) -> Iterator[None]:
    """A host with these channels, and jobs that somebody starts slot by slot."""
    registry.fill([Job(name, command="toy", schedule=None, max_attempts=1) for name in JOBS])
    alerts = {"CHANNELS": channels(int(port), names)}
    with override_settings(JOBS_API={"REQUIRE_HTTPS": False, "ALERTS": alerts}):
        yield


def look() -> None:
    """Evaluate at once, as `jobs_alerts evaluate` does, and send what is due."""
    evaluate(every=AT_ONCE)
    for channel in outbox.waiting_channels():
        outbox.deliver(channel)


def looks_on(number: int, folder: str, port: str, rounds: str, hosts: str) -> None:
    """In a process: look again and again; in the first one jobs fail meanwhile, and recover."""
    names = CHANNELS if hosts == "alike" or number % 4 != 1 else CHANNELS[:1]
    over = Path(folder) / "over"
    with host(port, *(() if hosts != "alike" and number % 4 == 2 else names)):
        if number == 0:
            try:
                _fail_and_recover(int(rounds))
            finally:
                over.touch()
        while not over.exists():
            look()
            time.sleep(0.01)


def _fail_and_recover(rounds: int) -> None:
    for step in range(2 * rounds):
        event, slot = ("recovered", "opened")[step % 2 == 0], FIRST + timedelta(days=step)
        toy.behaviour = (lambda *_, **__: None) if step % 2 else (lambda *_, **__: 1 / 0)
        for job in JOBS:
            assert trigger(job, run_date=slot).outcome == ("succeeded" if step % 2 else "failed")
        _wait_until_sent(event, len(JOBS) * len(CHANNELS) * (step // 2 + 1))


def _wait_until_sent(event: str, number: int) -> None:
    give_up = time.monotonic() + SECONDS
    while AlertMessage.objects.filter(event=event, sent_at__isnull=False).count() < number:
        assert time.monotonic() < give_up, list(AlertMessage.objects.values())
        look()
        time.sleep(0.01)


def sends_after_the_claim(number: int, port: str) -> None:
    """In a process: send what another one had in hand when it was killed."""
    with host(port, *CHANNELS):
        outbox.deliver("ops", now=database.now() + outbox.CLAIM)
