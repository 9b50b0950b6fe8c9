"""The report's chart, drawn on the server."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from operator import attrgetter
from threading import Lock
from typing import TYPE_CHECKING

from django.utils.formats import date_format

from crm import conf

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crm.report import Week

WIDTH, HEIGHT = 600, 280
"""In pixels. The picture has twice as many in each direction, for high-resolution screens."""
PAST, LATEST, TEXT, LINE = "#a9bdd6", "#1f5a99", "#4a5361", "#dfe3e8"
_drawing = Lock()


def draw(weeks: Sequence[Week]) -> bytes:
    """A PNG with a bar for each week; the last one stands out."""
    # Imported here: matplotlib takes a second to import, and most processes never draw. Not pyplot: it
    # keeps every figure in memory, and may open a display.
    from matplotlib.figure import Figure

    file = BytesIO()
    with _drawing:  # matplotlib is not thread-safe
        figure = Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=200, layout="constrained")
        axes = figure.subplots()
        _add_bars(axes, weeks)
        _add_frame(axes)
        figure.savefig(file, format="png")
    return file.getvalue()


def describe(weeks: Sequence[Week]) -> str:
    """The chart in words, for the alt attribute."""
    low, *_, high = sorted(weeks, key=attrgetter("revenue"))
    return (
        f"Bar chart of revenue per week, {len(weeks)} weeks. "
        f"Least: {low.revenue:,.2f} in the week of {date_format(low.monday, 'j F')}. "
        f"Most: {high.revenue:,.2f} in the week of {date_format(high.monday, 'j F')}. "
        f"Last week: {weeks[-1].revenue:,.2f}."
    )


def _add_bars(axes: Axes, weeks: Sequence[Week]) -> None:
    names = [f"{week.monday.day}\n{week.monday:%b}" for week in weeks]
    heights = [float(week.revenue) for week in weeks]
    colours = [PAST] * (len(weeks) - 1) + [LATEST]
    axes.bar(range(len(weeks)), heights, tick_label=names, color=colours, width=0.72, zorder=2)
    axes.set_ylim(0, max(*heights, 1) * 1.05)
    axes.margins(x=0.02)


def _add_frame(axes: Axes) -> None:
    axes.set_ylabel(conf.currency().upper(), color=TEXT, fontsize=9)
    axes.set_xlabel("Week beginning on Monday", color=TEXT, fontsize=9)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.locator_params(axis="y", nbins=5, integer=True)
    axes.tick_params(colors=TEXT, labelsize=9, length=0)
    axes.grid(axis="y", color=LINE, zorder=1)
    axes.spines[:].set_visible(False)
