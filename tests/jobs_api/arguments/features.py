"""One toy parser per feature of argparse, a value for it, and the command line that says the same."""

from __future__ import annotations

import argparse
from datetime import date
from typing import Any, NamedTuple


class Row(NamedTuple):
    """What `add` puts into a parser; `options` and the job's `args` mean what `typed` means."""

    add: Any
    options: dict[str, Any]
    typed: list[str]
    args: tuple[str, ...] = ()


class Pair(argparse.Action):
    """``--set a=1 --set b=2`` is a dictionary."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        pairs = dict(getattr(namespace, self.dest) or {})
        name, _, value = values.partition("=")
        setattr(namespace, self.dest, {**pairs, name: value})


class Upper(argparse._AppendAction):
    """Each item in capitals."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        super().__call__(parser, namespace, values.upper(), option_string)


class Loud(argparse.Action):
    """A flag that says by which option it came."""

    def __init__(self, option_strings: Any, dest: str, **more: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **more)

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        setattr(namespace, self.dest, f"by {option_string}")


def even(text: str) -> int:
    """A type that refuses."""
    if int(text) % 2:
        raise argparse.ArgumentTypeError(f"{text} is odd")
    return int(text)


def one(*names: str, **fields: Any) -> Any:
    """A parser with one argument of its own."""
    return lambda parser: parser.add_argument(*names, **fields)


def several(*adds: Any) -> Any:
    """A parser with several."""
    return lambda parser: [add(parser) for add in adds]


def group(*adds: Any, required: bool = False) -> Any:
    """Arguments that exclude each other."""

    def add(parser: Any) -> None:
        together = parser.add_mutually_exclusive_group(required=required)
        for each in adds:
            each(together)

    return add


def subcommands(required: bool = True, dest: str = "verb", **verbs: Any) -> Any:
    """A parser with subcommands."""

    def add(parser: Any) -> None:
        choice = parser.add_subparsers(dest=dest, required=required)
        for name, each in verbs.items():
            each(choice.add_parser(name, aliases=[f"{name}2"]))

    return add


NAMES = one("--names", nargs="+", required=True)
FULL, SINCE = one("--full", action="store_true"), one("--since")
MODES = several(
    one("--fast", dest="mode", action="store_const", const="fast"),
    one("--slow", dest="mode", action="store_const", const="slow"),
    one("--mode", choices=["fast", "slow", "odd"]),
)
CREATE = subcommands(create=several(one("name"), one("--size", type=int, default="3")), delete=one("--all"))
NESTED = subcommands(
    user=subcommands(dest="deed", add=several(one("mail"), one("--staff", action="store_true")))
)

FEATURES = {
    "one value": Row(one("--out"), {"out": "x"}, ["--out", "x"]),
    "an empty value": Row(one("--out"), {"out": ""}, ["--out", ""]),
    "required": Row(one("--out", required=True), {"out": "x"}, ["--out", "x"]),
    "a type": Row(one("--days", type=int), {"days": "7"}, ["--days", "7"]),
    "a type, typed": Row(one("--days", type=int), {"days": 7}, ["--days", "7"]),
    "a type of its own": Row(one("--days", type=even), {"days": "8"}, ["--days", "8"]),
    "a type that makes dates": Row(
        one("--day", type=date.fromisoformat), {"day": date(2026, 1, 2)}, ["--day", "2026-01-02"]
    ),
    "choices": Row(one("--mode", choices=["a", "b"]), {"mode": "b"}, ["--mode", "b"]),
    "choices of a type": Row(one("--n", type=int, choices=range(9)), {"n": "5"}, ["--n", "5"]),
    "nargs=?": Row(one("--x", nargs="?", const="c", default="d"), {"x": "v"}, ["--x", "v"]),
    "nargs=? by its constant": Row(one("--x", nargs="?", const=5, choices=["a"]), {"x": 5}, ["--x"]),
    "nargs=*": Row(one("--x", nargs="*", type=int), {"x": ["1", 2]}, ["--x", "1", "2"]),
    "nargs=* with none": Row(one("--x", nargs="*"), {"x": []}, ["--x"]),
    "nargs=+": Row(NAMES, {"names": ["a", "b"]}, ["--names", "a", "b"]),
    "nargs=+ with a single value": Row(NAMES, {"names": "a"}, ["--names", "a"]),
    "nargs=2": Row(one("--x", nargs=2, choices=["a", "b"]), {"x": ["a", "b"]}, ["--x", "a", "b"]),
    "a tuple": Row(one("--x", nargs=2), {"x": ("a", "b")}, ["--x", "a", "b"]),
    "append": Row(one("--x", action="append", type=int), {"x": ["1", "2"]}, ["--x", "1", "--x", "2"]),
    "append of pairs": Row(
        one("--x", action="append", nargs=2),
        {"x": [["a", "b"], ["c", "d"]]},
        ["--x", "a", "b", "--x", "c", "d"],
    ),
    "required append": Row(one("--x", action="append", required=True), {"x": ["a"]}, ["--x", "a"]),
    "extend": Row(one("--x", action="extend", nargs="+"), {"x": ["a", "b"]}, ["--x", "a", "--x", "b"]),
    "append_const": Row(
        several(
            one("--int", dest="kinds", action="append_const", const=int),
            one("--str", dest="kinds", action="append_const", const=str),
        ),
        {"kinds": [str]},
        ["--str"],
    ),
    "count": Row(one("-q", action="count", default=0), {"q": 2}, ["-qq"]),
    "store_true": Row(FULL, {"full": True}, ["--full"]),
    "store_true, not": Row(FULL, {"full": False}, []),
    "store_true as 1": Row(FULL, {"full": 1}, ["--full"]),
    "store_false": Row(one("--no-mail", dest="mail", action="store_false"), {"mail": False}, ["--no-mail"]),
    "store_const": Row(MODES, {"mode": "slow"}, ["--slow"]),
    "a shared dest": Row(MODES, {"mode": "odd"}, ["--mode", "odd"]),
    "required store_true": Row(one("--yes", action="store_true", required=True), {"yes": True}, ["--yes"]),
    "a boolean": Row(one("--mail", action=argparse.BooleanOptionalAction), {"mail": False}, ["--no-mail"]),
    "a required boolean": Row(
        one("--mail", action=argparse.BooleanOptionalAction, required=True), {"mail": False}, ["--no-mail"]
    ),
    "an action of its own": Row(one("--set", action=Pair), {"set": "a=1"}, ["--set", "a=1"]),
    "what that makes": Row(one("--set", action=Pair), {"set": {"a": "1"}}, ["--set", "a=1"]),
    "that several times": Row(
        one("--set", action=Pair), {"set": ["a=1", "b=2"]}, ["--set", "a=1", "--set", "b=2"]
    ),
    "a kind of append": Row(one("--x", action=Upper), {"x": ["a", "b"]}, ["--x", "a", "--x", "b"]),
    "a flag of its own": Row(one("--loud", action=Loud), {"loud": True}, ["--loud"]),
    "a flag of its own, not": Row(one("--loud", action=Loud), {"loud": False}, []),
    "a positional": Row(one("name"), {"name": "x"}, ["x"]),
    "a typed positional": Row(one("n", type=int), {"n": "5"}, ["5"]),
    "positionals": Row(several(one("a"), one("b", nargs="+")), {"a": "x", "b": ["y", "z"]}, ["x", "y", "z"]),
    "a positional that may be left out": Row(one("x", nargs="?", default="7", type=int), {}, []),
    "a positional beside one of the job": Row(several(one("a"), one("b")), {"a": "x"}, ["x", "y"], ("y",)),
    "a positional list left out": Row(one("x", nargs="*"), {"x": None}, []),
    "the rest": Row(one("rest", nargs=argparse.REMAINDER), {"rest": ["a", "b"]}, ["a", "b"]),
    "a dest of its own": Row(one("--keep-days", "-k", dest="days", type=int), {"days": "3"}, ["-k", "3"]),
    "a group": Row(group(FULL, SINCE), {"since": "x"}, ["--since", "x"]),
    "a required group": Row(group(FULL, SINCE, required=True), {"full": True}, ["--full"]),
    "a required group, one of two": Row(
        group(FULL, SINCE, required=True), {"full": False, "since": "x"}, ["--since", "x"]
    ),
    "a required group, one is None": Row(
        group(FULL, SINCE, required=True), {"full": True, "since": None}, ["--full"]
    ),
    "a required group of one dest": Row(group(MODES, required=True), {"mode": "fast"}, ["--fast"]),
    "a group met by the job's args": Row(
        group(FULL, SINCE, required=True), {"verbosity": 2}, ["--full", "-v2"], ("--full",)
    ),
    "a subcommand's": Row(CREATE, {"name": "x"}, ["create", "x"], ("create",)),
    "a subcommand's, by alias": Row(CREATE, {"name": "x"}, ["create2", "x"], ("create2",)),
    "a subcommand's option": Row(
        CREATE, {"name": "x", "size": "4"}, ["create", "x", "--size", "4"], ("create",)
    ),
    "the choice of a subcommand": Row(CREATE, {"verb": "create", "name": "x"}, ["create", "x"]),
    "the choice of another": Row(CREATE, {"verb": "delete"}, ["delete"]),
    "a nested subcommand's": Row(
        NESTED, {"mail": "a@b", "staff": True}, ["user", "add", "a@b", "--staff"], ("user", "add")
    ),
    "the choice of a nested one": Row(
        NESTED, {"verb": "user", "deed": "add", "mail": "a"}, ["user", "add", "a"]
    ),
    "a subcommand that need not be": Row(
        subcommands(required=False, create=one("--size")), {"size": None}, ["create"], ("create",)
    ),
    "named command_name": Row(one("--command-name"), {"command_name": "x"}, ["--command-name", "x"]),
    "named stdout": Row(one("--stdout", action="store_true"), {"stdout": False}, []),
    "an option called --stdout": Row(one("--stdout", dest="path"), {"path": "x"}, ["--stdout", "x"]),
    "verbosity": Row(several(), {"verbosity": "0"}, ["-v0"]),
    "settings": Row(several(), {"settings": "no.such"}, ["--settings", "no.such"]),
    "pythonpath": Row(several(), {"pythonpath": "/no/such"}, ["--pythonpath", "/no/such"]),
    "traceback": Row(several(), {"traceback": True}, ["--traceback"]),
    "force_color": Row(several(), {"force_color": True}, ["--force-color"]),
    "no default": Row(one("--x", default=argparse.SUPPRESS), {"x": "y"}, ["--x", "y"]),
}
