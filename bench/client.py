"""The client, in no process of the server: kept-alive connections, endpoints asked in turns, medians."""

from __future__ import annotations

import gc
import itertools
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any

from bench.places import CRON_SECRET

HEADERS = {
    "Authorization": f"Bearer {CRON_SECRET}",
    "User-Agent": "curl/8.5.0",
    "X-Forwarded-Proto": "https",
    "Content-Length": "0",
}
BLOCK = 5
"""Requests to one endpoint before it is the next one's turn: short, so that all meet the same noise."""
WARM_UP = 60

Ask = Callable[[], float]
"""Sends one request and returns its seconds."""


class Broken(Exception):
    """An answer was not what it has to be: there is nothing to measure."""


class Client:
    """One connection."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, method: str, path: str) -> tuple[float, dict[str, Any]]:
        """The seconds until the whole answer was there, and what it says."""
        begun = time.perf_counter()
        self._connection.request(method, path, headers=HEADERS)
        response = self._connection.getresponse()
        content = response.read()
        seconds = time.perf_counter() - begun
        if response.status not in (200, 202):
            raise Broken(f"{method} {path}: {response.status} {content[:500]!r}")
        return seconds, json.loads(content)

    def connect(self) -> None:
        """Before it is needed."""
        self._connection.connect()

    def close(self) -> None:
        """When it is needed no more."""
        self._connection.close()

    def trigger(self, where: str, run_dates: Iterator[str], *, outcome: str, job: str = "noop") -> Ask:
        """Asks for the next run_date each time, and makes sure of the outcome."""

        def ask() -> float:
            path = f"/{where}/jobs/{job}/run?run_date={next(run_dates)}"
            seconds, said = self.ask("POST", path)
            if said["outcome"] != outcome:
                raise Broken(f"{path}: {said}, not {outcome}")
            return seconds

        return ask


@contextmanager
def client(port: int) -> Iterator[Client]:
    """A client, closed afterwards."""
    opened = Client(port)
    try:
        yield opened
    finally:
        opened.close()


def run_dates(*, back: timedelta, step: timedelta = timedelta(seconds=1)) -> Iterator[str]:
    """Instants that have passed, between whole seconds, each later by a `step` than the one before.

    They count from the last midnight, so that stored runs can be made to lie around them.
    """
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=500_000)
    return ((midnight - back + step * number).strftime("%FT%T.%fZ") for number in itertools.count())


def in_turns(asks: Mapping[str, Ask], samples: int) -> dict[str, float]:
    """The median seconds of each, measured side by side."""
    times = all_times(asks, max(samples // BLOCK, 1), dict.fromkeys(asks, BLOCK), warm_up=WARM_UP)
    return {name: statistics.median(found) for name, found in times.items()}


def all_times(
    asks: Mapping[str, Ask], rounds: int, block: Mapping[str, int], *, warm_up: int
) -> dict[str, list[float]]:
    """The seconds of each, so many times a round."""
    for ask in asks.values():
        for _ in range(warm_up):
            ask()
    times: dict[str, list[float]] = {name: [] for name in asks}
    order = list(asks)
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name in order:
                times[name] += [asks[name]() for _ in range(block[name])]
            order.reverse()  # nobody always comes after the same one
    finally:
        gc.enable()
    return times


def at_once(port: int, path: str, number: int) -> list[tuple[float, dict[str, Any]]]:
    """The same POST from `number` connections at the same moment."""
    answers: list[tuple[float, dict[str, Any]]] = []
    start = threading.Barrier(number)

    def one() -> None:
        with client(port) as mine:
            mine.connect()
            start.wait()
            answers.append(mine.ask("POST", path))

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(answers) != number:
        raise Broken(f"{path}: {number - len(answers)} of {number} triggers at once were not answered.")
    return answers
