"""Any cron line in words, by cron-descriptor, where it means the same by that line as we do."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override

_PLAIN = re.compile(r"[\d*/,\-]+$|[A-Z]{3}([,\-][A-Z]{3})*$", re.ASCII | re.IGNORECASE)
"""A field that both read in the same way; `L`, `LW` and `MON#2` are told as they stand."""


def described(line: str, language: str) -> str:
    """The line in words: in English where there is no translation, and as it stands where there are none."""
    minute, hour, date, month, weekday = line.split()
    if not all(map(_PLAIN.match, (minute, hour, date, month, weekday))):
        return line
    if date.startswith("*") or weekday.startswith("*"):
        return _descriptor(line, language) or line
    # Cron runs on both kinds of days; the library says that it runs where both meet.
    dates = _descriptor(f"{minute} {hour} {date} {month} *", language)
    weekdays = _descriptor(f"{minute} {hour} * {month} {weekday}", language)
    if not dates or not weekdays:
        return line
    return _("%(dates)s; and also: %(weekdays)s") % {"dates": dates, "weekdays": weekdays}


def _descriptor(line: str, language: str) -> str:
    from cron_descriptor import Options, get_description

    options = Options()
    options.use_24hour_time_format = True
    options.locale_code = _locale(language)
    try:
        return _with_names(str(get_description(line, options)))
    except Exception:  # noqa: BLE001 - a library's own errors, for a text that a line can stand in for
        return ""


def _with_names(text: str) -> str:
    """The library takes the names of days and months from the process, whatever the language is."""
    names = _names()
    return re.sub(r"[A-Z][a-z]+", lambda found: str(names.get(found[0], found[0])), text)


@cache
def _names() -> dict[str, str | Promise]:
    with override(None):
        return {str(each): each for each in [*WEEKDAYS.values(), *MONTHS.values()]}


@cache
def _locale(language: str) -> str:
    """The library's name of a language: "de" is "de_DE" to it."""
    import cron_descriptor

    folder = Path(cron_descriptor.__file__).parent / "locale"
    names = sorted(path.stem for path in folder.glob("*.mo"))
    wanted = language.replace("-", "_").lower()
    exact = [name for name in names if name.lower() == wanted]
    near = [name for name in names if name.lower().split("_")[0] == wanted.split("_")[0]]
    return next(iter([*exact, *near]), "en_US")
