"""Marks as SVG. There are up to a thousand on a page: a loop in a template would take most of its time."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from jobs_api.dashboard.plots.timeline.marks import Mark, Piece


def svg(marks: Iterable[Mark], runs: str) -> SafeString:
    """The marks of a lane; those of runs are links, which the tab key leaves out.

    Args:
        runs: the address of the list of runs, under which each has its own.
    """
    return mark_safe("".join(_drawn(mark, escape(runs)) for mark in marks))  # noqa: S308 - texts are escaped


def _drawn(mark: Mark, runs: str) -> str:
    inside = f"<title>{escape(mark.title)}</title>{''.join(map(_piece, mark.pieces))}"
    if mark.run is None:
        return f"<g>{inside}</g>"
    return f'<a href="{runs}{mark.run:d}/" tabindex="-1">{inside}</a>'


def _piece(piece: Piece) -> str:
    if not piece.width:
        return f'<use href="#t-{piece.look}" x="{piece.at}"/>'
    place = f'class="b-{piece.look}" x="{piece.at}" width="{piece.wide}"'
    if piece.thin:
        return f'<rect {place} y="11.2" height="1.6"/>'
    return f'<rect {place} y="6" height="12" rx="1.5"/>'
