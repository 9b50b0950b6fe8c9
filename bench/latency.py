"""The time from sending a trigger to the command's first line, beside a bare ``delay()``.

All answer at once, and the next one is sent when the run before it has ended.
"""

from __future__ import annotations

import math
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

from bench.client import Broken, Client, all_times, client, run_dates
from bench.collector import Marks, collected
from bench.engines.marks import now
from bench.places import Fresh, inside, server, variables
from bench.scale import Scale
from bench.table import Row
from bench.workers import broker, celery_worker, db_worker

# With this broker the settings would load Celery in every process, also where the engine is another.
ENGINES = {"DJANGO_SETTINGS_MODULE": "bench.project.engines", "CELERY_BROKER_URL": ""}
BARE = "delay"
QUICK, DEFAULT = 0.1, 1.0
"""The polling interval of a worker of django-tasks-db, in seconds; the second is its default."""
TELLING = {
    "inline": "inline",
    "subprocess": "subprocess",
    "celery": "celery",
    "tasks-quick": f"django_tasks, polled every {QUICK:g} s",
    "tasks": f"django_tasks, polled every {DEFAULT:g} s, its worker's default",
}
"""The triggered job and its label."""
OFTEN = {BARE: 3, "inline": 3, "celery": 3}
"""How often in each round; the others take longer and run once."""
PAUSES = {"subprocess": 0.3, "tasks-quick": QUICK, "tasks": DEFAULT}
"""A pause for the previous process to end, and so that requests do not always follow a poll directly."""


def latency(fresh: Fresh, database: str, scale: Scale) -> Iterator[Row]:
    """Measure each executor, and the hand-written view that sends a bare task to the same worker."""
    url = fresh("latency")
    inside("prepare", url=url, env=ENGINES)
    with collected() as marks, engines(url, marks) as port, client(port) as here:
        senders = {name: _sender(here, marks, name) for name in (BARE, *TELLING)}
        times = all_times(senders, scale.starts, {name: OFTEN.get(name, 1) for name in senders}, warm_up=3)
    bare = statistics.median(times[BARE])
    yield Row("dispatch latency, bare delay()", database, bare * 1000, "ms", detail=_spread(times[BARE]))
    for name, label in TELLING.items():
        ratio = statistics.median(times[name]) / bare
        what = f"dispatch latency, {label}: times that of a bare delay()"
        yield Row(what, database, ratio, detail=_spread(times[name]))


def _spread(times: list[float]) -> str:
    p90 = sorted(times)[math.ceil(len(times) * 0.9) - 1]
    shown = {"least": min(times), "median": statistics.median(times), "p90": p90}
    return (
        ", ".join(f"{name} {seconds * 1000:.1f}" for name, seconds in shown.items())
        + f" ms, n = {len(times)}"
    )


@contextmanager
def engines(url: str, marks: Marks) -> Iterator[int]:
    """The server with all engines; its port."""
    with ExitStack() as stack:
        more = {**ENGINES, **marks.variables, "BENCH_BROKER": stack.enter_context(broker())}
        env = variables(url) | more
        stack.enter_context(celery_worker(env))
        stack.enter_context(db_worker(env, "quick", QUICK))
        stack.enter_context(db_worker(env, "default", DEFAULT))
        yield stack.enter_context(server(url, wsgi="bench.project.engine_wsgi", env=more))


def _sender(here: Client, marks: Marks, name: str) -> Callable[[], float]:
    slots, chance = run_dates(back=timedelta(days=2)), random.Random(name)
    where, job = ("del", "noop") if name == BARE else ("api", name)

    def send() -> float:
        time.sleep(0.02 + chance.random() * PAUSES.get(name, 0))
        path = f"/{where}/jobs/{job}/run?run_date={next(slots)}&wait=0"
        begun = now()
        _, said = here.send("POST", path)
        seconds = marks.until("command")["command"] - begun
        _await_end(here, said.get("run"))
        return seconds

    return send


def _await_end(here: Client, run: dict[str, Any] | None) -> None:
    while run is not None and run["state"] != "succeeded":
        if run["state"] not in ("claimed", "running"):
            raise Broken(f"A run has not succeeded: {run}")
        time.sleep(0.02)
        run = here.send("GET", f"/api/runs/{run['id']}")[1]


def attempt(fresh: Fresh, database: str, scale: Scale) -> Iterator[Row]:
    """Measure the subprocess executor's own process, and one that only forks."""
    url = fresh("attempt")
    inside("prepare", url=url, env=ENGINES)
    measured = inside("steps", str(scale.starts), url=url, module="bench.attempt", env=ENGINES)
    resident = ", ".join(f"{kind.upper()} {size:.0f} MiB" for kind, size in measured.pop("memory").items())
    for kind, what in {"fresh": "a fresh interpreter", "forked": "a fork server"}.items():
        steps = ", ".join(
            f"{step} {ms:.1f}" for step, ms in measured[kind].items() if step not in ("all", "cpu")
        )
        yield Row(f"{what}, until the first line", database, measured[kind]["all"], "ms", detail=steps)
        label = "nothing resident between runs" if kind == "fresh" else f"resident between runs: {resident}"
        yield Row(f"{what}, CPU of an attempt", database, measured[kind]["cpu"], "ms", detail=label)
