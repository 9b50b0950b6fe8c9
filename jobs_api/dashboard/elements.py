"""Elements that stand on a page hundreds of times, as HTML. What is not ours is escaped here."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from jobs_api.dashboard import states, times
from jobs_api.dashboard.viewer import Viewer


@lru_cache(maxsize=1024)
def icon(name: str, colour: str = "", label: str = "") -> SafeString:
    """An icon of the sprite: decoration, unless it has a label."""
    classes = f"icon k-{colour}" if colour else "icon"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="#i-{}"/></svg>', classes, label, name
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="#i-{}"/></svg>', classes, name)


def state(name: str, word: str = "", kind: str = "badge") -> SafeString:
    """A state: colour, icon and word."""
    look = states.look(name)
    return _state(look.colour, look.icon, str(word or look.word), kind)


@lru_cache(maxsize=1024)
def _state(colour: str, shape: str, word: str, kind: str) -> SafeString:
    return format_html('<span class="{} k-{}">{}{}</span>', kind, colour, icon(shape), word)


def countdown(instant: datetime, viewer: Viewer, zone: Any = None) -> SafeString:
    """How far away a time is; the page's script keeps it true."""
    direction = "to" if instant >= viewer.at else "since"
    text = times.countdown(instant, viewer.at)
    return time(instant, text, title(instant, viewer.zone, zone), f' data-countdown="{direction}"')


def title(instant: datetime, viewers: Any, jobs: Any) -> str:
    """A time in the viewer's zone, and in its job's."""
    told = [times.long(instant, viewers)]
    if jobs and str(jobs) != str(viewers):
        told.append(times.long(instant, jobs))
    return " · ".join(told)


def time(instant: datetime, text: str, title: str, extra: str = "") -> SafeString:
    """A time; `extra` is an attribute of ours."""
    start = f'<time datetime="{instant.isoformat()}" title="{escape(title)}"{extra}>'
    return mark_safe(f"{start}{escape(text)}</time>")  # noqa: S308 - texts are escaped
