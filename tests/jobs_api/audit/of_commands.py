"""What operators do at a command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jobs_api.management import base
from jobs_api.runs.state_machine import HOST
from tests.jobs_api.audit.rows import INTERVAL, WHY, Row, Said, Scene
from tests.jobs_api.management.calling import manage

WHO = {"actor": base.user(), "origin": "command", "address": HOST}


def command(*lines: tuple[str, ...], code: int = 0) -> Callable[[Scene], Any]:
    """Command lines, one after the other; a run of the scene is named by its name."""

    def act(scene: Scene) -> None:
        for name, *words in lines:
            said = manage(name, *(scene.runs[word].pk if word in scene.runs else word for word in words))
            assert said.code == code, said.err

    return act


def with_reason(*words: str, code: int = 0) -> Callable[[Scene], Any]:
    """One command line that says why."""
    return command((*words, "--reason", WHY), code=code)


PAUSE, CREATE = (
    ("jobs_pause", "nightly", "--reason", WHY),
    ("jobs_token", "create", "ci", "--scope", "read", "--reason", WHY),
)
PAUSED = Said("pause", "paused")
CREATED = Said("token_create", "created", "", subject="ci", details={"scopes": ["read"]})
FORCED = {"force": True}


def revoked(result: str) -> Said:
    return Said("token_revoke", result, "", subject="ci")


def forgotten(result: str, job: str = "", **details: Any) -> Said:
    return Said("source_forget", result, job, subject="curl", details=details)


def pruned(result: str) -> Said:
    return Said("prune", result, "", subject="runs")


ROWS = [
    Row(
        "jobs_run",
        "a reason",
        with_reason("jobs_run", "report"),
        (Said("trigger", "attempt 1", "report", "new"),),
    ),
    Row(
        "jobs_run",
        "forced after its end",
        with_reason("jobs_run", "nightly", "--force"),
        (Said("trigger", "attempt 2", run="ended", details=FORCED),),
    ),
    Row(
        "jobs_run",
        "forced while it runs",
        with_reason("jobs_run", "busy", "--force", code=1),
        (Said("trigger", "already_running", "busy", "running", details=FORCED),),
    ),
    Row(
        "jobs_rerun", "ended", with_reason("jobs_rerun", "ended"), (Said("rerun", "attempt 2", run="ended"),)
    ),
    Row(
        "jobs_rerun",
        "queued",
        with_reason("jobs_rerun", "queued", code=1),
        (Said("rerun", "conflict: queued", "late", "queued"),),
    ),
    Row(
        "jobs_rerun",
        "older than the retention",
        with_reason("jobs_rerun", "old", code=1),
        (Said("rerun", "expired", run="old"),),
    ),
    Row(
        "jobs_cancel",
        "queued",
        with_reason("jobs_cancel", "queued"),
        (Said("cancel", "cancelled", "late", "queued"),),
    ),
    Row(
        "jobs_cancel",
        "ended",
        with_reason("jobs_cancel", "ended", code=1),
        (Said("cancel", "conflict: succeeded", run="ended"),),
    ),
    Row(
        "jobs_backfill",
        "a slot",
        with_reason("jobs_backfill", "report", *INTERVAL),
        (Said("backfill", "queued 1", "report", details={"slots": 1}),),
    ),
    Row("jobs_backfill", "a dry run", with_reason("jobs_backfill", "report", *INTERVAL, "--dry-run"), ()),
    Row("jobs_pause", "a job", command(PAUSE), (PAUSED,)),
    Row("jobs_pause", "twice", command(PAUSE, PAUSE), (PAUSED, Said("pause", "unchanged"))),
    Row(
        "jobs_pause",
        "several",
        with_reason("jobs_pause", "nightly", "--glob", "rep*"),
        (PAUSED, Said("pause", "paused", "report")),
    ),
    Row(
        "jobs_resume",
        "a job",
        command(PAUSE, ("jobs_resume", "nightly", "--reason", WHY)),
        (PAUSED, Said("resume", "resumed")),
    ),
    Row(
        "jobs_resume",
        "one that is not paused",
        with_reason("jobs_resume", "nightly"),
        (Said("resume", "unchanged"),),
    ),
    Row("jobs_token", "create", command(CREATE), (CREATED,)),
    Row(
        "jobs_token",
        "revoke",
        command(CREATE, ("jobs_token", "revoke", "ci", "--reason", WHY)),
        (CREATED, revoked("revoked")),
    ),
    Row(
        "jobs_token",
        "revoke one that is not there",
        command(("jobs_token", "revoke", "ci", "--reason", WHY), code=1),
        (revoked("unchanged"),),
    ),
    Row("jobs_token", "list", command(("jobs_token", "list")), ()),
    Row("jobs_forget", "a source", with_reason("jobs_forget", "curl"), (forgotten("forgotten", by="ci"),)),
    Row(
        "jobs_forget",
        "a job of a source",
        with_reason("jobs_forget", "curl", "--job", "nightly"),
        (forgotten("forgotten", "nightly", by="ci"),),
    ),
    Row(
        "jobs_forget",
        "that it calls run-due",
        with_reason("jobs_forget", "curl", "--run-due", code=1),
        (forgotten("unchanged", run_due=True),),
    ),
    Row("jobs_prune", "old runs", with_reason("jobs_prune"), (pruned("begun"), pruned("deleted 1"))),
    Row("jobs_prune", "a dry run", command(("jobs_prune", "--dry-run")), ()),
]
