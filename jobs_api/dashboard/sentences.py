"""Sentences of other rooms, which are written and stored in English, in the language of the page.

Alerts, the audit and the outlook of a run speak in a few forms. Each is a message of the catalogue here, and
what has been written by it is found again by its form. What has none of them stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override

from jobs_api.dashboard.said import FORMS, RESULTS
from jobs_api.exceptions import Problem
from jobs_api.text import one_line

LONGEST = 600
"""A longer text is none of ours."""
_MOMENT = r"\d{4}-\d\d-\d\d \d\d:\d\d(?: [\w+:-]{1,9})?"
_SPAN = r"\d+ (?:s|min|h|days)(?: \d+ min)?"
_PLACES: dict[str, str] = {
    "slot": _MOMENT,
    "at": _MOMENT,
    "since": _MOMENT,
    "iso": r"[\dT:+.Z-]{10,35}",
    "span": _SPAN,
    "usual": _SPAN,
    "n": r"\d+",
    "count": r"[\d,]+",
    "most": r"[\d,]+",
    "word": r"\w+",
    "job": r"\S+",
    "why": r".+",
}
"""What may stand in each place of a form."""
_PLACE = re.compile(r"%\((\w+)\)s")
_END = re.compile(r"(?<=\.) (?=[A-Z])")


class Form(NamedTuple):
    """One of them."""

    begin: str
    """Up to its first place: most are told apart by it."""
    pattern: re.Pattern[str]
    text: str | Promise


def told(text: str) -> str | None:
    """One or several sentences in the language of the page; None: at least one is not known."""
    text = one_line(text)
    if len(text) > LONGEST:
        return None
    whole = _told(text, _forms())
    if whole is not None:
        return whole
    parts = [_told(each, _forms()) for each in _END.split(text)]
    return None if len(parts) < 2 or None in parts else " ".join(map(str, parts))


def refusal(problem: Problem) -> str:
    """What a person is told where something cannot be done."""
    text = problem.detail.replace("`", "")
    return told(text) or text


def result(text: str) -> str | None:
    """What came of an order, as the audit has it; None: it is not known."""
    text = one_line(text)
    return None if len(text) > LONGEST else _told(text, _results())


def _told(text: str, forms: list[Form]) -> str | None:
    for form in forms:
        if text.startswith(form.begin) and (match := form.pattern.fullmatch(text)):
            found = match.groupdict().items()
            return str(form.text) % {name: _inner(name, value) for name, value in found}
    return None


def _inner(name: str, value: str) -> str:
    if name in ("span", "usual"):
        return re.sub(r"(\d+) days\b", lambda days: _("%(days)s days") % {"days": days[1]}, value)
    known: dict[str, Callable[[str], str | None]] = {"why": told, "word": result}
    return (known[name](value) if name in known else None) or value


@cache
def _forms() -> list[Form]:
    return _compiled(FORMS)


@cache
def _results() -> list[Form]:
    return _compiled(RESULTS)


def _compiled(forms: tuple[str | Promise, ...]) -> list[Form]:
    with override(None):  # as they stand in the code
        return [Form(str(form).partition("%(")[0], re.compile(_pattern(str(form))), form) for form in forms]


def _pattern(form: str) -> str:
    parts = _PLACE.split(form)  # text, name, text, name, ..., text
    return "".join(
        f"(?P<{part}>{_PLACES[part]})" if index % 2 else re.escape(part) for index, part in enumerate(parts)
    )
