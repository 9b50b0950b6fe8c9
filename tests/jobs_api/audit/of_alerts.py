"""What operators do about incidents at a command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jobs_api.models import Incident
from tests.conftest import NOON
from tests.jobs_api.audit import of_commands
from tests.jobs_api.audit.rows import LATER, WHY, Row, Said, Scene
from tests.jobs_api.management.calling import manage

WHO = of_commands.WHO
SUBJECT = "failed nightly"


def on_an_incident(*words: str, code: int = 0) -> Callable[[Scene], Any]:
    """A command line about the one incident that is open."""

    def act(scene: Scene) -> None:
        times = {"since": NOON, "opened_at": NOON, "seen_at": NOON}
        found = Incident.objects.create(kind="failed", subject="nightly", job_name="nightly", **times)
        verb, *more = words
        said = manage("jobs_alerts", verb, found.pk, *more, "--reason", WHY)
        assert said.code == code, said.err

    return act


MUTE = ("jobs_alerts", "mute", "night*", "--until", "2h", "--kind", "failed", "--reason", WHY)
UNMUTE = ("jobs_alerts", "unmute", "night*", "--reason", WHY)
MUTED = "failed of night*"


def muted(action: str, result: str) -> Said:
    return Said(action, result, "", subject=MUTED, details={"kind": "failed", "glob": "night*"})


ROWS = [
    Row(
        "jobs_alerts",
        "acknowledge an incident",
        on_an_incident("ack"),
        (Said("acknowledge", "until it is over", subject=SUBJECT),),
    ),
    Row(
        "jobs_alerts",
        "acknowledge an incident until an end",
        on_an_incident("ack", "--until", LATER),
        (Said("acknowledge", f"until {LATER}", subject=SUBJECT),),
    ),
    Row(
        "jobs_alerts",
        "mute and unmute",
        of_commands.command(MUTE, UNMUTE),
        (muted("mute", "muted"), muted("unmute", "ended")),
    ),
]
