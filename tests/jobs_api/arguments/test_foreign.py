"""Commands whose parser is not argparse's: values are keywords; what Django would read again is refused."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, get_commands
from django.core.management.base import BaseCommand
from pydantic import create_model

from jobs_api import Job
from jobs_api.arguments import run_command
from jobs_api.arguments.faults import faults


class Clicked:
    """As django-click makes them: no BaseCommand, a parser that parses nothing, options out of sight."""

    base_stealth_options: Any = []
    stealth_options: Any = ["names", "delete"]

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def create_parser(self, name: str, subcommand: str) -> Any:
        return SimpleNamespace(
            _actions=[],
            _mutually_exclusive_groups=[],
            parse_args=lambda args: SimpleNamespace(_get_kwargs=lambda: {"args": args}),
        )

    def execute(self, *args: str, **options: Any) -> None:
        print("printed")
        options.pop("skip_checks")
        self.calls.append((args, options))


def argument(dest: str, *option_strings: str, required: bool = False) -> Any:
    fields = {"dest": dest, "option_strings": list(option_strings), "required": required}
    return type("Argument", (), fields)()


class Typed(BaseCommand):
    """As django-typer makes them: a BaseCommand, with arguments that look like those of argparse."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Any] = []

    def create_parser(self, name: str, subcommand: str, **kwargs: Any) -> Any:
        must, may, other = (
            argument("must", "--must", required=True),
            argument("may"),
            argument("gone", "--drop"),
        )
        clicked = argument("name")
        clicked.param = SimpleNamespace(name="name", required=True)
        return SimpleNamespace(
            _actions=[must, may, other, clicked],
            _mutually_exclusive_groups=[],
            parse_args=lambda args: SimpleNamespace(
                _get_kwargs=lambda: {"args": args, "force_color": False, "no_color": False}
            ),
        )

    def handle(self, *args: str, **options: Any) -> None:
        self.stdout.write("written")
        self.calls.append(
            (args, {name: options[name] for name in ("must", "may", "gone") if name in options})
        )


def params(*names: str) -> Any:
    return create_model("Params", **dict.fromkeys(names, (Any, None)))


@pytest.fixture
def install(monkeypatch):
    def put(command: Any) -> Any:
        monkeypatch.setitem(get_commands(), "argued", command)
        return command

    return put


def run(job: Job, **options: Any) -> str:
    stream = io.StringIO()
    run_command(job, options, stream)
    return stream.getvalue()


def test_values_are_keywords_of_a_command_made_with_click(install, monkeypatch):
    clicked = install(Clicked())
    monkeypatch.setattr("jobs_api.registry.commands.load_command_class", lambda app, name: clicked)
    monkeypatch.setattr("django.core.management.load_command_class", lambda app, name: clicked)
    monkeypatch.setitem(get_commands(), "argued", "some.app")
    job = Job("argued", args=["x"], options={"delete": False}, params=params("names"))

    run(job, names=["a", "--delete"])

    assert clicked.calls == [(("x",), {"names": ["a", "--delete"], "delete": False})]
    assert list(faults(job)) == []


def test_and_of_one_made_with_typer(install):
    typed = install(Typed())
    job = Job("argued", args=["x"], params=params("may"))
    assert run(job, may="--must") == "written\n"
    assert typed.calls == [(("x",), {"may": "--must"})]
    assert list(faults(job)) == []


UNSAFE = {
    "required": ("must", "is required"),
    "required by click": ("name", "is required"),
    "read again as a command line": ("args", "cannot be called 'args'"),
    "the command": ("command_name", "cannot be called 'command_name'"),
    "its output": ("stdout", "cannot be called 'stdout'"),
    "renamed": ("drop", "would be read as 'gone'"),
}


@pytest.mark.parametrize("case", UNSAFE)
@pytest.mark.parametrize("way", ["options", "params"])
def test_what_cannot_be_passed_safely_is_refused_by_the_check_and_by_the_run(install, case, way):
    name, said = UNSAFE[case]
    typed = install(Typed())
    job = Job("argued", options={name: "x"}) if way == "options" else Job("argued", params=params(name))
    assert any(said in text for number, text, _ in faults(job) if number in ("E041", "E044"))
    with pytest.raises(CommandError, match=said):
        run(job, **({name: "--x"} if way == "params" else {}))
    assert typed.calls == []


def test_a_foreign_parser_of_which_nothing_is_known_does_not_break_the_check(install):
    class Bare(BaseCommand):
        def create_parser(self, *args: Any, **kwargs: Any) -> Any:
            return object()

    install(Bare())
    assert [number for number, *_ in faults(Job("argued", options={"x": 1}))] == ["W040"]
    assert faults(Job("argued")) == []
