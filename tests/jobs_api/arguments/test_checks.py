"""What keeps a command from being called is a system check, which calls nothing of the project's own."""

from __future__ import annotations

import argparse
from typing import Any, Literal

import pytest
from django.core.management import get_commands
from django.core.management.base import BaseCommand
from pydantic import AliasPath, BaseModel, Field

from jobs_api import Job, executors
from jobs_api.arguments.faults import faults
from jobs_api.registry.validation import check
from tests.jobs_api.arguments.features import CREATE, FULL, MODES, NAMES, SINCE, Loud, group, one, several


class Optional(BaseModel):
    names: list[str] | None = None
    since: str | None = None
    full: bool = False


class Needed(BaseModel):
    names: list[str]


class Preset(BaseModel):
    mode: Literal["a", "z"] = "z"
    names: list[str] = []


def numbers(**fields: Any) -> list[str]:
    return [number for number, *_ in faults(Job("argued", **fields))]


def said(**fields: Any) -> str:
    return " ".join(text for _, text, _ in faults(Job("argued", **fields)))


WRONG = {
    "an argument that is missing": (NAMES, {}, "E042", "required: --names"),
    "one that no schedule sends": (
        several(NAMES, FULL, SINCE), {"params": Optional, "schedule": "@daily"}, "E042", "--names"
    ),
    "a group of which nothing is there": (group(FULL, SINCE, required=True), {}, "E042", "--full --since"),
    "a group that no schedule meets": (
        several(one("--names"), group(FULL, SINCE, required=True)),
        {"params": Optional, "schedule": "@daily"},
        "E042",
        "one of the arguments --full --since is required",
    ),
    "a subcommand that is missing": (CREATE, {}, "E042", "required: verb"),
    "an unknown argument": (FULL, {"args": ["--fll"]}, "E042", "unrecognized arguments: --fll"),
    "a wrong choice in args": (MODES, {"args": ["--mode", "no"]}, "E042", "invalid choice: 'no'"),
    "a wrong type in args": (one("n", type=int), {"args": ["x"]}, "E042", "invalid int value"),
    "args and options clash": (FULL, {"args": ["--full"], "options": {"full": True}}, "E042", "set by"),
    "args set what a caller may": (NAMES, {"args": ["--names", "x"], "params": Needed}, "E042", "set by"),
    "a wrong choice in options": (MODES, {"options": {"mode": "no"}}, "E044", "options: argument"),
    "a wrong type in options": (one("--n", type=int), {"options": {"n": "x"}}, "E044", "invalid int"),
    "a wrong default of params": (
        several(one("--mode", choices=["a"]), one("--names", nargs="+")),
        {"params": Preset},
        "E044",
        "params: argument --mode: invalid choice: 'z'",
    ),
    "an option of another subcommand": (
        CREATE, {"args": ["delete"], "options": {"name": "x"}}, "E044", "not chosen"
    ),
    "an option that is none": (FULL, {"options": {"fll": 1}}, "E041", "has no option 'fll'"),
    "output": (FULL, {"options": {"stdout": None}}, "E041", "has no option 'stdout'"),
    "the version": (FULL, {"options": {"version": True}}, "E041", "has no option 'version'"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_a_run_would_refuse_the_check_refuses(command, case):
    add, fields, number, text = WRONG[case]
    command(add)
    assert number in numbers(**fields)
    assert text in said(**fields)


FINE = {
    "a required argument that callers must send": (NAMES, {"params": Needed}),
    "one that callers may send, on demand": (several(NAMES, FULL, SINCE), {"params": Optional}),
    "a group that callers may meet, on demand": (
        several(one("--names"), group(FULL, SINCE, required=True)), {"params": Optional}
    ),
    "an option of a subcommand": (CREATE, {"args": ["create"], "options": {"name": "x"}}),
    "a required one among the options": (NAMES, {"options": {"names": ["a", "-b"]}}),
    "an empty default": (one("--names", nargs="+"), {"params": type("P", (BaseModel,), {
        "__annotations__": {"names": list[str]}, "names": []})}),
    "a flag of the project's own": (one("--loud", action=Loud), {"args": ["--loud"]}),
    "help": (FULL, {"args": ["--help"]}),
    "a file of arguments": (
        lambda parser: [setattr(parser, "fromfile_prefix_chars", "@"), NAMES(parser)], {"args": ["@/no/such"]}
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FINE)
def test_what_a_run_would_take_the_check_takes(command, case, capsys):
    add, fields = FINE[case]
    command(add)
    assert list(faults(Job("argued", **fields))) == []
    assert capsys.readouterr() == ("", "")


def test_a_check_neither_opens_files_nor_asks_databases(command, tmp_path):
    """A check runs before each migrate, on any host."""

    def query(text: str) -> Any:
        raise AssertionError("called by a check")

    class Asking(argparse.Action):
        def __call__(self, *args: Any) -> None:
            query("")

    file = tmp_path / "kept"
    file.write_text("kept")
    add = several(
        one("--file", type=argparse.FileType("w")),
        one("--user", type=query, choices=["a"], default="nobody"),
        one("--ask", action=Asking),
    )
    command(add)
    for fields in (
        {"args": ["--file", str(file), "--user", "a", "--ask", "x"]},
        {"options": {"file": str(file), "user": "b", "ask": "x"}},
    ):
        assert list(faults(Job("argued", **fields))) == []
    assert file.read_text() == "kept"


class Broken(BaseCommand):
    def add_arguments(self, parser: Any) -> None:
        raise RuntimeError("no table yet")


class Odd(argparse.ArgumentParser):
    def parse_known_args(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("mine")


class OddCommand(BaseCommand):
    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        return Odd()


class Sub:
    """No parser of argparse's, and yet one of its subcommands."""

    def __init__(self, **kwargs: Any) -> None:
        pass


class OddSub(BaseCommand):
    def add_arguments(self, parser: Any) -> None:
        parser.add_subparsers(dest="verb", parser_class=Sub).add_parser("create")


@pytest.mark.parametrize("made", [Broken, OddCommand, OddSub])
def test_a_command_that_breaks_does_not_break_the_check(monkeypatch, made):
    monkeypatch.setitem(get_commands(), "argued", made())
    assert numbers(args=["create"]) == ["W040"]


def test_a_param_that_no_caller_can_name_is_an_error():
    class Deep(BaseModel):
        names: list[str] = Field([], validation_alias=AliasPath("a", 0))

    assert [fault.id for fault in check(Job("argued", params=Deep), "shop.jobs", executors.fault)] == [
        "jobs_api.E024"
    ]
