"""Several processes, as on several hosts, trigger one slot at the same moment."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs_api.models import JobAttempt, JobRun, Reason, State
from tests.conftest import stored_run
from tests.toys.child.start import go_on, ledger, reached, start

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES = 3
BEFORE = {
    "fresh": ("wait after jobs_api.runs.lookup:find", None, 1),
    "fresh, before anybody looked": ("wait before jobs_api.runs.lookup:find", None, 1),
    "failed": (
        "wait after jobs_api.runs.lookup:find",
        {"state": State.FAILED, "reason": Reason.ERROR, "tries": 1},
        2,
    ),
    "lost": ("wait after jobs_api.runs.lookup:find", {"state": State.RUNNING}, 2),
}


@pytest.mark.parametrize(("hook", "before", "attempt"), BEFORE.values(), ids=BEFORE)
def test_processes_that_trigger_one_slot_at_once_start_it_once(declare, tmp_path, hook, before, attempt):
    """Pains 1, 3 and 8: workers and hosts share nothing but the database, and there is one run."""
    job = declare(schedule=None, options={"ledger": str(tmp_path / "ledger")})
    slot = timezone.now().replace(microsecond=0) - timedelta(minutes=5)
    if before is not None:
        stored_run(job, slot, **before)
    command = ("jobs_run", job.name, "--run-date", slot.isoformat(), "--json")
    children = [start(*command, jobs=[job], hook=hook) for _ in range(PROCESSES)]
    for child in children:
        reached(child)  # all have seen the same

    for child in children:
        go_on(child)

    outcomes = sorted(_outcome(child) for child in children)
    assert ledger(tmp_path / "ledger") == [(attempt, "start"), (attempt, "end")]
    assert outcomes.count("succeeded") == 1
    assert set(outcomes) <= {"succeeded", "already_running", "already_succeeded"}
    run = JobRun.objects.get()
    assert (run.state, run.attempt) == (State.SUCCEEDED, attempt)
    assert JobAttempt.objects.count() == attempt - 1


def _outcome(child) -> str:
    """What the child's trigger led to; it looks again after a race, so it may wait again."""
    said, complaint = child.communicate("\n" * 20, timeout=60)
    lines = [line for line in said.splitlines() if line != "reached"]
    assert child.returncode == 0, complaint
    return json.loads("\n".join(lines))[0]["outcome"]
