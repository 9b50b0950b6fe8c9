"""A line is written in the process in which the transition happened, and in no other."""

from __future__ import annotations

import json
import logging

import pytest

from jobs_api.models import JobRun
from jobs_api.runs.types import Trigger
from jobs_api.triggers.dispatch import Request, dispatch
from tests.databases import ONE_DATABASE
from tests.jobs_api.triggers.asking import RECENT

from .subprocesses import until

pytestmark = [pytest.mark.django_db(transaction=True), ONE_DATABASE]

CONTEXT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_the_caller_logs_the_claim_and_the_attempts_own_process_the_rest(
    declare, on_host, monkeypatch, tmp_path, caplog
):
    """Not the child in which the command runs: it has the same handlers, and would write each line again."""
    caplog.set_level(logging.INFO, "jobs_api.transitions")
    monkeypatch.setenv("TOY_LOG", str(tmp_path / "log"))
    job = declare(options={"say": "hello"})
    on_host()
    by = Trigger("http", "curl", "ci", traceparent=CONTEXT)
    dispatch(Request(job, RECENT, by, wait_own=15))
    until(lambda: "finished" in (tmp_path / "log").read_text())
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [line["message"] for line in lines] == ["started", "finished"]
    run = JobRun.objects.get()
    for line in lines:
        told = (line["run"], line["source"], line["actor"], line["trigger"], line["trace_id"])
        assert told == (run.pk, "curl", "ci", "http", CONTEXT[3:35])
    here = [record.event for record in caplog.records if record.name == "jobs_api.transitions"]
    assert here == ["claimed"]
    assert bytes(run.output_head) == b"hello\n"
