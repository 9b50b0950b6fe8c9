"""What an inline command forks, in the test's own process."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from contextlib import suppress

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction

from jobs_api import current_run
from jobs_api.execution import forks
from jobs_api.execution.heartbeat import heartbeat
from jobs_api.models import JobRun, State
from tests.conftest import NOON
from tests.jobs_api.worker.supervising import supervised

from .attempts import output_of, performed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def child_of(declare, toy):
    """``child_of(act)``: how a child ended that a command forked, and that did this and came back."""

    def of(act):
        ended = []

        def behave(command, **options):
            pid = os.fork()
            if pid == 0:
                act()
                return
            ended.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

        toy(behave)
        assert performed(declare()).state == State.SUCCEEDED
        return ended[0]

    return of


def test_check_does_not_take_the_lease_for_lost_where_nobody_renews_it(child_of, settings):
    """The parent's heartbeat does; a worker of a pool may check as well as its parent."""
    settings.JOBS_API = {**settings.JOBS_API, "LEASE_SECONDS": 0.2, "RENEW_SECONDS": 0.1}

    def act():
        time.sleep(0.3)
        current_run().check()

    assert child_of(act) == 0


def test_coroutines_there_use_the_database_though_the_parents_have_a_thread_for_it(declare, toy):
    ended = []

    def behave(command, **options):
        asyncio.run(sync_to_async(int)())
        pid = os.fork()
        if pid == 0:
            signal.alarm(10)  # rather than wait for ever
            asyncio.run(sync_to_async(int)())
            os._exit(7)
        ended.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

    toy(behave)
    performed(declare())
    assert ended == [7]


def test_no_run_lives_there(child_of):
    def act():
        os._exit(7 if not heartbeat.attempts() and heartbeat.lock.acquire(blocking=False) else 1)

    assert child_of(act) == 7


def test_what_the_command_itself_has_set_up_for_a_signal_holds_in_what_it_forks(declare, toy):
    def behave(command, **options):
        before = signal.signal(signal.SIGUSR1, lambda *_: os._exit(7))
        pid = os.fork()
        if pid == 0:
            os.kill(os.getpid(), signal.SIGUSR1)
            time.sleep(10)
        signal.signal(signal.SIGUSR1, before)
        command.stdout.write(str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])))

    toy(behave)

    assert output_of(performed(declare())) == "7\n"


def test_a_fork_in_a_transaction_leaves_it_to_the_parent(declare, toy, tmp_path):
    """What is to be done once it is committed is done once, by the one that has committed."""
    done = tmp_path / "done"

    def note():
        with done.open("a") as lines:
            lines.write("committed\n")

    def behave(command, **options):
        with transaction.atomic():
            JobRun.objects.create(job_name="x", run_date=NOON, state=State.QUEUED, created_at=NOON)
            transaction.on_commit(note)
            pid = os.fork()
            if pid:
                os.waitpid(pid, 0)

    toy(behave)

    assert performed(declare()).state == State.SUCCEEDED
    assert JobRun.objects.filter(job_name="x").exists()
    assert done.read_text() == "committed\n"


def test_sockets_that_the_command_has_opened_stay_open(declare, toy):
    def behave(command, **options):
        ours, theirs = socket.socketpair()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            pid = os.fork()
            if pid == 0:
                with suppress(OSError):
                    theirs.sendall(str(listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)).encode())
                return
            os.waitpid(pid, 0)
            command.stdout.write(ours.recv(10).decode())
        ours.close()
        theirs.close()

    toy(behave)

    assert output_of(performed(declare())) == "1\n"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is not made for that")
def test_a_supervised_command_shares_no_connection_with_what_it_forks(declare):
    run = supervised(declare(options={"behave": "forks", "say": "returns"}))

    assert run.state == State.SUCCEEDED
    assert output_of(run).splitlines() == ["printed in the child", "child: 0"]


def test_the_servers_sockets_stay_open_where_another_class_of_sockets_closes_them(monkeypatch):
    """eventlet's does, and its server ended after the first inline run."""

    class Closing(socket.socket):
        def detach(self):
            self.close()
            return -1

    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setattr(socket, "socket", Closing)
        assert listener.fileno() in list(forks._listening())
        assert forks._local(listener.fileno()) == (socket.SOCK_STREAM, listener.getsockname()[1])
        os.fstat(listener.fileno())
