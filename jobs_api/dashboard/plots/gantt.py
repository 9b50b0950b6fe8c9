"""Bars of attempts, one below the other, over one axis of time.

Places along the axis are percent, so that the plot takes any width and its texts stay as large as others.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from jobs_api.dashboard.plots.axis import Axis, axis
from jobs_api.dashboard.times import span

THIN = 0.4
"""Percent: the narrowest bar."""
NARROWEST = 640
"""Pixels: what the plot is wide at least; texts are placed so that they have room there."""
PITCH, CLOSE = 46, 26
"""Pixels from row to row; and where there are many."""
BAR, MANY = 22, 6
LETTER = 6.1
"""Pixels: about the width of a letter."""


class Label(NamedTuple):
    """What stands in a part of a bar: as much of it as there is room for, and the rest behind the bar."""

    whole: str
    short: str = ""
    rest: str = ""
    """What is left to say where only the short one has room."""


class Span(NamedTuple):
    """A part of a bar."""

    kind: str
    start: datetime
    end: datetime
    label: Label = Label("")


class Note(NamedTuple):
    """What stands behind a bar."""

    whole: str
    short: str
    kind: str
    """Its colour."""


@dataclasses.dataclass(frozen=True, slots=True)
class Bar:
    """The parts of a bar, in the order of time, and what stands behind them."""

    spans: Sequence[Span]
    note: Note | None = None


class Box(NamedTuple):
    """A part as it is drawn."""

    kind: str
    x: str
    width: str
    label: str


class Text(NamedTuple):
    """A part of the text beside a bar."""

    text: str
    kind: str


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A bar as it is drawn."""

    y: int
    """Where it begins, in pixels."""
    boxes: list[Box]
    texts: list[Text]
    x: str = ""
    """Where its texts begin, or end."""
    anchor: str = "start"


class Mark(NamedTuple):
    """A mark of the axis."""

    x: str
    label: str
    anchor: str


@dataclasses.dataclass(frozen=True, slots=True)
class Gantt:
    """The plot."""

    rows: list[Row]
    marks: list[Mark]
    cuts: list[Mark]
    """Gaps that are cut short, with their lengths."""
    now: Mark | None
    """Where the line of now is; None where there is none."""
    height: int
    """Of all rows, in pixels."""
    close: bool
    """Whether its rows are close together."""


def draw(bars: Sequence[Bar], zone: tzinfo, now: datetime | None = None) -> Gantt:
    """The plot of these bars.

    Args:
        now: if its line belongs there.
    """
    times = axis(_intervals(bars, now))
    close = len(bars) > MANY
    pitch = CLOSE if close else PITCH
    rows = [_row(bar, times, number * pitch + (pitch - BAR) // 2) for number, bar in enumerate(bars)]
    marks = [_mark(place, text) for place, text in times.ticks(zone)]
    cuts = [_mark(cut.x, span(cut.length)) for cut in times.cuts]
    line = None if now is None else _mark(times.at(now), "")
    return Gantt(rows, marks, cuts, line, len(bars) * pitch, close)


def _intervals(bars: Sequence[Bar], now: datetime | None) -> list[tuple[datetime, datetime]]:
    found = [(part.start, part.end) for bar in bars for part in bar.spans]
    return found if now is None else [*found, (now, now)]


def _mark(place: float, label: str) -> Mark:
    return Mark(_percent(place), label, "start" if place < 3 else "end" if place > 97 else "middle")


def _row(bar: Bar, times: Axis, y: int) -> Row:
    boxes: list[Box] = []
    behind: list[Text] = []
    first, end = 100.0, 0.0
    for part in bar.spans:
        begin = max(times.at(part.start), end)
        width = max(times.at(part.end) - begin, THIN)
        begin = min(begin, 100 - width)
        inside, rest = _placed(part, width)
        boxes.append(Box(part.kind, _percent(begin), _percent(width), inside))
        behind += [Text(rest, part.kind)] if rest else []
        first, end = min(first, begin), begin + width
    return _beside(bar, behind, Row(y, boxes, []), first, end)


def _placed(part: Span, width: float) -> tuple[str, str]:
    """What of its label is in it, and what is left for behind the bar; an estimate says nothing there."""
    for inside, rest in ((part.label.whole, ""), (part.label.short, part.label.rest)):
        if inside and _room(inside) <= width:
            return inside, rest
    return "", "" if part.kind == "estimate" else part.label.whole


def _room(*texts: str) -> float:
    """Percent that texts need where the plot is narrowest, with space around each."""
    return sum(len(text) * LETTER + 14 for text in texts) / NARROWEST * 100


def _beside(bar: Bar, behind: Sequence[Text], row: Row, first: float, end: float) -> Row:
    """Its texts behind the bar, or before it where there is no room; in short where there is none at all."""
    note = bar.note
    choices = (
        [[*behind]]
        if note is None
        else [
            [*behind, Text(note.whole, note.kind)],
            [*behind, Text(note.short, note.kind)],
        ]
    )
    for texts in choices:
        needed = _room(*(text.text for text in texts))
        if end + needed <= 100:
            return dataclasses.replace(row, texts=texts, x=_percent(end))
        if needed <= first:
            return dataclasses.replace(row, texts=texts, x=_percent(first), anchor="end")
    return _inside(row, choices) or row  # or not at all: the table says it


def _inside(row: Row, choices: Sequence[Sequence[Text]]) -> Row | None:
    """Its only text in its widest part, where that says nothing itself; None if it does not fit."""
    number, widest = max(enumerate(row.boxes), key=lambda each: float(each[1].width.rstrip("%")))
    for texts in choices:
        if len(texts) == 1 and not widest.label and _room(texts[0].text) <= float(widest.width.rstrip("%")):
            boxes = [*row.boxes]
            boxes[number] = widest._replace(label=texts[0].text)
            return dataclasses.replace(row, boxes=boxes)
    return None


def _percent(place: float) -> str:
    return f"{place:.3f}".rstrip("0").rstrip(".") + "%"
