"""The process of the subprocess executor: a fresh interpreter in a session of its own.

It is started as a script, with what it needs on its standard input: its command line tells only which
run it is. It begins the attempt, supervises the command in a child of its own, and starts the next
run that waits for room.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from contextlib import suppress


def main() -> None:
    """Carry out the order on standard input."""
    order = json.load(sys.stdin)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.path[:] = order["path"]
    os.environ["DJANGO_SETTINGS_MODULE"] = order["settings"]
    # Modules are no garbage: looking for some among them, here and at the end, takes a third of the CPU.
    gc.disable()
    import django

    django.setup()
    from jobs_api.worker import host_limit

    host_limit.serves = order["server"]  # our parent is a worker, which may be gone before us
    gc.freeze()
    gc.enable()
    carry_out(order["run"], order["attempt"], order["lane"])


def carry_out(run_id: int, attempt: int, lane: int) -> None:
    """Perform one attempt, free its lane, start what waits for it."""
    import signal

    from django.db import DatabaseError, InterfaceError

    from jobs_api.exceptions import DatabaseBusy
    from jobs_api.execution import drain
    from jobs_api.triggers import due
    from jobs_api.worker import delivery, host_limit, supervisor

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.begin_drain())
    os.set_inheritable(lane, False)
    try:
        delivery.deliver(run_id, attempt)
    finally:
        host_limit.release(lane)
    if not drain.draining():
        with suppress(DatabaseError, InterfaceError, DatabaseBusy):  # then the next run-due starts it
            due.start_waiting("subprocess")


if __name__ == "__main__":
    main()
