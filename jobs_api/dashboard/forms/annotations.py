"""What an annotation of a job's `params` means for a form: the plain type, and its limits."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

NONE = type(None)


class Plain(NamedTuple):
    """A type without what surrounds it."""

    type: Any
    optional: bool
    """Whether None is a value, too."""
    limits: dict[str, Any]
    """By the names that pydantic has for them: see `LIMITS`."""


LIMITS = ("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern")


def plain(annotation: Any, metadata: Iterator[Any] | list[Any] | tuple[Any, ...] = ()) -> Plain:
    """Take `Annotated`, `Optional` and type aliases away."""
    limits, optional = dict(_limits(metadata)), False
    for _ in range(20):  # an alias may be recursive
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *more = get_args(annotation)
            limits |= dict(_limits(more))
        elif origin in (Union, types.UnionType) and NONE in get_args(annotation):
            left = [each for each in get_args(annotation) if each is not NONE]
            optional = True
            if len(left) != 1:
                break
            annotation = left[0]
        elif hasattr(annotation, "__value__"):  # type X = ...
            annotation = annotation.__value__
        else:
            break
    return Plain(annotation, optional, limits)


def _limits(metadata: Any) -> Iterator[tuple[str, Any]]:
    for each in metadata:
        for name in LIMITS:
            value = getattr(each, name, None)
            if value is not None and not callable(value):
                yield name, value
