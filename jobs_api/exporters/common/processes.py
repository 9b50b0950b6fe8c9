"""What runs all the time beside the jobs: the web server, a Celery worker, beat, Flower."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping


@dataclasses.dataclass(frozen=True, kw_only=True)
class Process:
    """One of them, started in the project's folder."""

    name: str
    title: str
    words: list[str]
    """Its command line."""
    seconds: int = 60
    """How long it may take to stop: longer than DRAIN_SECONDS and gunicorn's graceful_timeout."""
    notifies: bool = False
    """Whether it tells systemd when it is ready."""
    reloads: bool = False
    """Whether SIGHUP makes it load the code again."""


def processes(settings: Mapping[str, str]) -> Iterator[Process]:
    """Those that the settings `wsgi`, `celery` and `flower` name."""
    python = settings["python"]
    if wsgi := settings["wsgi"]:
        words = [python, "-m", "gunicorn", wsgi]
        yield Process(name="web", title="Web server", words=words, notifies=True, reloads=True)
    if app := settings["celery"]:
        celery = [python, "-m", "celery", "--app", app]
        worker = [*celery, "worker", "--loglevel", "INFO", "--concurrency", "2"]
        worker += ["--queues", settings["queues"]] if settings["queues"] else []
        yield Process(name="worker", title="Celery worker", words=worker)
        beat = [*celery, "beat", "--loglevel", "INFO", "--pidfile="]
        beat += ["--schedule", settings["beat_file"]] if settings["beat_file"] else []
        yield Process(name="beat", title="Celery beat, one for all hosts", words=beat)
        if address := settings.get("flower"):
            host, _, port = address.rpartition(":")
            flower = [*celery, "flower", f"--address={host}", f"--port={port}"]
            yield Process(name="flower", title="Flower", words=flower, seconds=10)
