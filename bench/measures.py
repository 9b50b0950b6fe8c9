"""The measurements, each on a prepared database; each yields the rows of its promises."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import islice, repeat

from bench.client import Broken, Client, at_once, client, in_turns, run_dates
from bench.places import Fresh, inside, server
from bench.scale import Scale
from bench.table import Row

PEERS = {
    "one": "the plain view",
    "two": "the view with a lock row",
    "ins": "the view with a UniqueConstraint",
}
FRESH = {"PostgreSQL": 0.80, "SQLite": 0.93}
"""The least speed of a fresh trigger, relative to the view with a UniqueConstraint."""
CROWD = 200
FEW = 10_000
DAY = timedelta(days=1)


def speed(fresh: Fresh, database: str, scale: Scale) -> Iterator[Row]:
    """Fresh triggers and duplicates, ours and the peers', in one server process."""
    with server(fresh("speed")) as port, client(port) as here:
        senders = {
            where: here.trigger(where, run_dates(back=DAY * 2), outcome="succeeded")
            for where in ("api", *PEERS)
        }
        took = in_turns(senders, scale.samples)
        for where, name in PEERS.items():
            promise = FRESH[database] if where == "ins" else None
            yield _beside("fresh trigger", name, database, took["api"], took[where], promise)
        senders = {
            where: here.trigger(where, run_dates(back=DAY * 2), outcome="succeeded", job="asks")
            for where in ("api", "ins")
        }
        took = in_turns(senders, scale.samples // 2)
        yield _beside("one query in the command", PEERS["ins"], database, took["api"], took["ins"], None)
        took = in_turns(_duplicates(here), scale.samples * 2)
        yield _beside("duplicate", "its IntegrityError", database, took["api"], took["ins"], 0.95)
        yield _beside("duplicate", "that and reading the run", database, took["api"], took["get"], 1.3)
        yield _beside("bare SELECT view", "the IntegrityError", database, took["sel"], took["ins"], None)


def _duplicates(here: Client) -> dict[str, Callable[[], float]]:
    """Trigger the same slot again and again, after its first trigger."""
    slot = next(run_dates(back=DAY * 3))
    for where in ("api", "ins"):
        here.trigger(where, repeat(slot), outcome="succeeded")()
    # The last two find the row of the view with the UniqueConstraint.
    outcomes = {"api": "already_succeeded", "ins": "already", "get": "already succeeded", "sel": "already"}
    return {where: here.trigger(where, repeat(slot), outcome=outcome) for where, outcome in outcomes.items()}


def _beside(what: str, peer: str, database: str, ours: float, theirs: float, promise: float | None) -> Row:
    detail = f"{ours * 1000:.2f} against {theirs * 1000:.2f} ms"
    return Row(f"{what}: times as fast as {peer}", database, theirs / ours, at_least=promise, detail=detail)


def statements(fresh: Fresh, database: str, scale: Scale) -> Iterator[Row]:
    """Count the statements and commits of one trigger."""
    measured = inside("statements", url=fresh("statements"))
    promises = {"fresh": (3, 2), "duplicate": (1, 0)}
    for kind, (most, commits) in promises.items():
        yield Row(f"{kind} trigger: statements", database, measured[kind]["statements"], "", at_most=most)
        yield Row(f"{kind} trigger: commits", database, measured[kind]["commits"], "", at_most=commits)


def crowd(fresh: Fresh, database: str, scale: Scale) -> Iterator[Row]:
    """Send many triggers for one slot at the same moment, to two workers, so that the database decides."""
    attempts, ratios = Counter[int](), []
    slots = run_dates(back=DAY * 4)
    with server(fresh("crowd"), workers=2) as port:
        for slot in islice(slots, scale.rounds + 1):
            answers = at_once(port, f"/api/jobs/noop/run?run_date={slot}", CROWD)
            attempts[sum(answer["outcome"] == "succeeded" for _, answer in answers)] += 1
            if any((answer["run"] or {"attempt": 1})["attempt"] != 1 for _, answer in answers):
                raise Broken(f"A second attempt was started: {answers}")
            ratios.append(_tail([seconds for seconds, answer in answers if answer["outcome"] != "succeeded"]))
    ratio = statistics.median(ratios[1:])  # in the first round the workers have just started
    yield Row(
        f"{CROWD} triggers for one slot at once: attempts", database, max(attempts), "", at_least=1, at_most=1
    )
    yield Row(f"{CROWD} triggers at once: p99 of the duplicates by their median", database, ratio, at_most=10)


def _tail(times: list[float]) -> float:
    return sorted(times)[math.ceil(len(times) * 0.99) - 1] / statistics.median(times)


def volume(fresh: Fresh, database: str, scale: Scale) -> Iterator[Row]:
    """Send the same requests in turns, with few and with many runs stored."""
    urls = {"small": fresh("small"), "large": fresh("large")}
    inside("load", str(FEW), url=urls["small"])
    inside("load", str(scale.many), url=urls["large"])
    with ExitStack() as stack:
        here = {size: stack.enter_context(client(stack.enter_context(server(urls[size])))) for size in urls}
        for kind, make_sender in _REQUESTS.items():
            took = in_turns({size: make_sender(here[size]) for size in urls}, scale.samples)
            detail = f"{took['large'] * 1000:.2f} against {took['small'] * 1000:.2f} ms"
            what = f"{scale.many:,} runs stored: {kind}, times its time with {FEW:,}"
            yield Row(what, database, took["large"] / took["small"], at_most=1.2, detail=detail)


def _sender(here: Client, method: str, path: str) -> Callable[[], float]:
    return lambda: here.send(method, path)[0]


# The triggers fall between the instants that are stored: whole minutes, at least 500 of them before midnight.
_REQUESTS: dict[str, Callable[[Client], Callable[[], float]]] = {
    "trigger": lambda here: here.trigger(
        "api",
        run_dates(back=timedelta(minutes=500), step=timedelta(seconds=20)),
        outcome="succeeded",
        job="volume_00",
    ),
    "run-due": lambda here: _sender(here, "POST", "/api/run-due"),
    "list of jobs": lambda here: _sender(here, "GET", "/api/jobs"),
    "list of runs": lambda here: _sender(here, "GET", "/api/jobs/volume_07/runs"),
    "health of jobs": lambda here: _sender(here, "GET", "/api/health/jobs"),
}


def due(fresh: Fresh, database: str, scale: Scale) -> Iterator[Row]:
    """Call run-due over many jobs, of which none is due."""
    for jobs, most in ((1_000, 50), (10_000, 500)):
        measured = inside("due", str(jobs), url=fresh(f"due_{jobs}"))
        detail, what = f"{measured['cold_ms']:.0f} ms in a new process", f"run-due over {jobs:,} jobs"
        yield Row(f"{what}, none due: CPU", database, measured["cpu_ms"], "ms", at_most=most, detail=detail)
        yield Row(f"{what}: statements", database, measured["statements"], "", at_most=3)


MEASURES = {measure.__name__: measure for measure in (speed, statements, crowd, volume, due)}
