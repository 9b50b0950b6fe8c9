"""Kill hosts, workers, the broker and the database while triggers keep coming; then check what happened."""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
from types import FrameType

from tools.chaos.stage import stage
from tools.chaos.story import Story
from tools.chaos.toys import EXECUTORS, chosen

BREAKS = ("fencing", "reaping", "overlap")
SETTLE_SECONDS = 90


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    add = parser.add_argument
    add("--seed", type=int, default=random.randrange(10_000), help="of all that is left to chance")
    add("--minutes", type=float, default=3, help="how long servers are killed; 3 if missing")
    add("--executor", choices=EXECUTORS, action="append", help="jobs of this one only; may be repeated")
    add("--fault", default="", help="only faults whose name has this in it")
    add("--break", choices=BREAKS, dest="breaks", default="", help="switch this off: it has to fail then")
    add("--prove", action="store_true", help="switch off each of them in turn; 0 if each was noticed")
    add("--settle", type=float, default=SETTLE_SECONDS, help="seconds until all slots must be done; 90")
    add("--keep", action="store_true", help="keep the folder with all logs and the ledger")
    return parser.parse_args()


def main() -> int:
    """Run the chaos. The exit status is 0 without violations, 1 with some, 130 after an interrupt."""
    arguments = options()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return prove(arguments) if arguments.prove else chaos(arguments, arguments.breaks)
    except KeyboardInterrupt:
        print("Interrupted. No server is left.", flush=True)
        return 130


def prove(arguments: argparse.Namespace) -> int:
    """Prove that the checker notices each way to break the guarantee; otherwise its success means nothing."""
    unnoticed = [name for name in BREAKS if chaos(arguments, name) == 0]
    print(f"\nnot noticed: {', '.join(unnoticed) or 'nothing'}", flush=True)
    return 1 if unnoticed else 0


def chaos(arguments: argparse.Namespace, breaks: str) -> int:
    """One run of the chaos."""
    toys, begun = chosen(set(arguments.executor or EXECUTORS)), time.monotonic()
    without = f", without {breaks}" if breaks else ""
    print(f"seed {arguments.seed}, {arguments.minutes:g} min, {len(toys)} jobs{without}", flush=True)

    def report(text: str) -> None:
        print(f"{time.monotonic() - begun:6.1f} s  {text}", flush=True)

    with stage({toy.executor for toy in toys}, breaks=breaks, keep=arguments.keep) as servers:
        report(f"all servers answer; their folder is {servers.folder}")
        if servers.network is None:
            report("no network namespace can be made here: no route is cut (that takes root and iproute2)")
        story = Story(
            servers, arguments.seed, arguments.minutes * 60, arguments.settle, toys, report, arguments.fault
        )
        return 0 if story.run() else 1


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
