"""What operators do over HTTP."""

from __future__ import annotations

from typing import Any

from tests.jobs_api.audit.rows import INTERVAL, LATER, WHY, Row, Said, Scene

WHO = {"actor": "ops", "origin": "api", "address": "203.0.113.7"}
REASON = {"reason": WHY}


def post(path: str, body: dict[str, Any] | None = None, status: int = 200, run: str = "") -> Any:
    """Post to a path, in which {run} is the id of a run of the scene."""

    def act(scene: Scene) -> None:
        given = path.format(run=scene.pk(run) if run else 0)
        response = scene.request("POST", given, json={**REASON, **(body or {})})
        assert response.status_code == status, response.content

    return act


def twice(first: Any, second: Any) -> Any:
    """One after the other."""

    def act(scene: Scene) -> None:
        first(scene)
        second(scene)

    return act


RUN, RERUN = "POST /api/jobs/{name}/run", "POST /api/runs/{run_id}/rerun"
CANCEL, BACKFILL = "POST /api/runs/{run_id}/cancel", "POST /api/jobs/{name}/backfill"
PAUSE, RESUME = "POST /api/jobs/{name}/pause", "POST /api/jobs/{name}/resume"
PAUSED, RESUMED = Said("pause", "paused"), Said("resume", "resumed")
FORCED = {"force": True}
YEARS = dict(zip(("start", "end"), INTERVAL, strict=True))
pause, resume = post("/api/jobs/nightly/pause"), post("/api/jobs/nightly/resume")

ROWS = [
    Row(RUN, "a reason", post("/api/jobs/report/run"), (Said("trigger", "attempt 1", "report", "new"),)),
    Row(
        RUN,
        "forced after its end",
        post("/api/jobs/nightly/run", FORCED),
        (Said("trigger", "attempt 2", run="ended", details=FORCED),),
    ),
    Row(
        RUN,
        "forced while it runs",
        post("/api/jobs/busy/run", FORCED, 409),
        (Said("trigger", "already_running", "busy", "running", details=FORCED),),
    ),
    Row(
        RERUN, "ended", post("/api/runs/{run}/rerun", run="ended"), (Said("rerun", "attempt 2", run="ended"),)
    ),
    Row(
        RERUN,
        "queued",
        post("/api/runs/{run}/rerun", status=409, run="queued"),
        (Said("rerun", "conflict: queued", "late", "queued"),),
    ),
    Row(
        RERUN,
        "running",
        post("/api/runs/{run}/rerun", status=409, run="running"),
        (Said("rerun", "already_running", "busy", "running"),),
    ),
    Row(
        RERUN,
        "older than the retention",
        post("/api/runs/{run}/rerun", status=409, run="old"),
        (Said("rerun", "expired", run="old"),),
    ),
    Row(
        CANCEL,
        "queued",
        post("/api/runs/{run}/cancel", run="queued"),
        (Said("cancel", "cancelled", "late", "queued"),),
    ),
    Row(
        CANCEL,
        "running",
        post("/api/runs/{run}/cancel", status=202, run="running"),
        (Said("cancel", "asked to stop", "busy", "running"),),
    ),
    Row(
        CANCEL,
        "ended",
        post("/api/runs/{run}/cancel", status=409, run="ended"),
        (Said("cancel", "conflict: succeeded", run="ended"),),
    ),
    Row(
        BACKFILL,
        "a slot",
        post("/api/jobs/report/backfill", YEARS, 202),
        (Said("backfill", "queued 1", "report", details={"slots": 1}),),
    ),
    Row(
        BACKFILL,
        "slots that have runs",
        post("/api/jobs/nightly/backfill", YEARS, 202),
        (Said("backfill", "queued 0", details={"slots": 1}),),
    ),
    Row(BACKFILL, "a dry run", post("/api/jobs/report/backfill", {**YEARS, "dry_run": True}), ()),
    Row(PAUSE, "a job", pause, (PAUSED,)),
    Row(
        PAUSE,
        "with an end",
        post("/api/jobs/nightly/pause", {"until": LATER}),
        (Said("pause", "paused", details={"until": LATER}),),
    ),
    Row(PAUSE, "twice", twice(pause, pause), (PAUSED, Said("pause", "unchanged"))),
    Row(
        PAUSE,
        "otherwise",
        twice(pause, post("/api/jobs/nightly/pause", {"reason": "another"})),
        (PAUSED, Said("pause", "replaced", reason="another")),
    ),
    Row(RESUME, "a job", twice(pause, resume), (PAUSED, RESUMED)),
    Row(RESUME, "one that is not paused", resume, (Said("resume", "unchanged"),)),
    Row(
        "POST /api/pause",
        "two jobs",
        post("/api/pause", {"jobs": ["nightly", "rep*"]}),
        (PAUSED, Said("pause", "paused", "report")),
    ),
    Row(
        "POST /api/resume",
        "two jobs",
        twice(pause, post("/api/resume", {"jobs": ["nightly", "rep*"]})),
        (PAUSED, RESUMED, Said("resume", "unchanged", "report")),
    ),
]
