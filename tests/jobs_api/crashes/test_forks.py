"""Commands that fork inside a real server: what they fork is theirs, and no second server."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import suppress

import psutil
import pytest

from jobs_api.models import JobRun, State
from tests.jobs_api.execution.attempts import output_of
from tests.jobs_api.execution.draining.server import WORKERS, eventually, serve
from tests.jobs_api.executors.subprocesses import is_alive

pytestmark = pytest.mark.django_db(transaction=True)

FORKS = {
    "returns": 0,
    "raises": 1,
    "exits": 5,
    "leaves": 6,
    "is killed": -9,
    "is told to end": -15,
    "raises in a transaction": 1,
}
"""What the child does, and how it ends."""
POOLS = {"pool": "[0, 2, 4, 6]", "executor": "[0, 2, 4, 6]", "process": "0 -15"}


def name_of(text):
    return text.replace(" ", "-")


@pytest.mark.parametrize("options", WORKERS.values(), ids=WORKERS)
def test_what_a_command_forks_neither_answers_nor_ends_the_run_nor_serves(declare, tmp_path, options):
    """Pain 18: whoever comes back from the command, its end is written by the process that was asked."""
    forks = {name_of(how): {"behave": "forks", "say": how} for how in FORKS}
    pools = {name: {"behave": name} for name in POOLS}
    jobs = [declare(name, schedule=None, options=fixed) for name, fixed in (forks | pools).items()]
    with serve(tmp_path, *options, jobs=jobs, grace=3, drain=2) as server:
        worker, connection = server.worker(), server.connection()
        for job in jobs:
            asked = connection_to(server, connection, options)
            status, _, said = asked.ask("POST", f"/api/jobs/{job.name}/run")
            assert (status, said["outcome"], said["run"]["attempt"]) == (200, "succeeded", 1), said

        assert server.worker() == worker, "it is the same one all along"
        assert [child.status() for child in psutil.Process(worker).children(recursive=True)] == []

    for how, status in FORKS.items():
        assert output_of(JobRun.objects.get(job_name=name_of(how))) == f"child: {status}\n"
    for name, result in POOLS.items():
        assert output_of(JobRun.objects.get(job_name=name)) == f"{result}\n"
    assert not JobRun.objects.exclude(state=State.SUCCEEDED).exists()
    log = server.log.read_text()
    assert log.count("printed in the child") == len(FORKS), "what a child prints is in the server's log"
    assert "ValueError: in the child" in log


def ports_of(pid):
    return {at.laddr.port for at in psutil.Process(pid).net_connections()}


def connection_to(server, connection, options):
    """sync keeps no connection open."""
    return connection if options == WORKERS["gthread"] else server.connection()


@pytest.mark.parametrize("options", WORKERS.values(), ids=WORKERS)
def test_a_process_that_works_on_keeps_neither_the_port_nor_the_callers_connection(
    declare, tmp_path, options
):
    book = tmp_path / "pid"
    job = declare(schedule=None, options={"behave": "leaves_a_worker", "ledger": str(book)})
    with serve(tmp_path, *options, jobs=[job], grace=3, drain=2) as server:
        assert server.connection().ask("POST", f"/api/jobs/{job.name}/run")[2]["outcome"] == "succeeded"
        pid = int(book.read_text())
        try:
            eventually(lambda: server.port not in ports_of(pid))  # the answer may come before it lets go
            server.ended(server.tell(signal.SIGTERM))
            assert psutil.pid_exists(pid)
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", server.port), timeout=5)
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        eventually(lambda: not is_alive(pid))
