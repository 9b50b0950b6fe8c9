"""The values that an annotation allows, as JSON: of literals, of enumerations and of lists of them."""

from __future__ import annotations

import enum
import inspect
import json
from collections.abc import Sequence
from typing import Any, Literal, get_args, get_origin

from django.utils.translation import pgettext

from jobs_api.dashboard.forms.annotations import Plain, plain
from jobs_api.text import visible

UNSET: Any = object()
"""No value."""
LISTS = (list, set, frozenset, tuple, Sequence)
MANY = 200
"""More choices than these are written as text."""


def item_of(annotation: Any) -> Plain | None:
    """The items of a list; None where it is no list of any length."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin not in LISTS and getattr(origin, "__name__", "") not in ("Sequence", "Set", "AbstractSet"):
        return None
    if origin is tuple and not (len(args) == 2 and args[1] is Ellipsis):
        return None
    return plain(args[0]) if args else None


def choices_of(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Literal:
        found = [as_json(value) for value in get_args(annotation)]
    elif inspect.isclass(annotation) and issubclass(annotation, enum.Enum):
        found = [as_json(member) for member in annotation]
    else:
        return []
    return found if len(found) <= MANY and UNSET not in found else []


def as_json(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, set | frozenset | tuple):
        value = list(value)
    if isinstance(value, list):
        value = [as_json(each) for each in value]
    try:
        return json.loads(json.dumps(value, default=str))
    except (TypeError, ValueError, RecursionError):
        return UNSET


def same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def index_of(values: Sequence[Any], value: Any) -> str:
    return next((str(number) for number, each in enumerate(values) if same(each, value)), "")


def word_of(value: Any) -> str:
    return (
        pgettext("choice", "None")
        if value is None
        else visible(value if isinstance(value, str) else json.dumps(value))
    )
