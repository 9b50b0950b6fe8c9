"""What processes do that evaluate and send at once; they are no tests, and do not import what tests share."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.test import override_settings

from jobs_api import Job, registry
from jobs_api.alerts import delivering, ordering, outbox
from jobs_api.alerts.evaluating import evaluate
from jobs_api.monitoring import turns

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
JOBS = 5
CHANNELS = {name: {"TYPE": "mail", "TO": ["ops@example.com"]} for name in ("ops", "chat")}


def declared():
    return [Job(f"job_{number}", command="toy", schedule="0 12 * * *", grace=60) for number in range(JOBS)]


def everybody_looks(number, folder, minutes, every):
    """In a process: evaluate as if the turn were free, and send; each message taken is a line of a file."""
    now = NOON + timedelta(minutes=float(minutes))
    registry.fill(declared())

    def take(channel, message, **options):
        with (Path(folder) / f"{number}").open("a") as file:
            file.write(f"{channel} {message.event} {message.facts['job']}\n")

    delivering.send = take
    with override_settings(JOBS_API={"ALERTS": {"CHANNELS": CHANNELS}}):
        for step in range(int(every)):
            evaluate(now=now + timedelta(seconds=step))
            for channel in CHANNELS:
                outbox.deliver(channel, now=now + timedelta(seconds=step))


def try_to_take(number, folder):
    turn = turns.take("evaluate", NOON, every=timedelta(seconds=30), given_up=timedelta(minutes=2))
    if not isinstance(turn, datetime):
        (Path(folder) / f"{number}").touch()


def dies(number, where):
    """Evaluate and send a minute after noon, and die by SIGKILL in the middle."""

    def die(*_, **__):
        os.kill(os.getpid(), signal.SIGKILL)

    module = {"write": ordering.Orders, "send": delivering}[where]
    setattr(module, where, die)
    registry.fill(declared())
    now = NOON + timedelta(minutes=1)
    with override_settings(JOBS_API={"ALERTS": {"CHANNELS": CHANNELS}}):
        evaluate(now=now)
        outbox.deliver("ops", now=now)
