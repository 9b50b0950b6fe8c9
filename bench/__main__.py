"""``python -m bench``: measure and print one table. What falls short is reported; only what breaks fails."""

from __future__ import annotations

import argparse
import dataclasses
import signal
import sys
import time
from collections.abc import Iterator

from bench.latency import attempt, latency
from bench.measures import MEASURES
from bench.places import DATABASES
from bench.scale import QUICK, Scale
from bench.startup import startup
from bench.table import Row, as_json, as_text

KINDS = MEASURES | {"latency": latency, "attempt": attempt, "startup": startup}


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
    asked = options()
    scale = QUICK if asked.quick else Scale()
    if asked.large:
        scale = dataclasses.replace(scale, many=10_000_000)
    rows, begun = [], time.monotonic()
    for row in measured(asked, scale):
        rows.append(row)
        said = " ".join(filter(None, (row.what, row.database and f"on {row.database}:", row.measured)))
        print(f"{time.monotonic() - begun:5.0f} s  {said}", file=sys.stderr, flush=True)
    print(as_json(rows) if asked.json else as_text(rows))
    return 0


def measured(asked: argparse.Namespace, scale: Scale) -> Iterator[Row]:
    """Each kind on each database; what starting up costs does not depend on it."""
    for number, name in enumerate(asked.database or DATABASES):
        with DATABASES[name]() as fresh:
            for kind, measure in KINDS.items():
                if kind in (asked.only or KINDS) and (kind != "startup" or number == 0):
                    yield from measure(fresh, name, scale)


if __name__ == "__main__":
    sys.exit(main())
