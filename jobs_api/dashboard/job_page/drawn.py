"""The days of the year of a job as HTML: a template would take a third of the time of the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from jobs_api.dashboard.plots.heatmap import Square

QUIET = ("unknown", "none")
"""Days of which there is nothing to open."""


def squares_svg(squares: Iterable[Square], link: str) -> SafeString:
    """The squares of the plot; each leads to the slots of its day, whose name the link ends with."""
    return mark_safe("".join(_square(each, escape(link)) for each in squares))  # noqa: S308 - escaped


def _square(square: Square, link: str) -> str:
    told = f"<title>{escape(square.date)}: {escape(square.what)}</title>"
    shapes = "".join(
        f'<use href="#d-{escape(name)}" x="{square.x}" y="{square.y}"/>' for name in _shapes(square)
    )
    return f'<a href="{link}{square.day.day.isoformat()}#slots" tabindex="-1">{shapes}{told}</a>'


def _shapes(square: Square) -> Iterator[str]:
    yield square.day.worst
    if square.changes and square.day.worst != "unknown":
        yield "changes"
    if square.today:
        yield "today"


def day_cells(squares: Iterable[Square | None], link: str) -> SafeString:
    """A week of the table."""
    return mark_safe("".join(f"<td>{_told(each, escape(link))}</td>" for each in squares))  # noqa: S308


def _told(square: Square | None, link: str) -> str:
    if square is None:
        return ""
    what = escape(square.what)
    if square.day.worst in QUIET:
        return f'<span class="muted">{what}</span>'
    return f'<a href="{link}{square.day.day.isoformat()}#slots">{what}</a>'
