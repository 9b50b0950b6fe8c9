"""The commands on a database that hangs: an operator at night reads a sentence, in time, and no traceback.

Pain 23: whoever asks a frozen database waits for as long as it is frozen.
"""

import time

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import InterfaceError, InternalError, OperationalError, connection

from jobs_api import database
from tests.conftest import NOON, stored_run
from tests.jobs_api.management.calling import manage

from .hanging import cut_off, frozen, locked, unreachable

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
    "sqlite": {"locked": (locked, WRITING)},
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
