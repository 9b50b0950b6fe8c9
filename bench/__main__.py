"""``python -m bench``: measure and print one table. A missed promise is reported; only an error fails."""

from __future__ import annotations

import argparse
import dataclasses
import signal
import sys
import time
from collections.abc import Iterator

from bench.alerts import alerts
from bench.latency import attempt, latency
from bench.measures import MEASURES
from bench.pages import pages
from bench.places import DATABASES
from bench.scale import QUICK, Scale
from bench.startup import startup
from bench.table import Row, as_json, as_text

KINDS = MEASURES | {
    "pages": pages,
    "alerts": alerts,
    "latency": latency,
    "attempt": attempt,
    "startup": startup,
}


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="bench", description="Measure against views written by hand; docs/performance.md tells how."
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--quick", action="store_true", help="fewer samples: sooner, and less certain")
    parser.add_argument("--large", action="store_true", help="store 10 million runs instead of 1 million")
    parser.add_argument("--only", choices=KINDS, action="append", help="measure this; may be repeated")
    parser.add_argument("--database", choices=DATABASES, action="append", help="measure on this only")
    return parser.parse_args()


def main() -> int:
    """Measure and print."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))  # so that every `with` block is left
    arguments = options()
    scale = QUICK if arguments.quick else Scale()
    if arguments.large:
        scale = dataclasses.replace(scale, many=10_000_000)
    rows, begun = [], time.monotonic()
    for row in measured(arguments, scale):
        rows.append(row)
        line = " ".join(filter(None, (row.what, row.database and f"on {row.database}:", row.measured)))
        print(f"{time.monotonic() - begun:5.0f} s  {line}", file=sys.stderr, flush=True)
    print(as_json(rows) if arguments.json else as_text(rows))
    return 0


def measured(arguments: argparse.Namespace, scale: Scale) -> Iterator[Row]:
    """Measure each kind on each database; the cost of starting up does not depend on the database."""
    for number, name in enumerate(arguments.database or DATABASES):
        with DATABASES[name]() as fresh:
            for kind, measure in KINDS.items():
                if kind in (arguments.only or KINDS) and (kind != "startup" or number == 0):
                    yield from measure(fresh, name, scale)


if __name__ == "__main__":
    sys.exit(main())
