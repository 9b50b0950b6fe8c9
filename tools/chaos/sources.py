"""The trigger sources: cheap, unreliable cron services that all fire the same slots, late and repeatedly.

Two name a job and a slot, the third one asks for whatever is due. Each gives up soon, ignores that
nobody answers, and comes again until it was told that the slot is done.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from typing import Any

from tools.chaos.checker import Answer, Slot
from tools.chaos.ledger import instant
from tools.chaos.toys import TOYS, Toy

DONE = ("succeeded", "already_succeeded")
Planned = tuple[datetime, Slot]
"""When a slot is due, and the slot."""
NAMED = {toy.name for toy in TOYS if toy.named}
PREFERENCES: tuple[dict[str, str], ...] = ({}, {"Prefer": "respond-async"}, {"Prefer": "wait=2"})


@dataclass(slots=True)
class Log:
    """The requests of all sources and their answers."""

    sent: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    """Of triggers; "no answer" and statuses without an outcome among them."""
    answers: list[Answer] = field(default_factory=list)
    broken: list[tuple[Slot, str]] = field(default_factory=list)
    """Requests that were answered with an error without a run, except 503, which means: try again."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, slot: Slot, status: int, payload: dict[str, Any]) -> str:
        """Record the outcome of one request, and return it."""
        outcome = str(payload.get("outcome") or status or "no answer")
        with self.lock:
            self.sent += 1
            self.outcomes[outcome] += 1
            if 200 <= status < 300 and payload.get("run"):
                self.answers.append(_answer(payload))
            elif status not in (0, 503) and "outcome" not in payload:
                self.broken.append((slot, f"The answer was {status}: {payload}."))
        return outcome

    def note_due(self, status: int, payload: dict[str, Any]) -> None:
        """Record the outcome of a run-due request."""
        counts = payload.get("counts")
        with self.lock:
            self.sent += 1
            for outcome, count in ({str(status or "no answer"): 1} if counts is None else counts).items():
                self.outcomes[f"run-due: {outcome}"] += count
            if status not in (0, 503) and counts is None:
                self.broken.append((("run-due", ""), f"The answer was {status}: {payload}."))


def _answer(payload: dict[str, Any]) -> Answer:
    run, run_date = payload["run"], instant(datetime.fromisoformat(payload["run_date"]))
    return Answer(payload["job"], run_date, run["id"], run["attempt"], payload["outcome"])


class Hosts:
    """The addresses of the web hosts, and their secret."""

    def __init__(self, addresses: list[tuple[str, int]], secret: str) -> None:
        self._addresses, self._secret = addresses, secret

    def post(
        self, chance: random.Random, path: str, body: dict[str, str], timeout: float, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """Send a POST to one of them; status 0 if it does not answer in time."""
        connection = HTTPConnection(*chance.choice(self._addresses), timeout=timeout)
        headers = {**headers, "Authorization": f"Bearer {self._secret}", "Content-Type": "application/json"}
        try:
            connection.request("POST", path, json.dumps(body), headers)
            response = connection.getresponse()
            payload = json.loads(response.read())
        except (OSError, HTTPException, ValueError):
            return 0, {}
        else:
            return response.status, payload if isinstance(payload, dict) else {}
        finally:
            connection.close()


def plan(toys: tuple[Toy, ...], begin: datetime, seconds: float) -> Iterator[Planned]:
    """Every slot with the moment at which it is due, which is its run_date for these jobs."""
    for number, toy in enumerate(toys):
        # Not all at the same moment; the first ones immediately, however short the chaos is.
        first = begin + timedelta(seconds=number * 0.3)
        gap = timedelta(seconds=toy.every or 60)
        due = first if toy.every else begin.replace(second=0, microsecond=0) + gap
        while due < begin + timedelta(seconds=seconds):
            yield due, (toy.name, instant(due))
            due += gap


class Source(threading.Thread):
    """One cron service."""

    def __init__(self, name: str, seed: str, hosts: Hosts, log: Log) -> None:
        super().__init__(name=name, daemon=True)
        self._chance, self._hosts, self._log = random.Random(seed), hosts, log
        self._over = threading.Event()

    def stop(self) -> None:
        """Stop it."""
        self._over.set()


class Naming(Source):
    """Triggers each slot by its name until it is done."""

    def __init__(self, name: str, seed: str, hosts: Hosts, log: Log, slots: list[Planned]) -> None:
        super().__init__(name, seed, hosts, log)
        self._scheduled = {toy.name for toy in TOYS if not toy.every}
        late = self._chance.uniform
        self.waiting = {slot: due.timestamp() + late(0.05, 1.5) for due, slot in slots if slot[0] in NAMED}
        """The next trigger time of each unfinished slot, as a Unix time."""

    def run(self) -> None:
        """Send due triggers until `stop` is called."""
        with ThreadPoolExecutor(12) as pool:
            while not self._over.wait(0.05):
                for slot, at in list(self.waiting.items()):
                    if at <= time.time():
                        self.waiting[slot] = time.time() + self._chance.uniform(1.5, 4)
                        for _ in range(self._chance.choice((1, 1, 2, 3))):
                            pool.submit(self._fire, slot, random.Random(self._chance.random()))

    def _fire(self, slot: Slot, chance: random.Random) -> None:
        if slot not in self.waiting:
            return
        job, run_date = slot
        # A scheduled job's newest slot needs no name; another source calls it by its own.
        newest = self._is_newest(slot) and chance.random() < 0.5
        body = {} if newest else {"run_date": run_date}
        timeout = chance.choice((1, 5, 10))
        path = f"/api/jobs/{job}/run?source={self.name}"
        status, payload = self._hosts.post(chance, path, body, timeout, **chance.choice(PREFERENCES))
        if self._log.note(slot, status, payload) in DONE:
            self.waiting.pop((job, instant(datetime.fromisoformat(payload["run_date"]))), None)

    def _is_newest(self, slot: Slot) -> bool:
        return slot[0] in self._scheduled and now() - datetime.fromisoformat(slot[1]) < timedelta(seconds=50)


class Asking(Source):
    """Calls run-due every other second."""

    def run(self) -> None:
        """Call run-due until `stop` is called."""
        while not self._over.wait(self._chance.uniform(1, 3)):
            self._log.note_due(*self._hosts.post(self._chance, f"/api/run-due?source={self.name}", {}, 20))


def now() -> datetime:
    """The present time, as a Unix time."""
    return datetime.now(UTC)
