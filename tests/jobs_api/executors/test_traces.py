"""An attempt in a process of its own, and the command in that one's child: joined, and sent in time."""

from __future__ import annotations

import json
import time

import pytest

from jobs_api.models import JobRun
from jobs_api.runs.types import Trigger
from jobs_api.triggers.dispatch import Request, dispatch
from tests.databases import ONE_DATABASE
from tests.jobs_api.triggers.asking import RECENT

from .subprocesses import ended, until

pytestmark = [pytest.mark.django_db(transaction=True), ONE_DATABASE]

CONTEXT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
BY = Trigger("http", "curl", traceparent=CONTEXT)


def test_the_commands_spans_are_within_the_attempts_which_is_linked_to_its_trigger(
    declare, on_host, monkeypatch, tmp_path
):
    """The child flushes its own; the attempt's process flushes the attempt's. Each span is sent once."""
    path = tmp_path / "spans"
    monkeypatch.setenv("TOY_SPANS", str(path))
    job = declare(options={"behave": "traced"})
    on_host(OPENTELEMETRY=True)
    dispatch(Request(job, RECENT, BY, wait_own=15))
    until(lambda: path.exists() and "jobs_api.run" in path.read_text())
    sent = [line.partition(" ") for line in path.read_text().splitlines()]
    pids = {pid for pid, _, _ in sent}
    command, run = (json.loads(text) for _, _, text in sent)
    assert (command["name"], run["name"]) == ("the command's own", "jobs_api.run nightly")
    assert command["parent_id"] == run["context"]["span_id"]
    assert command["context"]["trace_id"] == run["context"]["trace_id"]
    assert run["parent_id"] is None
    (link,) = run["links"]
    assert link["context"]["trace_id"] == f"0x{CONTEXT[3:35]}"
    assert len(pids) == 2
    assert JobRun.objects.get().holder.rpartition(":")[2] in pids


def test_an_exporter_that_hangs_holds_up_a_run_for_no_longer_than_the_flush(declare, on_host, monkeypatch):
    monkeypatch.setenv("TOY_SPANS", "hang")
    job = declare(options={"behave": "traced"})
    on_host(OPENTELEMETRY=True)
    came = time.monotonic()
    dispatch(Request(job, RECENT, BY, wait_own=25))
    run = ended()
    assert (run.state, bytes(run.output_head)) == ("succeeded", b"hello\n")
    assert time.monotonic() - came < 20  # its shutdown alone would take half a minute
