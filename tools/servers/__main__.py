"""Try jobs_api under each server for real: triggers, repeats, output, leases, bodies and its end."""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from tools.live.place import running, stop_on_signals
from tools.servers import installing
from tools.servers.catalogue import SERVERS, Server
from tools.servers.ending import stop
from tools.servers.exam import Exam
from tools.servers.place import Place, place

COLUMNS = (
    "output",
    "token",
    "chunks",
    "cut short",
    "repeat",
    "hang-up",
    "lease",
    "short",
    "long",
    "subprocess",
    "ends",
)
AT_ONCE = 2
"""How many servers are tried at the same time."""


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make servers", description=__doc__)
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="servers with this in their name"
    )
    parser.add_argument("--list", action="store_true", help="print the names and end")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs")
    return parser.parse_args()


def main() -> int:
    """The exit status is 0 if all kept the promises and did what the catalogue says, 1 otherwise."""
    arguments = options()
    servers = [server for server in SERVERS if _chosen(server, arguments.only)]
    if arguments.list or not servers:
        print("\n".join(server.name for server in servers or SERVERS))
        return 0 if arguments.list else 2
    installing.environment()
    stop_on_signals()
    try:
        with place(keep=arguments.keep) as where:
            print(f"servers are tried in {where.folder}, {AT_ONCE} at a time", flush=True)
            results = examine_all(where, servers)
    except KeyboardInterrupt:
        print("Interrupted. No server is left.", flush=True)
        os._exit(130)  # threads that still ask their servers are not waited for
    print(table(results))
    return 1 if any(exam and exam.wrong for _, exam in results) else 0


def examine_all(where: Place, servers: list[Server]) -> list[tuple[Server, Exam | None]]:
    """Try them, some at a time."""
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        return list(pool.map(lambda server: examine(where, server), servers))
    finally:  # after an interrupt those that have begun are not waited for: they lose their servers
        pool.shutdown(wait=False, cancel_futures=True)


def examine(where: Place, server: Server) -> tuple[Server, Exam | None]:
    """Try one server; None if it is not installed."""
    begun = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - begun:5.1f} s  {server.name:<20}{text}", flush=True)

    if missing := installing.missing(server):
        say(f"skipped: {', '.join(missing)} cannot be imported")
        return server, None
    service, port = where.service(server)
    exam = Exam(where, server, port)
    try:
        with running(service):
            exam.run(say)
            say("stop")
            stop(exam, service)
            exam.compare()
    except Exception as error:  # noqa: BLE001 - the others are tried all the same
        exam.wrong.append(f"{type(error).__name__}: {error}")
    for text in exam.wrong or ["ok"]:
        say(text)
    return server, exam


def _chosen(server: Server, only: list[str]) -> bool:
    return not only or any(text.lower() in server.name.lower() for text in only)


def table(results: list[tuple[Server, Exam | None]]) -> str:
    """What each server does, in Markdown, as docs/deploying.md has it."""
    rows = [("server", *COLUMNS, "result"), ("---",) * (len(COLUMNS) + 2)]
    for server, exam in results:
        found = exam.findings if exam else {}
        result = "skipped" if exam is None else f"{len(exam.wrong)} wrong" if exam.wrong else "ok"
        rows.append((server.name, *(found.get(column, "-") for column in COLUMNS), result))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    sys.exit(main())
