"""The kinds of values that a form can ask for: how each is shown, and how it is read as JSON."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs_api.dashboard.forms.base import checked
from jobs_api.schedule.written_time import parsed, written
from jobs_api.schedule.zones import zone as zone_of

WHOLE = re.compile(r"[+-]?\d{1,30}", re.ASCII)
LONGEST = 60_000
"""Characters: a request of the API has no more."""


@dataclass(frozen=True, eq=False)
class Kind:
    """How a value is asked for."""

    word: Any
    """After the label: "whole number"; empty where the control tells it."""
    read: Callable[[str], Any]
    """Text to a JSON value; raises ValidationError with the remedy."""
    show: Callable[[Any], str]
    """A JSON value as text."""
    widget: Callable[[], forms.Widget] = forms.TextInput


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _whole(text: str) -> int:
    if not WHOLE.fullmatch(text.strip()):
        raise forms.ValidationError(_("Write a whole number, such as 30."))
    return int(text)


def _number(text: str) -> float | int:
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        value = math.inf
    if not math.isfinite(value) or "_" in text:
        raise forms.ValidationError(_("Write a number, such as 2.5."))
    return int(text) if WHOLE.fullmatch(text.strip()) else value


def _exact(text: str) -> str:
    _number(text)
    return text.strip().replace(",", ".")


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise forms.ValidationError(
            _('This is not JSON. Write for example {"days": 3} or ["a", "b"].')
        ) from None


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _day(text: str) -> str:
    if parsed(text) is None or len(text.strip()) != 10:
        raise forms.ValidationError(_("Write a day, such as 2026-11-20."))
    return text.strip()


def _clock(text: str) -> str:
    if not re.fullmatch(r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?", text.strip(), re.ASCII):
        raise forms.ValidationError(_("Write a time of day, such as 06:30."))
    return text.strip()


def _input(kind: str, **attrs: str) -> Callable[[], forms.Widget]:
    return lambda: forms.TextInput(attrs={"type": kind, **attrs})


TEXT = Kind("", str, _shown)
WHOLE_NUMBER = Kind(gettext_lazy("whole number"), _whole, _shown, _input("number", step="1"))
NUMBER = Kind(gettext_lazy("number"), _number, _shown, _input("number", step="any"))
DECIMAL = Kind(gettext_lazy("number"), _exact, _shown, _input("number", step="any"))
DAY = Kind("", _day, _shown, _input("date"))
TIME = Kind("", _clock, _shown, _input("time", step="1"))
JSON = Kind(
    gettext_lazy("JSON"),
    _json,
    lambda value: json.dumps(value, indent=2, ensure_ascii=False, default=str),
    lambda: forms.Textarea(attrs={"rows": 4, "class": "mono", "spellcheck": "false"}),
)


def moment(zone: str, *, naive: bool) -> Kind:
    """An instant, on the clock of a zone; it is sent with its offset, or as it was written if `naive`."""

    def read(text: str) -> str:
        found = parsed(text)
        if found is None:
            raise forms.ValidationError(_("Write a day and a time, such as 2026-11-20T06:30."))
        if naive:
            return found.isoformat()
        instant: datetime = checked(lambda: written(text, zone, "value"))
        return instant.astimezone(zone_of(zone)).isoformat()

    def show(value: Any) -> str:
        found = parsed(str(value))
        if found is None:
            return str(value)
        local = found if found.utcoffset() is None else found.astimezone(zone_of(zone))
        return local.replace(tzinfo=None).isoformat(timespec="seconds")

    word = "" if naive else _("in %(zone)s") % {"zone": zone}
    return Kind(word, read, show, _input("datetime-local", step="1"))


LIST_WORDS = {
    TEXT: gettext_lazy("list of text"),
    WHOLE_NUMBER: gettext_lazy("list of whole numbers"),
    NUMBER: gettext_lazy("list of numbers"),
    DECIMAL: gettext_lazy("list of numbers"),
    DAY: gettext_lazy("list of days"),
    TIME: gettext_lazy("list of times"),
}
"""What can be an item of a list that is written with commas."""


def many(item: Kind) -> Kind:
    """A list, written as "revenue, churn"; an item that has a comma stands in quotation marks."""

    def read(text: str) -> list[Any]:
        return [item.read(cell) for cell in _cells(text)]

    def show(value: Any) -> str:
        if not isinstance(value, list | tuple):
            return _shown(value)
        return ", ".join(_cell(item.show(each)) for each in value)

    return Kind(LIST_WORDS[item], read, show)


QUOTED = re.compile(r'"((?:[^"]|"")*)"\s*(?:[,\n]|$)')


def _cells(text: str) -> Iterator[str]:
    """The items of a written list; an empty one is none, unless it stands in quotation marks."""
    rest = text.strip()
    while rest:
        if rest.startswith('"'):
            quoted = QUOTED.match(rest)
            if quoted is None:
                raise _no_list()
            cell, rest = quoted[1].replace('""', '"'), rest[quoted.end() :]
            yield cell
        else:
            cell, *after = re.split(r"[,\n]", rest, maxsplit=1)
            if '"' in cell:
                raise _no_list()
            rest = after[0] if after else ""
            if cell.strip():
                yield cell.strip()
        rest = rest.lstrip()


def _no_list() -> forms.ValidationError:
    return forms.ValidationError(_('Write a list such as revenue, churn or "a, b", c.'))


def _cell(text: str) -> str:
    """An item as it is written in a list."""
    plain = text and text == text.strip() and not re.search(r'[",\n]', text)
    return text if plain else '"{}"'.format(text.replace('"', '""'))
