"""The client, outside the server's processes: kept-alive connections, endpoints in turns, medians."""

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
"""How many requests one endpoint gets in its turn: few, so that all endpoints meet the same noise."""
WARM_UP = 60

Send = Callable[[], float]
"""Sends one request and returns its seconds."""


class Broken(Exception):
    """An answer was wrong: there is nothing to measure."""


class Client:
    """One connection."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)

    def send(self, method: str, path: str) -> tuple[float, dict[str, Any]]:
        """The seconds until the whole answer had arrived, and its JSON."""
        begun = time.perf_counter()
        self._connection.request(method, path, headers=HEADERS)
        response = self._connection.getresponse()
        content = response.read()
        seconds = time.perf_counter() - begun
        if response.status not in (200, 202):
            raise Broken(f"{method} {path}: {response.status} {content[:500]!r}")
        return seconds, json.loads(content)

    def connect(self) -> None:
        """Connect before the first request."""
        self._connection.connect()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def trigger(self, where: str, run_dates: Iterator[str], *, outcome: str, job: str = "noop") -> Send:
        """A function that triggers the next run_date at each call, and checks the outcome."""

        def send() -> float:
            path = f"/{where}/jobs/{job}/run?run_date={next(run_dates)}"
            seconds, payload = self.send("POST", path)
            if payload["outcome"] != outcome:
                raise Broken(f"{path}: {payload}, not {outcome}")
            return seconds

        return send


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


def in_turns(senders: Mapping[str, Send], samples: int) -> dict[str, float]:
    """The median seconds of each endpoint, measured side by side."""
    times = all_times(senders, max(samples // BLOCK, 1), dict.fromkeys(senders, BLOCK), warm_up=WARM_UP)
    return {name: statistics.median(found) for name, found in times.items()}


def all_times(
    senders: Mapping[str, Send], rounds: int, block: Mapping[str, int], *, warm_up: int
) -> dict[str, list[float]]:
    """The seconds of each request; in each round `block` requests per endpoint."""
    for send in senders.values():
        for _ in range(warm_up):
            send()
    times: dict[str, list[float]] = {name: [] for name in senders}
    order = list(senders)
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name in order:
                times[name] += [senders[name]() for _ in range(block[name])]
            order.reverse()  # so that no endpoint always follows the same one
    finally:
        gc.enable()
    return times


def at_once(port: int, path: str, number: int) -> list[tuple[float, dict[str, Any]]]:
    """Send the same POST on `number` connections at the same moment."""
    answers: list[tuple[float, dict[str, Any]]] = []
    start = threading.Barrier(number)

    def one() -> None:
        with client(port) as mine:
            mine.connect()
            start.wait()
            answers.append(mine.send("POST", path))

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(answers) != number:
        raise Broken(f"{path}: {number - len(answers)} of {number} triggers at once were not answered.")
    return answers
