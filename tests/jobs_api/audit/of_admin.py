"""What operators do in Django's admin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from jobs_api.models import AlertMute, Incident, JobPause, JobRun, Token
from tests.jobs_api.admin.pages import incident, marks, order_page
from tests.jobs_api.audit.rows import LATER, WHY, Row, Said, Scene

WHO = {"actor": "anna", "origin": "admin", "address": "203.0.113.9"}


def order(model: type[Any], name: str, *rows: str | type[Any], **data: Any) -> Callable[[Scene], Any]:
    """Send the form of an order: for runs of the scene, or for all rows of a table."""

    def act(scene: Scene) -> None:
        chosen = [row for each in rows for row in _rows(scene, each)]
        user = User.objects.filter(username="anna").first()
        client = Client()
        client.force_login(user or User.objects.create_superuser("anna"))
        sent = {"reason": WHY, "pk": marks(chosen), **data}
        answer = client.post(order_page(model, name), sent, REMOTE_ADDR="203.0.113.9")
        assert answer.status_code == 302, answer.status_code

    return act


def _rows(scene: Scene, which: str | type[Any]) -> list[Any]:
    return [scene.runs[which]] if isinstance(which, str) else list(which.objects.all())


def both(*acts: Callable[[Scene], Any]) -> Callable[[Scene], Any]:
    """One after the other."""

    def act(scene: Scene) -> None:
        for each in acts:
            each(scene)

    return act


RERUN, CANCEL = "admin JobRun rerun", "admin JobRun cancel"
TRIGGER, REVOKE = "admin JobRun trigger", "admin Token revoke"
PAUSE, RESUME = "admin JobPause pause", "admin JobPause resume"
pause = order(JobPause, "pause", jobs=["nightly"])
PAUSED = Said("pause", "paused")
mute = order(AlertMute, "mute", subject="night*", kind="failed", until="2h")
MUTED = Said("mute", "muted", "", subject="failed of night*")


def an_incident(scene: Scene) -> None:
    """One that is open."""
    incident(kind="failed", subject="nightly", job_name="nightly")


ROWS = [
    Row(RERUN, "ended", order(JobRun, "rerun", "ended"), (Said("rerun", "attempt 2", run="ended"),)),
    Row(
        RERUN,
        "running",
        order(JobRun, "rerun", "running"),
        (Said("rerun", "already_running", "busy", "running"),),
    ),
    Row(
        RERUN,
        "queued",
        order(JobRun, "rerun", "queued"),
        (Said("rerun", "conflict: queued", "late", "queued"),),
    ),
    Row(
        CANCEL,
        "queued",
        order(JobRun, "cancel", "queued"),
        (Said("cancel", "cancelled", "late", "queued"),),
    ),
    Row(
        CANCEL,
        "ended",
        order(JobRun, "cancel", "ended"),
        (Said("cancel", "conflict: succeeded", run="ended"),),
    ),
    Row(
        TRIGGER,
        "two jobs, of which one is done",
        order(JobRun, "trigger", jobs=["nightly", "report"]),
        (Said("trigger", "already_succeeded", run="ended"), Said("trigger", "attempt 1", "report", "new")),
    ),
    Row(
        TRIGGER,
        "without a reason",
        order(JobRun, "trigger", jobs=["nightly"], reason=""),
        (Said("trigger", "already_succeeded", run="ended", reason=""),),
    ),
    Row(
        PAUSE,
        "two jobs",
        order(JobPause, "pause", jobs=["nightly", "report"]),
        (PAUSED, Said("pause", "paused", "report")),
    ),
    Row(
        RESUME,
        "a pause",
        both(pause, order(JobPause, "resume", JobPause)),
        (PAUSED, Said("resume", "resumed")),
    ),
    Row(
        REVOKE,
        "a token",
        order(Token, "revoke", Token),
        (Said("token_revoke", "revoked", "", subject="ops"),),
    ),
    Row(
        "admin Incident acknowledge",
        "an incident",
        both(an_incident, order(Incident, "acknowledge", Incident)),
        (Said("acknowledge", "until it is over", subject="failed nightly"),),
    ),
    Row(
        "admin Incident acknowledge",
        "an incident until an end",
        both(an_incident, order(Incident, "acknowledge", Incident, until=LATER)),
        (Said("acknowledge", f"until {LATER}", subject="failed nightly"),),
    ),
    Row("admin AlertMute mute", "jobs", mute, (MUTED,)),
    Row(
        "admin AlertMute unmute",
        "a mute",
        both(mute, order(AlertMute, "unmute", AlertMute)),
        (MUTED, Said("unmute", "ended", "", subject="failed of night*")),
    ),
]
