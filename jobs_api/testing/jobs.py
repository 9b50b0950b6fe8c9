"""The jobs that `ExecutorConformance` triggers, as its workers know them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from jobs_api.registry.job import Job

NAME = "jobs_api_conformance"
"""Of the job and of its command."""


class Options(BaseModel):
    """What a question of the suite may have the command do."""

    say: str = ""
    behave: str = ""
    ledger: str = ""
    fail: bool = False
    words: list[str] | None = None


def jobs_for(executor: str | None = None, name: str = NAME) -> tuple[Job, Job]:
    """The job that the suite triggers, and one like it with a time-out of two seconds."""
    fields: dict[str, Any] = {"command": NAME, "params": Options, "overlap": "allow", "executor": executor}
    return Job(name, **fields), Job(f"{name}-brief", timeout=2, **fields)


jobs = list(jobs_for())
