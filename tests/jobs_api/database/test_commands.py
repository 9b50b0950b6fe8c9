"""The commands on a database that hangs: an operator at night reads a sentence, in time, and no traceback.

Pain 23: whoever asks a frozen database waits for as long as it is frozen.
"""

import time
from contextlib import ExitStack
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import InterfaceError, InternalError, OperationalError, connection
from django.utils import timezone

from jobs_api import database
from jobs_api.management import following
from jobs_api.models import JobRun
from tests.conftest import NOON, stored_run
from tests.jobs_api.management.calling import manage

from .hanging import cut_off, frozen, locked, locked_without_a_log, unreachable

pytestmark = pytest.mark.django_db(transaction=True)
READING = (
    ["jobs_list"],
    ["jobs_list", "nightly"],
    ["jobs_list", "--state", "failed"],
    ["jobs_show", "RUN"],
    ["jobs_run_due", "--dry-run"],
)
WRITING = (
    ["jobs_run", "nightly"],
    ["jobs_rerun", "RUN"],
    ["jobs_cancel", "QUEUED"],
    ["jobs_backfill", "nightly", "2026-11-01", "2026-11-03"],
)
HANGS = {
    "sqlite": {
        "locked": (locked, WRITING),
        "locked without a log": (locked_without_a_log, (READING[0], READING[4], WRITING[0])),
    },
    "postgresql": {
        "locked": (locked, (*READING, *WRITING)),
        "frozen": (frozen, READING[:1]),
        "cut off": (cut_off, READING[3:4]),
        "unreachable": (unreachable, READING[:1]),
    },
}[connection.vendor]
CASES = [(hang, line) for hang, (_, lines) in HANGS.items() for line in lines]


@pytest.fixture
def host(declare, toy, settings):
    """A job with runs; returns what stands for their ids."""
    settings.JOBS_API = {**settings.JOBS_API, "RETENTION_DAYS": 10_000}
    toy(lambda command, **options: None)
    job = declare()
    queued = stored_run(job, NOON.replace(day=1, hour=3), state="queued")
    return {"RUN": str(stored_run(job, NOON.replace(hour=3)).pk), "QUEUED": str(queued.pk)}


@pytest.mark.parametrize(
    ("kind", "line"), CASES, ids=lambda value: value if isinstance(value, str) else value[0]
)
def test_a_command_says_in_time_and_in_a_sentence_that_the_database_hangs(host, impatient, kind, line):
    words = [host.get(word, word) for word in line]
    impatient()
    with HANGS[kind][0]():
        since = time.monotonic()
        said = manage(*words)
        took = time.monotonic() - since
    impatient(10)
    assert took < 8  # the hang has no end; the default is 10
    assert (said.code, said.out) == (75, "")
    assert said.err.startswith("CommandError: The database was not available: ")
    assert said.err.count("\n") == 0
    assert "then try again" in said.err
    assert manage("jobs_list").code == 0


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("connection failed: port 5432\n\tIs the server running?"),
        InterfaceError("connection already closed"),
        InternalError("cannot execute UPDATE in a read-only transaction"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("line", [["jobs_show", "1"], ["jobs_prune"]], ids=lambda line: line[0])
def test_whatever_the_database_refuses_is_a_sentence_and_keeps_its_cause(declare, monkeypatch, error, line):
    def refuse(*args):
        raise error

    for module in ("database.rows", "management.base.rows", "runs.pruning.rows"):
        monkeypatch.setattr(f"jobs_api.{module}", refuse, raising=False)
    monkeypatch.setattr(database, "now", refuse)
    with pytest.raises(CommandError) as end:
        call_command(*line)
    assert end.value.returncode == 75
    assert end.value.__cause__ is error  # for --traceback
    assert " ".join(str(error).split()) in str(end.value)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there, a lock lets readers pass")
@pytest.mark.parametrize("hang", [locked, frozen, cut_off])
def test_somebody_who_follows_a_run_is_told_once_that_the_database_hangs(host, impatient, monkeypatch, hang):
    run = JobRun.objects.get(pk=host["RUN"])
    lease = {"state": "running", "lease_expires_at": timezone.now() + timedelta(days=1)}
    JobRun.objects.filter(pk=run.pk).update(**lease)
    hanging = ExitStack()

    def end():
        ended = {"state": "succeeded", "lease_expires_at": None, "held_job": None}
        JobRun.objects.filter(pk=run.pk).update(output_head=b"said", output_size=4, **ended)

    steps = iter((lambda: impatient() or hanging.enter_context(hang()), lambda: None, hanging.close, end))
    monkeypatch.setattr(following, "time", SimpleNamespace(sleep=lambda seconds: next(steps)()))
    said = manage("jobs_show", host["RUN"], "--follow")
    lines = [line for line in said.err.splitlines() if line.startswith("The database")]
    assert said.code == 0
    assert lines[0].startswith("The database does not answer (")
    assert lines[1:] == ["The database answers again."]
    assert "\nsaid\n" in said.out
