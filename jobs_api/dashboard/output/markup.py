"""Lines of output as HTML: everything escaped, colours as classes, times in an element of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from django.utils.safestring import SafeString, mark_safe

from jobs_api.dashboard.output.terminal import Line, Piece

TIME = re.compile(
    r"\[?(?:\d{4}-\d\d-\d\d[T ])?[0-2]\d:[0-5]\d:[0-5]\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\]?(?=\s|$)\s?"
)
"""The time at the beginning of a line, as loggers write it."""


def html(lines: Iterable[Line]) -> SafeString:
    """The lines, with an end of line between them."""
    return mark_safe("\n".join(map(line_html, lines)))  # noqa: S308 - each piece is escaped


def line_html(line: Line) -> str:
    """One line."""
    if not line:
        return ""
    match = TIME.match(line[0].text)
    if match is None:
        return "".join(map(_piece, line))
    first = line[0]._replace(text=line[0].text[match.end() :])
    rest = [first, *line[1:]] if first.text else line[1:]
    return f'<span class="time">{escape(match[0])}</span>{"".join(map(_piece, rest))}'


def _piece(piece: Piece) -> str:
    classes = piece.style.classes
    text = escape(piece.text)
    return f'<span class="{classes}">{text}</span>' if classes else text


def has_times(content: str) -> bool:
    """Whether any line of this HTML carries a time."""
    return '<span class="time">' in content
