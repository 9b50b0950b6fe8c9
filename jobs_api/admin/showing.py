"""Values as the pages show them: text without control characters, times in the viewer's zone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from jobs_api.text import colourless, visible

EMPTY = "-"
MOST_CHARACTERS = 100_000
"""So much of a text a page has; of output the end, which tells how it ended."""


def fact(label: str, read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A column of a list, or a line of a page: its heading, and what reads it from a row."""

    def shown(row: Any) -> Any:
        return text(read(row))

    shown.__name__ = label.replace(" ", "_")
    shown.short_description = label  # type: ignore[attr-defined]
    return shown


def text(value: Any) -> str:
    """A value for people. The page escapes it, unless it is HTML that was made here."""
    if value in (None, ""):
        return EMPTY
    if isinstance(value, SafeString):
        return value
    if isinstance(value, datetime):
        return moment(value)
    return visible(str(value))[:MOST_CHARACTERS]


def moment(instant: datetime) -> str:
    """An instant in the viewer's zone, which the title of the page names."""
    return f"{timezone.localtime(instant):%Y-%m-%d %H:%M:%S}"


def with_zone(instant: datetime, zone: str) -> str:
    """An instant as it stands, in a zone that is named."""
    return f"{instant.isoformat(sep=' ', timespec='seconds')} {zone}"


def zone_name() -> str:
    """Of the viewer: that which a middleware of the project has activated, or TIME_ZONE."""
    return timezone.get_current_timezone_name()


def preformatted(content: str) -> SafeString | str:
    """A text with its lines as they are; the end of a long one."""
    shown = colourless(content)
    cut = len(shown) - MOST_CHARACTERS
    mark = f"[... {cut} characters before this are left out ...]\n" if cut > 0 else ""
    return format_html("<pre>{}</pre>", mark + shown[max(cut, 0) :]) if shown else ""


def as_json(value: Any) -> SafeString | str:
    """Options, facts and details."""
    return preformatted(json.dumps(value, indent=2, ensure_ascii=False, default=str)) if value else ""


def link(address: str, label: str) -> SafeString:
    """A link; its page does not learn where it was followed."""
    return format_html('<a href="{}" rel="noopener noreferrer">{}</a>', address, visible(label))


def table(headings: Sequence[str], lines: Iterable[Sequence[Any]]) -> SafeString | str:
    """A table; empty where it has no line."""
    rows = [format_html_join("", "<td>{}</td>", ((text(cell),) for cell in line)) for line in lines]
    if not rows:
        return ""
    return format_html(
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
        format_html_join("", "<th>{}</th>", ((heading,) for heading in headings)),
        format_html_join("", "<tr>{}</tr>", ((row,) for row in rows)),
    )
