"""The process of the subprocess executor: a new interpreter in its own session.

It is started as a script and reads its order from standard input; its command line shows only the run. It
begins the attempt, supervises the command in a child process, and starts the next run that waits for room.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from contextlib import suppress


def main() -> None:
    """Execute the order on standard input."""
    order = json.load(sys.stdin)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.path[:] = order["path"]
    os.environ["DJANGO_SETTINGS_MODULE"] = order["settings"]
    # Modules are never garbage. To search them for garbage, here and at the end, takes a third of the CPU.
    gc.disable()
    import django

    django.setup()
    from jobs_api.database.identity import difference
    from jobs_api.worker import host_limit

    # A server that was started before an upgrade names no database.
    if reason := "database" in order and difference(order["database"]):
        sys.exit(f"Run {order['run']}, attempt {order['attempt']} is not started: {reason}")

    host_limit.serves = order["server"]  # our parent is a worker, which may end before us
    gc.freeze()
    gc.enable()
    carry_out(order["run"], order["attempt"], order["lane"])


def carry_out(run_id: int, attempt: int, lane: int) -> None:
    """Perform one attempt, release its lane, and start the next waiting run."""
    import signal

    from jobs_api.database import ERRORS
    from jobs_api.exceptions import DatabaseBusy
    from jobs_api.execution import drain, process_end
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
        with suppress(*ERRORS, DatabaseBusy):  # the next run-due starts it
            due.start_waiting("subprocess")
    process_end.do_it()


if __name__ == "__main__":
    main()
