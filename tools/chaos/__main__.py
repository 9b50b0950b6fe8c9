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
    """Run it; 0 if nothing was violated, 1 if something was, 130 if it was interrupted."""
    asked = options()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return prove(asked) if asked.prove else chaos(asked, asked.breaks)
    except KeyboardInterrupt:
        print("Interrupted. No server is left.", flush=True)
        return 130


def prove(asked: argparse.Namespace) -> int:
    """What would not notice that the guarantee is broken proves nothing where it is not."""
    unnoticed = [name for name in BREAKS if chaos(asked, name) == 0]
    print(f"\nnot noticed: {', '.join(unnoticed) or 'nothing'}", flush=True)
    return 1 if unnoticed else 0


def chaos(asked: argparse.Namespace, breaks: str) -> int:
    """One run of it."""
    toys, begun = chosen(set(asked.executor or EXECUTORS)), time.monotonic()
    without = f", without {breaks}" if breaks else ""
    print(f"seed {asked.seed}, {asked.minutes:g} min, {len(toys)} jobs{without}", flush=True)

    def say(text: str) -> None:
        print(f"{time.monotonic() - begun:6.1f} s  {text}", flush=True)

    with stage({toy.executor for toy in toys}, breaks=breaks, keep=asked.keep) as made:
        say(f"all servers answer; their folder is {made.folder}")
        if made.network is None:
            say("no network namespace can be made here: no route is cut (that takes root and iproute2)")
        story = Story(made, asked.seed, asked.minutes * 60, asked.settle, toys, say, asked.fault)
        return 0 if story.tell() else 1


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
