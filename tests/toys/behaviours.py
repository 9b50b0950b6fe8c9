"""What the toy does in another process, by name: ``options={"behave": "stubborn"}``."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import ctypes
import io
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync
from django.db import connection, connections, transaction
from django.utils import timezone

from jobs_api import RunStopped, current_run, trigger
from jobs_api.models import JobRun, State
from jobs_api.testing.behaviours import awaits as awaits
from jobs_api.testing.behaviours import checks as checks
from jobs_api.testing.behaviours import exits as exits
from jobs_api.testing.behaviours import floods as floods
from jobs_api.testing.behaviours import note
from jobs_api.testing.behaviours import stubborn as stubborn

STAYS = [sys.executable, "-c", "import time; time.sleep(120)"]
"""A program that does not end by itself."""


def tidy(command: Any, **options: Any) -> None:
    """Work without checking, and tidy up when stopped; a second attempt succeeds at once."""
    if current_run().attempt > 1:
        return
    try:
        note(options["ledger"], os.getpid())
        time.sleep(120)
    except RunStopped as stopped:
        command.stdout.write(f"tidied up: {stopped.reason}")
        raise


def divides(command: Any, **options: Any) -> None:
    """Fail, with a secret at hand."""
    password = "hunter" + str(len(options) // len(options) + 1)  # noqa: F841
    raise ZeroDivisionError("by nothing")


def logs_an_error(command: Any, **options: Any) -> None:
    """Report something, and succeed."""
    logging.getLogger("tests.shop").error("a customer without a name")


def triggers_others(command: Any, **options: Any) -> None:
    """Trigger the other jobs, and say what came of it."""
    for job in ("inline", "child"):
        command.stdout.write(trigger(job, wait=20).outcome)


def finishes_anyway(command: Any, **options: Any) -> None:
    """Be asked to stop, and finish the work all the same."""
    try:
        note(options["ledger"], os.getpid())
        time.sleep(120)
    except RunStopped:
        command.stdout.write("finished anyway")


def everything_writes(command: Any, **options: Any) -> None:
    """Write by each way there is."""
    command.stdout.write("by the command")
    print("by print")
    logging.getLogger("toys").warning("by logging")
    thread = threading.Thread(target=print, args=["by a thread"])
    thread.start()
    thread.join()
    os.write(1, b"by the descriptor\n")
    subprocess.run(["/bin/sh", "-c", "echo by a program; echo by its errors >&2"], check=True)
    subprocess.run(
        [sys.executable, "-c", "print('by a program given sys.stdout')"], stdout=sys.stdout, check=True
    )


def rebinds(command: Any, **options: Any) -> None:
    """Put other things in the place of the standard streams, and leave the last there."""
    print("1 ✓", file=sys.__stdout__)
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8")
    print("2 ✓")
    thread = threading.Thread(target=print, args=["3"])
    thread.start()
    thread.join()
    with contextlib.redirect_stdout(None):
        print("nowhere")
    sys.stdout = codecs.getwriter("utf-8")(sys.stdout.detach())
    print("4 ✓")
    sys.stderr = io.TextIOWrapper(sys.stderr.buffer, encoding="utf-8")
    print("5 ✓", file=sys.stderr)


def asks_by_asyncio(command: Any, **options: Any) -> None:
    """Use the ORM's asynchronous methods in an event loop of its own."""

    async def ask_three_times() -> list[int]:
        return await asyncio.gather(*[JobRun.objects.acount() for _ in range(3)])

    command.stdout.write(f"by asyncio: {asyncio.run(ask_three_times())}")


def asks_by_asgiref(command: Any, **options: Any) -> None:
    """The same by Django's own bridge."""

    async def ask_once() -> int:
        print("on the way")
        return await JobRun.objects.acount()

    command.stdout.write(f"by asgiref: {async_to_sync(ask_once)()}")


def kills_itself(command: Any, **options: Any) -> None:
    """Die as by the kernel when memory is short."""
    os.kill(os.getpid(), signal.SIGKILL)


def leaves(command: Any, **options: Any) -> None:
    """End the process past Python."""
    print("before it left")
    os._exit(3)


def devours(command: Any, **options: Any) -> None:
    """Take 1 GiB."""
    bytearray(2**30)


def leaves_a_daemon(command: Any, **options: Any) -> None:
    """Start a program that keeps the output open, and end."""
    note(options["ledger"], subprocess.Popen(STAYS).pid)


def leaves_a_fork(command: Any, **options: Any) -> None:
    """Make a daemon as C programs do, with all that is open here but the output, and end."""
    pid = os.fork()
    if pid:
        note(options["ledger"], pid)
        return
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (1, 2):
        os.dup2(nothing, descriptor)
    time.sleep(120)
    os._exit(0)


def late_thread(command: Any, **options: Any) -> None:
    """End while a thread still writes."""

    def write() -> None:
        time.sleep(0.3)
        print("by a thread that came last")

    threading.Thread(target=write).start()


def counts(command: Any, **options: Any) -> None:
    """Say how far it is, then wait to be stopped."""
    current_run().progress(3, 7)
    print("three of seven")
    sys.stdout.flush()
    tidy(command, **options)


def tells_secrets_of_its_process(command: Any, **options: Any) -> None:
    """Print its command lines and its open files."""
    for pid in (os.getpid(), os.getppid()):
        command.stdout.write(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode())
    for entry in sorted(Path("/proc/self/fd").iterdir(), key=lambda entry: int(entry.name)):
        try:
            command.stdout.write(f"{entry.name} {os.readlink(entry)}")
        except OSError:  # the listing's own
            continue


def keeps_the_interpreter(command: Any, **options: Any) -> None:
    """Let no other thread run, as C code can."""
    note(options["ledger"], os.getpid())
    ctypes.PyDLL(None).sleep(60)


# -- forks ------------------------------------------------------------------------------------


def forks(command: Any, **options: Any) -> None:
    """Fork; the child does what `say` names, the parent waits for it and tells how it ended.

    Both use the database, the parent before and after.
    """
    ask()
    pid = os.fork()
    if pid == 0:
        if connection.vendor == "postgresql":  # SQLite is not made for that
            ask()
        print("printed in the child")
        CHILDREN[options["say"]]()
        return
    _, status = os.waitpid(pid, 0)
    ask()
    command.stdout.write(f"child: {os.waitstatus_to_exitcode(status)}")


def forks_and_stores(command: Any, **options: Any) -> None:
    """Fork after it has used the database; the child stores a run, unless it is to be `silent`."""
    within = transaction.atomic() if options["say"] == "in a transaction" else contextlib.nullcontext()
    ask()
    if options["say"] == "closed":
        connections.close_all()
    with within:
        pid = os.fork()
        if pid == 0:
            if options["say"] != "silent":
                now = timezone.now()
                JobRun.objects.create(job_name="stored", run_date=now, created_at=now, state=State.SKIPPED)
            return
        _, status = os.waitpid(pid, 0)
    command.stdout.write(f"child: {os.waitstatus_to_exitcode(status)}")


def ask() -> None:
    """Use the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def raises() -> None:
    """Fail."""
    raise ValueError("in the child")


def told_to_end() -> None:
    """End by SIGTERM, as a pool ends its processes."""
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)


def in_a_transaction() -> None:
    """Come back out of a transaction."""
    with transaction.atomic():
        ask() if connection.vendor == "postgresql" else None
        raise ValueError("in the child")


CHILDREN: dict[str, Callable[[], Any]] = {
    "returns": lambda: None,
    "raises": raises,
    "exits": lambda: sys.exit(5),
    "leaves": lambda: os._exit(6),
    "is killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "is told to end": told_to_end,
    "raises in a transaction": in_a_transaction,
}


def double(number: int) -> int:
    """What processes of a pool do here."""
    return number * 2


def pool(command: Any, **options: Any) -> None:
    """Let processes work, end them by terminate(), as leaving the block does."""
    with multiprocessing.get_context("fork").Pool(2) as workers:
        command.stdout.write(str(workers.map(double, range(4))))


def executor(command: Any, **options: Any) -> None:
    """The same by concurrent.futures."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as workers:
        command.stdout.write(str(list(workers.map(double, range(4)))))


def process(command: Any, **options: Any) -> None:
    """Start a process, end another."""
    context = multiprocessing.get_context("fork")
    worker, sleeper = context.Process(target=double, args=[1]), context.Process(target=time.sleep, args=[60])
    for one in (worker, sleeper):
        one.start()
    worker.join()
    sleeper.terminate()
    sleeper.join()
    command.stdout.write(f"{worker.exitcode} {sleeper.exitcode}")


def leaves_a_worker(command: Any, **options: Any) -> None:
    """Fork a process that works on by itself, with all that was open here."""
    pid = os.fork()
    if pid == 0:
        time.sleep(60)
        return
    note(options["ledger"], pid)


def traced(command: Any, **options: Any) -> None:
    """Make a span of its own, as instrumented code does."""
    from opentelemetry import trace

    with trace.get_tracer("toy").start_as_current_span("the command's own"):
        command.stdout.write("hello")
