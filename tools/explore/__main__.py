"""Explore every interleaving of the statements of triggers, workers, heartbeats, reapers and operators.

The exit status is 0 if no rule was broken, 1 if one was, 2 if an argument is wrong, and 130 after an
interrupt. See docs/explore.md.
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
    add("--short", action="store_true", help="only the scenarios that every run of the tests explores")
    add("--list", action="store_true", help="list all scenarios with a description")
    add(
        "--seed",
        type=int,
        default=random.randrange(10_000),
        help="the seed for scenarios that are explored at random",
    )
    add("--seconds", type=float, default=60, help="how long to explore each of those (60)")
    add("--walks", type=int, default=10**9, help="or how many random walks (no limit)")
    add("--replay", metavar="STEPS", help="repeat these steps of one scenario: first,second,time")
    add("--processes", type=int, default=2, help="how many scenarios at once (2)")
    return parser.parse_args(words)


def main() -> int:
    """Run the command line."""
    arguments = options()
    if not hasattr(sqlite3.Connection, "serialize"):
        print(NOT_HERE)
        return 2
    try:
        return carry_out(arguments)
    except KeyboardInterrupt:
        print("Interrupted.", flush=True)
        return 130


def carry_out(arguments: argparse.Namespace) -> int:
    """List, replay or explore scenarios."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.test")
    import django

    django.setup()
    from tools.explore import running
    from tools.explore.catalogue import chosen

    try:
        scenarios = chosen(arguments.names, short=arguments.short)
    except KeyError as error:
        print(f"There is no scenario {error}; --list shows all.")
        return 2
    if arguments.list:
        for scenario in scenarios:
            size = "short" if scenario.short else "by chance" if scenario.by_chance else "in full"
            print(f"{scenario.name:28} {size:9}  {scenario.about}")
        return 0
    if arguments.replay is not None:
        return running.replay(scenarios, arguments.replay)
    begun = time.monotonic()
    broken = running.run_all(scenarios, arguments)
    print(f"{len(scenarios)} scenarios, {broken} broken, {time.monotonic() - begun:.1f} s", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
