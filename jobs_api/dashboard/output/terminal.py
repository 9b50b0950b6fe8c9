"""Output as a terminal would show it, line by line: colours, and lines that were written over."""

from __future__ import annotations

import re
from typing import NamedTuple

from jobs_api.dashboard.output.styles import PLAIN, Style
from jobs_api.text import visible

SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)(?P<given>[0-?]*)[ -/]*(?P<end>[@-~])"  # colours, movements of the cursor
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"  # titles, links
    r"|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x9c\n]*(?:\x1b\\|\x9c)?"  # strings for a device
    r"|\x1b[ -/]*[0-~]"
)
UNFINISHED = re.compile(r"(?:\r|\x1b[\[\]PX^_ -/]?[^\x07\x1b\n@-~]*|\x9b[0-?]*)\Z")
"""The beginning of a sequence, or of the end of a line, at the end of what has come so far."""
_MOVES = re.compile("([\r\b])")
_ACTS = re.compile("[\r\b\x1b\x80-\x9f]")
"""What is more than text: most lines have none of it."""
OVERWRITTEN = 200
"""So many of the last times that a line was written over are looked at: a progress bar has thousands."""


class Piece(NamedTuple):
    """Text of one look."""

    text: str
    """Without sequences; what else is invisible is spelled, such as `\\x00`."""
    style: Style


Line = list[Piece]


def lines(text: str, style: Style = PLAIN) -> tuple[list[Line], Style]:
    """The lines, of which the last may be empty, and the style that the next one begins with.

    Args:
        style: with which the text begins.
    """
    found = []
    for raw in text.split("\n"):
        line, style = _line(raw.rstrip("\r"), style)
        found.append(line)
    return found, style


def after(text: str, style: Style) -> Style:
    """The style that is left after a text that is not shown."""
    for match in SEQUENCE.finditer(text):
        style = _after(match, style)
    return style


def _line(raw: str, style: Style) -> tuple[Line, Style]:
    if not _ACTS.search(raw):
        return [Piece(visible(raw), style)] if raw else [], style
    if "\r" in raw or "\b" in raw:
        return _overwritten(raw, style)
    pieces, style = _split(raw, style)
    return [Piece(visible(text), look) for text, look in pieces if text], style


def _split(raw: str, style: Style) -> tuple[list[tuple[str, Style]], Style]:
    """The text between sequences, and the style at the end."""
    pieces, place = [], 0
    for match in SEQUENCE.finditer(raw):
        pieces.append((raw[place : match.start()], style))
        place, style = match.end(), _after(match, style)
    return [*pieces, (raw[place:], style)], style


def _after(match: re.Match[str], style: Style) -> Style:
    """The style after a sequence: one of colours, or another."""
    colours = match["end"] == "m" and not match["given"].strip("0123456789;:")
    return style.after(match["given"]) if colours else style


def _overwritten(raw: str, style: Style) -> tuple[Line, Style]:
    """A line on which the cursor has gone back: what was written last stands there."""
    parts = _pieces_of(raw)
    row = _Row(after("".join(parts[:-OVERWRITTEN]), style))
    for part in parts[-OVERWRITTEN:]:
        row.write(part)
    return _joined(row.left()), row.style


def _pieces_of(raw: str) -> list[str]:
    """The line in parts, each of which begins with the move that leads to it."""
    first, *rest = _MOVES.split(raw)
    return [first, *(move + text for move, text in zip(rest[::2], rest[1::2], strict=True))]


class _Row:
    """The cells of a line, and where the cursor is."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self._cells: list[tuple[str, Style]] = []
        self._column = 0
        self._erased = 0  # so many of the first cells are known to be empty: none is emptied twice

    def write(self, part: str) -> None:
        """Write a part over what stands there."""
        self._move(part[:1])
        place, text = 0, part.lstrip("\r\b")
        for match in SEQUENCE.finditer(text):
            self._put(text[place : match.start()])
            place, self.style = match.end(), _after(match, self.style)
            if match["end"] == "K":
                self._erase(match["given"])
        self._put(text[place:])

    def left(self) -> list[tuple[str, Style]]:
        """The cells, without what is erased at the end."""
        while self._cells and self._cells[-1][0] == " " and self._cells[-1][1].ground is None:
            self._cells.pop()
        return self._cells

    def _move(self, move: str) -> None:
        if move == "\r":
            self._column = 0
        elif move == "\b":
            self._column = max(self._column - 1, 0)
        self._erased = min(self._erased, self._column)

    def _put(self, text: str) -> None:
        if text:
            style, end = self.style, self._column + len(text)
            self._cells[self._column : end] = [(letter, style) for letter in text]
            self._column = end

    def _erase(self, what: str) -> None:
        """Erase to the end of the line, or its beginning, or all of it."""
        if what in ("", "0", "2"):
            del self._cells[self._column :]
        if what in ("1", "2"):
            end = min(self._column, len(self._cells))
            self._cells[self._erased : end] = [(" ", PLAIN)] * (end - self._erased)
            self._erased = end


def _joined(cells: list[tuple[str, Style]]) -> Line:
    pieces: Line = []
    texts: list[str] = []
    for number, (letter, style) in enumerate(cells):
        texts.append(letter)
        if number + 1 == len(cells) or cells[number + 1][1] != style:
            pieces.append(Piece(visible("".join(texts)), style))
            texts.clear()
    return pieces
