"""The template tags of the dashboard. They are built in for its templates: none has to be loaded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.template import Context
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from jobs_api.dashboard import elements, sentences, states, times, words
from jobs_api.dashboard.job_page.drawn import day_cells, squares_svg
from jobs_api.dashboard.overview.line_html import line_html
from jobs_api.dashboard.overview.rows import Row
from jobs_api.dashboard.plots.timeline import drawn
from jobs_api.dashboard.plots.timeline.marks import Mark
from jobs_api.dashboard.query import changed
from jobs_api.registry.job import Job
from jobs_api.text import one_line

register = template.Library()
register.filter(squares_svg)
register.filter(day_cells)


@register.simple_tag
def icon(name: str, colour: str = "", label: str = "") -> SafeString:
    """An icon of the sprite: decoration, unless it has a label."""
    return elements.icon(name, colour, str(label))


@register.simple_tag
def state(name: str, word: str = "", kind: str = "badge") -> SafeString:
    """A state: colour, icon and word.

    Args:
        word: in the place of its own, such as "Silent 3 h 02 m".
        kind: "badge" (on its tint) or "state" (in a table).
    """
    return elements.state(name, word, kind)


@register.simple_tag(takes_context=True)
def when(context: Context, instant: datetime | None, zone: Any = None, seconds: bool = False) -> str:
    """A time in the viewer's zone; the title has it in the zone of its job, too.

    Args:
        zone: of the job.
    """
    if instant is None:
        return ""
    viewer = context["viewer"]
    text = times.short(instant, viewer.at, viewer.zone, seconds=seconds)
    return elements.time(instant, text, elements.title(instant, viewer.zone, zone))


@register.simple_tag(takes_context=True)
def countdown(context: Context, instant: datetime | None, zone: Any = None) -> str:
    """How far away a time is; the page's script keeps it true."""
    if instant is None:
        return ""
    return elements.countdown(instant, context["viewer"], zone)


@register.simple_tag(takes_context=True)
def day_time(context: Context, instant: datetime | None, zone: Any = None) -> str:
    """A time in the viewer's zone within a sentence: "today 09:30", "Fri 27 Nov 09:30"."""
    if instant is None:
        return ""
    viewer = context["viewer"]
    text = times.in_words(instant, viewer.at, viewer.zone)
    return elements.time(instant, text, elements.title(instant, viewer.zone, zone))


@register.simple_tag
def slot_time(instant: datetime | None, zone: Any) -> str:
    """A time on the clock of a zone that the page names: "Thu 4 Dec 2025 02:00"."""
    if instant is None:
        return ""
    return elements.time(instant, times.full(instant, zone), times.long(instant, zone))


@register.simple_tag(takes_context=True)
def schedule(context: Context, job: Job) -> str:
    """When a job is due, in words; with its zone where that is not the viewer's."""
    return words.schedule(job, context["viewer"].zone)


@register.filter
def city(job: Job) -> str:
    """Of its zone, as people say it: "New York"."""
    return words.city(job.slots.timezone)


@register.filter
def day(value: date, form: str) -> str:
    """A day in the manner of the language; the form is one of `times.DATES`."""
    return times.written(value, form)


@register.filter
def clock(instant: datetime) -> str:
    """What the clocks of its own zone show then."""
    return f"{instant:%H:%M}"


@register.filter
def span(value: float | timedelta | None) -> str:
    """How long something takes; numbers are seconds."""
    return times.span(value)


@register.filter
def number(value: float | None) -> str:
    """A number with the separators of the language."""
    return "" if value is None else number_format(value, use_l10n=True, force_grouping=True)


@register.filter
def colour(name: str) -> str:
    """Of a state: the end of a class name."""
    return states.look(name).colour


@register.filter
def icon_of(name: str) -> str:
    """Of a state: a name in the sprite."""
    return states.look(name).icon


@register.filter
def web(address: str | None) -> str:
    """An address that a link may have; "" for any other, such as "javascript:": checks are not always run."""
    return address if address and address.startswith(("https://", "http://")) else ""


@register.filter
def shown(text: object) -> str:
    """Text from elsewhere in one line, with every character to be seen."""
    return one_line(str(text))


@register.filter
def told(text: str) -> str:
    """A sentence of another room in the language of the page; one that is not known is marked as English."""
    known = sentences.told(text)
    if known is not None or not text or (get_language() or "en").startswith("en"):
        return one_line(text) if known is None else known
    return format_html('<span lang="en">{}</span>', one_line(text))


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: Any) -> str:
    """The query of the page's address with these changes: None or "" leaves a name out."""
    return changed(context["request"].GET, changes)


@register.simple_tag
def marks(found: Iterable[Mark], runs: str) -> SafeString:
    """The marks of a lane of the timeline.

    Args:
        runs: the address of the list of runs.
    """
    return drawn.svg(found, runs)


@register.simple_tag(takes_context=True)
def job_line(context: Context, row: Row) -> SafeString:
    """The first line of a job on the overview."""
    return line_html(row, context["viewer"])
