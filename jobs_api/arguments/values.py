"""Convert values for the arguments of a parser, by the rules for text on a command line.

The argument's type converts strings. Values of other types stay as they are: a model has checked them, or a
job's declaration contains them. An argument's choices apply to both.
"""

from __future__ import annotations

import argparse
from argparse import Action, ArgumentError, ArgumentParser
from collections.abc import Callable, Mapping
from typing import Any

LISTS = (list, tuple, set, frozenset)
SINGLE = (None, argparse.OPTIONAL)
"""`nargs` of an argument with one value, not a list."""
Reader = Callable[[ArgumentParser, Action, Any], Any]


def takes_values(action: Action) -> bool:
    """Whether an argument takes values: not if it prints and exits, or stores nothing."""
    prints = isinstance(action, (argparse._HelpAction, argparse._VersionAction))
    return not prints and action.dest != argparse.SUPPRESS


def is_open_list(action: Action) -> bool:
    """Whether it is a positional argument whose value is always a list, which may be empty."""
    return not action.option_strings and action.nargs in (argparse.ZERO_OR_MORE, argparse.REMAINDER)


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal and of one type. Arrays, for example, cannot be compared with None."""
    if one is other:
        return True
    return (isinstance(one, type(other)) or isinstance(other, type(one))) and bool(one == other)


def counts(action: Action, value: Any) -> bool:
    """Whether a command line would have to name the argument for it to have this value."""
    if value is None:
        return False
    if isinstance(action, argparse._StoreConstAction):
        return same(value, action.const) and not same(value, action.default)
    if isinstance(action, argparse._AppendConstAction):
        return any(same(item, action.const) for item in _listed(value))
    if isinstance(action, argparse._AppendAction) and not _listed(value):
        return isinstance(action, argparse._ExtendAction) and action.nargs == argparse.ONE_OR_MORE
    if same(value, action.default):
        return action.required and (action.nargs != 0 or isinstance(action, argparse.BooleanOptionalAction))
    return action.nargs != 0 or bool(value) or isinstance(action, argparse.BooleanOptionalAction)


def reader(action: Action) -> Reader | None:
    """The function that converts values for this argument; None for the project's own kind of argument."""
    return _READERS.get(type(action).__call__)


def is_ready_made(action: Action, value: Any) -> bool:
    """Whether the value is what the project's own kind of argument makes of text, such as a mapping."""
    return isinstance(value, Mapping) and action.type is None


def calls(parser: ArgumentParser, action: Action, value: Any) -> list[tuple[Any, str | None]]:
    """The (values, option) pairs with which the project's own kind of argument must be called."""
    names = [*action.option_strings, None]
    if value is None or (not isinstance(value, str) and same(value, action.default)):
        return []
    if action.nargs == 0:
        negative = [name for name in names if name and name.startswith("--no-")]
        if value is False:
            return [([], negative[0])] if isinstance(action, argparse.BooleanOptionalAction) else []
        if value is not True and not same(value, action.const):
            raise ArgumentError(action, f"must be true or false, not {value!r:.100}")
        return [([], names[0])]
    repeated = isinstance(action, argparse._AppendAction) and not isinstance(action, argparse._ExtendAction)
    items = _listed(value) if repeated or action.nargs in SINGLE else [value]
    return [(_by_nargs(parser, action, item), names[0]) for item in items]


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, LISTS) else [value]


def _store(parser: ArgumentParser, action: Action, value: Any) -> Any:
    if value is None and (action.choices is None or action.default is None):
        return [] if action.default is None and is_open_list(action) else None
    return _by_nargs(parser, action, value)


def _by_nargs(parser: ArgumentParser, action: Action, value: Any) -> Any:
    if action.nargs in SINGLE:
        return _item(parser, action, value)
    items = _listed(value)
    if isinstance(action.nargs, int) and len(items) != action.nargs:
        raise ArgumentError(action, f"expected {action.nargs} arguments, not {len(items)}")
    return _items(parser, action, items)


def _items(parser: ArgumentParser, action: Action, items: list[Any]) -> list[Any]:
    if action.nargs == argparse.ONE_OR_MORE and not items:
        raise ArgumentError(action, "expected at least one argument")
    return [_item(parser, action, item) for item in items]


def _item(parser: ArgumentParser, action: Action, value: Any) -> Any:
    if isinstance(value, str):
        value = parser._get_value(action, value)
    elif action.nargs == argparse.OPTIONAL and same(value, action.const):
        return value
    try:
        parser._check_value(action, value)
    except TypeError:  # a list cannot be in a set
        raise ArgumentError(action, f"invalid choice: {value!r:.200}") from None
    return value


def _append(parser: ArgumentParser, action: Action, value: Any) -> Any:
    return value if value is None else [_by_nargs(parser, action, item) for item in _listed(value)]


def _extend(parser: ArgumentParser, action: Action, value: Any) -> Any:
    if value is None:
        return None
    items = _listed(value)
    if isinstance(action.nargs, int) and len(items) % action.nargs:
        raise ArgumentError(action, f"expected {action.nargs} arguments, or a multiple of it")
    return _items(parser, action, items)


def _const(parser: ArgumentParser, action: Action, value: Any) -> Any:
    return _one_of(action, [action.const, action.default], value)


def _boolean(parser: ArgumentParser, action: Action, value: Any) -> Any:
    return _one_of(action, [True, False, action.default], value)


def _append_const(parser: ArgumentParser, action: Action, value: Any) -> Any:
    if same(value, action.default):
        return value
    return [_one_of(action, [action.const], item) for item in _listed(value)]


def _one_of(action: Action, allowed: list[Any], value: Any) -> Any:
    for one in allowed:
        if same(value, one):
            return one
    raise ArgumentError(action, f"invalid value: {value!r:.200} (only {' or '.join(map(repr, allowed))})")


def _count(parser: ArgumentParser, action: Action, value: Any) -> Any:
    if same(value, action.default) or (isinstance(value, int) and value >= 0):
        return value
    raise ArgumentError(action, f"invalid value: {value!r:.200} (a whole number from 0)")


_READERS: dict[Any, Reader] = {
    argparse._StoreAction.__call__: _store,
    argparse._StoreConstAction.__call__: _const,
    argparse._AppendAction.__call__: _append,
    argparse._AppendConstAction.__call__: _append_const,
    argparse._ExtendAction.__call__: _extend,
    argparse._CountAction.__call__: _count,
    argparse.BooleanOptionalAction.__call__: _boolean,
}
