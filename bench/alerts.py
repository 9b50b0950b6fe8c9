"""Triggers while channels of alerts hang, fail, redirect and answer nonsense, beside a server without any."""

from __future__ import annotations

import math
import socketserver
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import repeat

from bench.client import BLOCK, Broken, Client, Send, all_times, client, run_dates
from bench.places import Fresh, inside, server
from bench.scale import Scale
from bench.table import Row

SETTINGS = "bench.project.alerting"
MOST_MS = 50
ROUNDS = 40
"""Turns of each endpoint: all end within the ten seconds for which a channel may hang."""
ANSWERS = {
    "fails": b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
    "redirects": b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
    "nonsense": b"SSH-2.0-OpenSSH_9.6\r\n",
}
"""What is answered at once; the other two never answer."""
BAD = {"hangs", "drips", *ANSWERS}


class _Bad(socketserver.StreamRequestHandler):
    """Does what its path says."""

    server: _Receiver

    def handle(self) -> None:
        path = self.rfile.readline().split()[1].decode().strip("/")
        self.server.asked.add(path)
        self.wfile.write(ANSWERS.get(path, b""))
        with suppress(OSError):  # it is given up after ten seconds
            while path not in ANSWERS and not self.server.over.wait(0.05):
                self.wfile.write(b"H" if path == "drips" else b"")


class _Receiver(socketserver.ThreadingTCPServer):
    daemon_threads, block_on_close = True, False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Bad)
        self.asked: set[str] = set()
        self.over = threading.Event()


@contextmanager
def _receiver() -> Iterator[_Receiver]:
    with _Receiver() as bad:
        threading.Thread(target=bad.serve_forever, daemon=True).start()
        try:
            yield bad
        finally:
            bad.over.set()
            bad.shutdown()


def alerts(fresh: Fresh, database: str, scale: Scale) -> Iterator[Row]:
    """Measure fresh triggers and duplicates side by side, while a message is in the hands of each channel."""
    urls = {name: fresh(f"alerts_{name}") for name in ("none", "bad")}
    inside("wrong", ",".join(sorted(BAD)), url=urls["bad"])
    with _receiver() as bad:
        env = {"DJANGO_SETTINGS_MODULE": SETTINGS, "BENCH_RECEIVER": str(bad.server_address[1])}
        with (
            server(urls["none"]) as quiet,
            server(urls["bad"], env=env) as busy,
            client(quiet) as one,
            client(busy) as other,
        ):
            senders = _senders({"none": one, "bad": other})
            for send in senders.values():  # the end of an attempt makes the server look for alerts
                send()
            _wait_for(bad)
            rounds = min(scale.samples // BLOCK, ROUNDS)
            times = all_times(senders, rounds, dict.fromkeys(senders, BLOCK), warm_up=BLOCK)
    for kind in ("fresh trigger", "duplicate"):
        yield from _rows(kind, database, times[f"{kind} none"], times[f"{kind} bad"])


def _senders(clients: dict[str, Client]) -> dict[str, Send]:
    found: dict[str, Send] = {}
    for name, here in clients.items():
        slots = run_dates(back=timedelta(days=2))
        again = next(slots)
        here.trigger("api", repeat(again), outcome="succeeded")()
        found[f"fresh trigger {name}"] = here.trigger("api", slots, outcome="succeeded")
        found[f"duplicate {name}"] = here.trigger("api", repeat(again), outcome="already_succeeded")
    return found


def _wait_for(bad: _Receiver) -> None:
    give_up = time.monotonic() + 30
    while bad.asked != BAD:
        if time.monotonic() > give_up:
            raise Broken(f"Only these channels were sent a message: {sorted(bad.asked)}")
        time.sleep(0.01)


def _rows(kind: str, database: str, none: list[float], bad: list[float]) -> Iterator[Row]:
    longest = f"longest {max(bad) * 1000:.0f} and {max(none) * 1000:.0f} ms"
    for word, of in (("median", statistics.median), ("p99", _p99)):
        theirs, ours = of(none) * 1000, of(bad) * 1000
        what = f"{kind} while channels hang and fail: {word}, later by"
        detail = f"{ours:.2f} against {theirs:.2f} ms without channels; {longest}"
        yield Row(what, database, ours - theirs, "ms", at_most=MOST_MS, detail=detail)


def _p99(times: list[float]) -> float:
    return sorted(times)[math.ceil(len(times) * 0.99) - 1]
