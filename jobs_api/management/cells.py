"""The cells of a table as text, and how many columns of a terminal they take."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from jobs_api.text import encodable, one_line

NOTHING = "-"
"""What None and an empty text are shown as."""


@dataclasses.dataclass(frozen=True)
class Column:
    """One column: its heading, then a text for each row."""

    texts: Sequence[str]
    width: int
    elastic: bool
    """Whether its texts may be shortened: numbers and times may not."""
    has_times: bool
    encoding: str

    @property
    def heading(self) -> str:
        """What stands above it."""
        return self.texts[0]

    @property
    def empty(self) -> bool:
        """Whether no row has anything in it."""
        return all(text == NOTHING for text in self.texts[1:])

    def padded(self, row: int) -> str:
        """The text of a row, as wide as the column; 0 is the heading."""
        text = cut(self.texts[row], self.width, self.encoding)
        return text + " " * (self.width - width(text))


def column(heading: str, values: Sequence[Any], *, brief: bool, encoding: str) -> Column:
    """A column of these values.

    Args:
        brief: times without their offset, and without seconds where all have none.
    """
    times = [_local(value) for value in values if isinstance(value, datetime)]
    seconds = not brief or any(time.second for time in times)
    shown = [heading, *(_text(value, brief=brief, seconds=seconds) for value in values)]
    texts = [encodable(text, encoding) for text in shown]
    elastic = any(isinstance(value, str) for value in values)
    return Column(texts, max(map(width, texts)), elastic, bool(times), encoding)


def _text(value: Any, *, brief: bool, seconds: bool) -> str:
    if isinstance(value, datetime):
        return _time(_local(value), brief=brief, seconds=seconds)
    return NOTHING if value is None else one_line(str(value)) or NOTHING


def _local(instant: datetime) -> datetime:
    return instant.astimezone(timezone.get_default_timezone())


def _time(local: datetime, *, brief: bool, seconds: bool) -> str:
    twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()  # in the night of a change
    shown = local if twice or not brief else local.replace(tzinfo=None)
    return shown.isoformat(sep=" ", timespec="seconds" if seconds else "minutes")


def width(text: str) -> int:
    """How many columns of a terminal it takes: some letters take two, others none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # here: a line of a crontab starts without it

    return cell_len(text)


def cut(text: str, room: int, encoding: str = "utf-8") -> str:
    """The text, shortened where it is wider: a name in its middle, because its end tells it from others."""
    if width(text) <= room:
        return text
    mark = "…" if encodable("…", encoding) == "…" else "..."
    left = room - len(mark)
    if left < 1:
        return _start(text, room)
    end = 0 if " " in text else left // 2
    return _start(text, left - end) + mark + _start(text[::-1], end)[::-1]


def _start(text: str, room: int) -> str:
    """As many of its first letters as there is room for."""
    if text.isascii():
        return text[:room]
    taken = 0
    for index, letter in enumerate(text):
        taken += width(letter)
        if taken > room:
            return text[:index]
    return text
