"""What jobs call by its dotted path: functions, methods, tasks, and what looks like them."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

from celery import shared_task
from django.db import connection

from jobs_api import current_run
from jobs_api.models import JobRun

heard: list[Any] = []
"""What the functions were called with, in this process."""


def tidy(*args: Any, **kwargs: Any) -> None:
    """Tidy the shop.

    It takes everything."""
    heard.append((args, kwargs))
    print(json.dumps([list(map(repr, args)), kwargs], default=repr))


def adds(one: int, other: int = 1, *, twice: bool = False) -> int:
    """Add two numbers."""
    return (one + other) * (1 + twice)


def only_positional(one: int, /) -> int:
    """Take one value, without a name."""
    return one


def fails() -> None:
    """Fail."""
    raise LookupError("no such customer")


def exits(status: int | str | None = 0) -> None:
    """Exit."""
    sys.exit(status)


def knows_its_run() -> str:
    """Tell which run it is."""
    run = current_run()
    return f"{run.job_name} {run.run_date} {run.attempt}"


def knows_its_process(word: str) -> str:
    """Tell in which process it is called, and as what."""
    run = current_run()
    return f"{os.getpid()} {run.job_name} {run.attempt} {word}"


async def awaits(name: str = "x") -> str:
    """Await something, also of the database."""
    await asyncio.sleep(0)
    return f"{name} {await JobRun.objects.acount()}"


async def sleeps(name: str) -> str:
    """Await something."""
    await asyncio.sleep(0)
    return name


def counts_rows() -> int:
    """Use the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return int(cursor.fetchone()[0])


def breaks_a_statement() -> None:
    """Send what no database understands."""
    with connection.cursor() as cursor:
        cursor.execute("SELEKT 1")


def yields() -> Iterator[int]:
    """Do nothing before somebody asks."""
    yield 1


async def yields_async() -> AsyncIterator[int]:
    """The same."""
    yield 1


def hides_a_generator() -> Iterator[int]:
    """Return one."""
    return (number for number in range(3))


add_seven = functools.partial(adds, 7)
awaits_y = functools.partial(awaits, "y")
number = 7


class Cleaner:
    """A cron class."""

    def __init__(self) -> None:
        self.said = "made"

    def do(self, what: str = "all") -> str:
        """Clean."""
        return f"{self.said}: {what}"

    @classmethod
    def of_class(cls) -> str:
        """Clean by the class."""
        return cls.__name__

    @staticmethod
    def static() -> str:
        """Clean by nobody."""
        return "static"

    def takes_all(self, **values: Any) -> int:
        """Count the values."""
        return len(values)

    def __call__(self, what: str = "called") -> str:
        return f"{self.said}: {what}"


class Needy:
    """It cannot be made without help."""

    def __init__(self, help: str) -> None:
        self.help = help

    def do(self) -> None:
        """Never get here."""


cleaner = Cleaner()


@shared_task
def task(one: int, other: int = 2) -> int:
    """Add as a task."""
    return one + other


@shared_task(bind=True, name="another.name")
def bound_task(self: Any, one: int) -> str:
    """Know itself."""
    return f"{self.name} {one} {self.request.called_directly}"


class Unprintable:
    """Its text cannot be made."""

    def __repr__(self) -> str:
        raise ValueError("no text")


RETURNS: dict[str, Any] = {
    "text": "done",
    "empty": "",
    "number": 12,
    "pair": (5, {"shop.Order": 5}),
    "nothing": None,
    "lazy": JobRun.objects.all(),
    "unprintable": [Unprintable()],
    "long": ["x" * 5000],
}


def returns(what: str) -> Any:
    """Return that."""
    return RETURNS[what]
