"""Let each scheduler trigger jobs for real, beside a second source; and let validators read all exports."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tools.live.installing import environment
from tools.live.place import guarded, stop_on_signals
from tools.schedulers import validating
from tools.schedulers.exam import SECOND, SLOTS, Exam
from tools.schedulers.found import all_systems, all_validators
from tools.schedulers.packages import missing, missing_npm
from tools.schedulers.scene import HOME, ROOT, Scene, program
from tools.schedulers.system import System
from tools.schedulers.validating import Validator

AT_ONCE = 12
"""So many systems side by side: each mostly waits for the next minute."""
Row = tuple[str, str, str]
"""Title, what was seen, result: "ok", "skipped: why", or what is wrong."""


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make schedulers", description=__doc__)
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="those with this in their name"
    )
    parser.add_argument("--list", action="store_true", help="print the names and end")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs")
    return parser.parse_args()


def main() -> int:
    """The exit status is 0 if nothing is wrong; what is skipped is not."""
    arguments = options()
    systems, validators = (
        {name: each for name, each in found.items() if _chosen(name, each.title, arguments.only)}
        for found in (all_systems(), all_validators())
    )
    if arguments.list or not (systems or validators):
        print("\n".join([*systems, *validators] or [*all_systems(), *all_validators()]))
        return 0 if arguments.list else 2
    environment(HOME, ROOT / "requirements-schedulers.txt")
    stop_on_signals()
    try:
        with guarded("jobs-api-schedulers-", keep=arguments.keep) as folder:
            folder.chmod(0o755)  # cron and the like work there as another user
            print(f"schedulers are tried in {folder}, {AT_ONCE} at a time, {SLOTS} slots each", flush=True)
            rows = all_rows(folder, systems, validators)
    except KeyboardInterrupt:
        print("Interrupted. No scheduler is left.", flush=True)
        os._exit(130)  # threads that wait for the next minute are not waited for
    print(table(rows))
    return 1 if any(_is_wrong(row) for row in rows) else 0


def all_rows(folder: Path, systems: dict[str, System], validators: dict[str, Validator]) -> list[Row]:
    """Try them all."""
    pool, reading = ThreadPoolExecutor(AT_ONCE), ThreadPoolExecutor(1)
    try:
        acts = {name: partial(try_system, folder, name, each) for name, each in systems.items()}
        tried = [pool.submit(_timed, name, act) for name, act in acts.items()]
        reads = {name: partial(try_validator, each) for name, each in validators.items()}
        read = [reading.submit(_timed, name, act) for name, act in reads.items()]
        return [each.result() for each in (*tried, *read)]
    finally:  # after an interrupt those that have begun are not waited for: they lose their processes
        for each in (pool, reading):
            each.shutdown(wait=False, cancel_futures=True)


def _timed(name: str, act: Callable[[Callable[[str], None]], Row]) -> Row:
    begun = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - begun:5.0f} s  {name:<24}{text}", flush=True)

    row = act(say)
    say(row[2])
    return row


def try_system(folder: Path, name: str, system: System, say: Callable[[str], None]) -> Row:
    """One system."""
    try:
        if reason := missing(system):
            return system.title, "-", f"skipped: {reason}"
        exam = Exam(Scene(name, system, folder))
        exam.run(say)
    except Exception as error:  # noqa: BLE001 - the others are tried all the same
        return system.title, "-", f"{type(error).__name__}: {error}"
    own, other = exam.runs[system.source], exam.runs[SECOND]
    seen = f"{len(exam.minutes)} slots: {own} runs by it, {other} by the second source"
    return system.title, seen, "; ".join(exam.wrong) or "ok"


def try_validator(validator: Validator, say: Callable[[str], None]) -> Row:
    """One validator."""
    try:
        if reason := missing_npm(validator.npm):
            return validator.title, "-", f"skipped: {reason}"
        if absent := [name for name in validator.needs if not program(name)]:
            return validator.title, "-", f"skipped: {', '.join(absent)} is not installed"
        seen, wrong = validating.examine(validator)
    except Exception as error:  # noqa: BLE001 - the others are tried all the same
        return validator.title, "-", f"{type(error).__name__}: {error}"
    return validator.title, seen, "; ".join(wrong) or "ok"


def _is_wrong(row: Row) -> bool:
    return row[2] != "ok" and not row[2].startswith("skipped: ")


def _chosen(name: str, title: str, only: list[str]) -> bool:
    return not only or any(text.lower() in f"{name} {title}".lower() for text in only)


def table(rows: list[Row]) -> str:
    """What came of each, in Markdown, as docs/schedulers.md has it."""
    lines = [("system or validator", "seen", "result"), ("---",) * 3, *rows]
    return "\n".join(f"| {' | '.join(' '.join(cell.split())[:300] for cell in line)} |" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
