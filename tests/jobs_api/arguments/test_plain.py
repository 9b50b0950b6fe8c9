"""A command without arguments of its own: its parser is made once, and no run changes it."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, get_commands
from django.core.management.base import BaseCommand, CommandParser

from jobs_api import Job
from jobs_api.arguments import run_command


class Plain(BaseCommand):
    def handle(self, *args, **options):
        self.stdout.write(f"{args} {options['verbosity']}")


class WithOne(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--days", default=7)

    def handle(self, *args, **options):
        self.stdout.write(str(options["days"]))


@pytest.fixture
def install(monkeypatch):
    def put(command):
        monkeypatch.setitem(get_commands(), "argued", command)
        return command

    return put


@pytest.fixture
def made(monkeypatch):
    """How many parsers were made."""
    parsers = []
    own = CommandParser.__init__

    def note(self, **kwargs):
        parsers.append(self)
        own(self, **kwargs)

    monkeypatch.setattr(CommandParser, "__init__", note)
    return parsers


def run(*args, **options):
    stream = io.StringIO()
    run_command(Job("argued", args=args), options, stream)
    return stream.getvalue()


def test_its_parser_is_made_once_however_often_it_runs(install, made):
    install(type("Command", (Plain,), {})())
    assert [run() for _ in range(3)] == ["() 1\n"] * 3
    assert len(made) == 1


def test_the_arguments_of_one_run_do_not_reach_the_next(install):
    install(type("Command", (Plain,), {})())
    assert [run("-v", "3"), run(), run("-v0")] == ["() 3\n", "() 1\n", "() 0\n"]
    with pytest.raises(CommandError, match="unrecognized arguments: --unknown"):
        run("--unknown")
    assert run() == "() 1\n"


def test_two_commands_do_not_share_one(install):
    install(type("Command", (Plain,), {"help": "One."})())
    run()
    install(type("Command", (Plain,), {"requires_system_checks": []})())
    with pytest.raises(CommandError, match="unrecognized arguments: --skip-checks"):
        run("--skip-checks")


OWN = {
    "arguments of its class": WithOne,
    "a parser of its class": type(
        "Own", (Plain,), {"create_parser": lambda self, *a, **k: BaseCommand.create_parser(self, *a, **k)}
    ),
}


@pytest.mark.parametrize("kind", OWN.values(), ids=OWN)
def test_a_command_with_arguments_of_its_own_defines_them_in_each_run(install, made, kind):
    install(kind())
    run()
    run()
    assert len(made) >= 2


def test_so_does_an_object_that_was_changed_after_it_was_made(install, made):
    command = install(type("Command", (Plain,), {})())
    run()
    command.add_arguments = lambda parser: parser.add_argument("--days", default=7)
    assert run("--days", "3") == "() 1\n"
    assert len(made) == 2


@pytest.mark.parametrize("kind", [Plain, WithOne])
def test_no_run_asks_for_the_width_of_a_terminal(install, monkeypatch, kind):
    """It prints no help, and asking takes a tenth of a trigger's time: once for each argument."""
    install(type("Command", (kind,), {})())
    monkeypatch.setattr("shutil.get_terminal_size", None)
    assert run()
