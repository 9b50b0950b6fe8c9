"""Go through every interleaving of what triggers, workers, heartbeats, reapers and operators do.

Exits with 0 if no rule was broken, with 1 if one was, with 2 if what was asked for does not exist, with
130 if it was interrupted. docs/explore.md explains the rest.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import sys
import time

NOT_HERE = "This Python's SQLite cannot save and restore a database (sqlite3 needs `serialize`)."


def options(words: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="make explore", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("names", nargs="*", metavar="SCENARIO", help="only these")
    add("--short", action="store_true", help="only what every run of the tests goes through")
    add("--list", action="store_true", help="show all scenarios and what they are about")
    add(
        "--seed",
        type=int,
        default=random.randrange(10_000),
        help="of the scenarios that are walked by chance",
    )
    add("--seconds", type=float, default=60, help="how long each of those is walked; 60")
    add("--walks", type=int, default=10**9, help="or how many times; any number")
    add(
        "--replay", metavar="STEPS", help="go once through one scenario, along these steps: first,second,time"
    )
    add("--processes", type=int, default=2, help="how many scenarios at once; 2")
    return parser.parse_args(words)


def main() -> int:
    """Do what was asked."""
    asked = options()
    if not hasattr(sqlite3.Connection, "serialize"):
        print(NOT_HERE)
        return 2
    try:
        return carry_out(asked)
    except KeyboardInterrupt:
        print("Interrupted.", flush=True)
        return 130


def carry_out(asked: argparse.Namespace) -> int:
    """List, replay, or go through scenarios."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.test")
    import django

    django.setup()
    from tools.explore import going
    from tools.explore.catalogue import chosen

    try:
        scenarios = chosen(asked.names, short=asked.short)
    except KeyError as error:
        print(f"There is no scenario {error}; --list shows all.")
        return 2
    if asked.list:
        for scenario in scenarios:
            size = "short" if scenario.short else "by chance" if scenario.by_chance else "in full"
            print(f"{scenario.name:28} {size:9}  {scenario.about}")
        return 0
    if asked.replay is not None:
        return going.replay(scenarios, asked.replay)
    begun = time.monotonic()
    broken = going.through(scenarios, asked)
    print(f"{len(scenarios)} scenarios, {broken} broken, {time.monotonic() - begun:.1f} s", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
