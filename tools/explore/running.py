"""Explore scenarios, several at once, and print the result of each."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from tools.explore import pool
from tools.explore.catalogue import find
from tools.explore.database import Store
from tools.explore.failures import described
from tools.explore.hosts import installed
from tools.explore.scenario import Scenario
from tools.explore.search import Failure, Report, Search
from tools.explore.threads import seats

EVERY = 10.0
"""The number of seconds between two lines of progress."""


def run_all(scenarios: Sequence[Scenario], arguments: argparse.Namespace) -> int:
    """Explore the scenarios and print one line each; returns how many broke a rule."""
    orders = [(scenario.name, arguments.seed, arguments.walks, arguments.seconds) for scenario in scenarios]
    if min(arguments.processes, len(orders)) <= 1:
        return sum(_print(order, one(*order)) for order in orders)
    broken = 0
    with ProcessPoolExecutor(
        arguments.processes, multiprocessing.get_context("spawn"), pool.prepare
    ) as workers:
        doing = {workers.submit(pool.one, *order): order for order in orders}
        for done in as_completed(doing):
            broken += _print(doing[done], done.result())
    return broken


def one(name: str, seed: int, walks: int, seconds: float) -> Report:
    """Explore one scenario."""
    scenario, store = find(name), Store()
    with installed(), seats(store) as threads:
        search = Search(scenario, store, threads)
        if scenario.by_chance:
            return search.by_chance(seed, walks=walks, seconds=seconds, on_progress=_progress(name))
        return search.everything(on_progress=_progress(name))


def _progress(name: str) -> Callable[[int, int], None]:
    last_report = time.monotonic()

    def print_progress(states: int, remaining: int) -> None:
        nonlocal last_report
        if time.monotonic() - last_report >= EVERY:
            last_report = time.monotonic()
            print(f"... {name}: {states:,} states, {remaining:,} to go", flush=True)

    return print_progress


def _print(order: tuple[str, int, int, float], report: Report) -> int:
    name, seed, _, _ = order
    how = "in full" if not find(name).by_chance else f"{report.worlds:,} walks, seed {seed}"
    verdict = "BROKEN" if report.failure else "ok"
    print(f"{verdict:6}  {name:28} {report.states:7,} states  {report.seconds:6.1f} s  {how}", flush=True)
    if report.failure:
        print(described(name, report.failure), flush=True)
    return report.failure is not None


def replay(scenarios: Sequence[Scenario], steps: str) -> int:
    """Repeat these steps of one scenario and print them; returns 1 if a rule is broken."""
    if len(scenarios) != 1:
        print("--replay takes the name of one scenario.", file=sys.stderr)
        return 2
    store = Store()
    with installed(), seats(store) as threads:
        failure, notes = Search(scenarios[0], store, threads).replay(
            [step for step in steps.split(",") if step]
        )
    print(
        described(
            scenarios[0].name, failure or Failure("no rule is broken", "", tuple(steps.split(",")), notes)
        )
    )
    return 1 if failure else 0
