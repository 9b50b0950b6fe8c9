"""`Importer`: what reads the schedules of one other scheduler."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

from jobs_api.importers.common.entry import Entry, Unreadable

LARGEST = 8 * 1024 * 1024
"""Characters of a file. A thousand schedules have about a tenth of it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Source:
    """What is read, and what the operator says about it."""

    text: str = ""
    """Of the file, for importers that read one."""
    path: str = ""
    """The file's name; empty for standard input."""
    timezone: str | None = None
    """The zone in which the source's times are meant, where it does not say so itself."""
    system: bool = False
    """A crontab whose lines have a column for the user, as in /etc/cron.d."""
    app: str = ""
    """module:attribute of the Celery app or of the APScheduler."""
    settings: Any = None
    """Django's settings, for importers that read them."""


@dataclasses.dataclass(frozen=True)
class Importer(ABC):
    """One source. Subclasses read its format."""

    title: str
    """What it reads, for people."""
    _: dataclasses.KW_ONLY
    reads_file: bool = False
    """Whether it reads a file; otherwise the project's settings, objects or tables."""
    example: str = ""
    """A command line, behind jobs_import."""
    notes: tuple[str, ...] = ()
    """Sentences for the head of what is printed."""

    def head(self, source: Source) -> tuple[str, ...]:
        """Sentences for the head of what is printed from this source."""
        return self.notes

    @abstractmethod
    def read(self, source: Source) -> Iterable[Entry]:
        """What the source holds, in its order.

        Raises:
            Unreadable: the source as a whole cannot be read.
        """


UNZONED = (
    "The times are those of the machine's zone. Without --timezone they are read in this project's TIME_ZONE."
)
"""For sources that do not name the zone of their times."""


def required(settings: Any, *names: str) -> tuple[str, Any]:
    """The first of these settings that the project has, with its name.

    Raises:
        Unreadable: it has none.
    """
    for name in names:
        if value := getattr(settings, name, None):
            return name, value
    raise Unreadable(f"The settings have no {' or '.join(names)}, or it is empty.")


def zone_fields(timezone: str | None) -> Mapping[str, str]:
    """The field `timezone`, where it is known."""
    return {} if timezone is None else {"timezone": timezone}
