"""A command that cannot be checked is a warning: it ends neither `check` nor `migrate` nor a server."""

from __future__ import annotations

import argparse
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import Warning, run_checks
from django.core.management import get_commands
from django.core.management.base import BaseCommand
from django.db import DatabaseError, OperationalError, connection

from jobs_api import Job
from jobs_api.arguments.faults import faults
from jobs_api.models import Reason, State
from jobs_api.registry import commands
from tests.jobs_api.arguments.features import one
from tests.jobs_api.executors.subprocesses import ended, fire

SELECT = "SELECT name FROM no_such_table"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """``module("import x")`` makes the command "argued" of a module with this source."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(source: str) -> None:
        folder = tmp_path / "planted" / "management" / "commands"
        folder.mkdir(parents=True)
        for path in (folder, folder.parent, folder.parent.parent):
            (path / "__init__.py").touch()
        (folder / "argued.py").write_text(source)
        for known in [name for name in sys.modules if name.split(".")[0] == "planted"]:
            monkeypatch.delitem(sys.modules, known)
        monkeypatch.setitem(get_commands(), "argued", "planted")

    return make


MODULES = {
    "a package that only the worker has": ("import no_such_package", "No module named 'no_such_package'"),
    "an exit": ("import sys\nsys.exit('configure me')", "SystemExit: configure me"),
    "a mistake": ("def handle(:", "SyntaxError"),
    "no command": ("x = 1", "AttributeError"),
    "one whose making fails": ("def Command():\n    raise KeyError('TOKEN')", "KeyError: 'TOKEN'"),
    "an error without a text": (
        "class Odd(Exception):\n    def __str__(self):\n        raise RuntimeError\nraise Odd",
        "cannot be checked: Odd",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MODULES)
def test_a_module_that_cannot_be_imported_is_a_warning(module, declare, case):
    source, text = MODULES[case]
    module(source)
    job = declare(command="argued", options={"days": 7})
    ((number, said, hint),) = faults(job)
    assert number == "W040"
    assert text in said
    assert "manage.py argued --help" in hint
    assert job.help_text == ""
    (message,) = run_checks(tags=["jobs_api"])
    assert (message.id, isinstance(message, Warning)) == ("jobs_api.W040", True)
    assert message.msg.startswith("Job 'nightly': the command 'argued' cannot be checked")


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["", "0"])
def test_a_module_that_exits_as_if_all_were_well_is_no_success(module, declare, code):
    """Nothing has run."""
    module(f"import sys\nsys.exit({code})\n")
    fire(declare(command="argued", max_attempts=1))
    run = ended()
    assert (run.state, run.reason) == (State.FAILED, Reason.ERROR)
    assert "The command 'argued' exits while it is imported" in run.error


@pytest.mark.parametrize("code", [0, 1])
def test_a_server_that_stops_during_an_import_is_not_mistaken_for_the_command(module, monkeypatch, code):
    server = types.ModuleType("gunicorn.workers.base")
    exec(f"import sys\ndef handle_quit(*args): sys.exit({code})", vars(server))  # noqa: S102 - as it does
    monkeypatch.setitem(sys.modules, "standing_in", server)
    module("import standing_in\nstanding_in.handle_quit()\n")
    with pytest.raises(SystemExit):
        commands.load("argued")


def raising(error: BaseException) -> Callable[[Any], None]:
    def add(parser: Any) -> None:
        raise error

    return add


class OwnVerbs(argparse._SubParsersAction):  # type: ignore[type-arg]
    """Makes its subcommands when they are asked for."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        self.add_parser("create").add_argument("--size")
        super().__call__(parser, namespace, values, option_string)


def own_verbs(parser: Any) -> None:
    parser.add_subparsers(dest="verb", action=OwnVerbs).choices = None


ADDS = {
    "an error": raising(RuntimeError("no settings yet")),
    "an exit": raising(SystemExit(2)),
    "a table that is missing": raising(DatabaseError("no such table: shop_region")),
    "subcommands that are made later": own_verbs,
}


@pytest.mark.parametrize("case", ADDS)
def test_an_add_arguments_that_breaks_is_a_warning(command, case):
    command(ADDS[case])
    for fields in ({}, {"args": ["create"]}, {"options": {"size": 1}}):
        assert [number for number, *_ in faults(Job("argued", **fields))] == ["W040"]


def test_a_default_of_params_that_breaks_is_a_warning(command):
    """A value is foreign code, too."""

    class Odd:
        def __eq__(self, other: object) -> bool:
            raise RuntimeError("mine")

        __hash__ = None

    command(one("--size", choices=["a"]))
    assert [number for number, *_ in faults(Job("argued", options={"size": Odd()}))] == ["W040"]


# -- databases --------------------------------------------------------------------------------


def asking(parser: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SELECT)
    parser.add_argument("--region", choices=[])


def hiding(parser: Any) -> None:
    """As people write it for the first migrate: the choices are not those of a run."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(SELECT)
    except DatabaseError:
        parser.add_argument("--region", choices=[])


@pytest.mark.each_database
@pytest.mark.django_db
@pytest.mark.parametrize("add", [asking, hiding])
@pytest.mark.parametrize("fields", [{}, {"args": ["--region", "eu"]}, {"options": {"regoin": "eu"}}], ids=str)
def test_a_question_that_a_database_refuses_is_a_warning_and_spoils_no_transaction(command, add, fields):
    """Before the first migrate, no table is there."""
    command(add)
    ((number, text, _),) = faults(Job("argued", **fields))
    assert number == "W040"
    assert "no_such_table" in text
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@pytest.mark.each_database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("add", [asking, hiding])
def test_so_it_is_outside_of_a_transaction(command, add):
    command(add)
    assert [number for number, *_ in faults(Job("argued"))] == ["W040"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("add", [asking, hiding])
def test_a_database_that_cannot_be_reached_is_a_warning(command, monkeypatch, add):
    def refuse() -> None:
        raise OperationalError("could not connect")

    connection.close()
    monkeypatch.setitem(vars(connection._connections[connection._alias]), "connect", refuse)
    command(add)
    ((number, text, _),) = faults(Job("argued"))
    assert (number, "could not connect" in text) == ("W040", True)
    assert vars(connection._connections[connection._alias])["connect"] is refuse


@pytest.mark.django_db
def test_a_question_that_is_answered_is_checked_as_ever(command):
    def answered(parser: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 'eu'")
            parser.add_argument("--region", choices=[cursor.fetchone()[0]])

    command(answered)
    assert faults(Job("argued", args=["--region", "eu"])) == []
    assert [number for number, *_ in faults(Job("argued", args=["--region", "us"]))] == ["E042"]


# -- subparsers -------------------------------------------------------------------------------


def deep(parser: Any) -> None:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--size")
    verbs = parser.add_subparsers(parser_class=argparse.ArgumentParser)  # without a dest
    create = verbs.add_parser("create", parents=[shared])
    create.set_defaults(call=len)
    create.add_subparsers(dest="what").add_parser("user").add_argument("mail")


@pytest.mark.parametrize(
    "fields",
    [
        {"args": ["create"], "options": {"size": 3}},
        {"args": ["create", "user"], "options": {"size": 3, "mail": "a@b"}},
        {"args": ["create"], "options": {"what": "user", "mail": "a@b"}},
    ],
    ids=str,
)
def test_an_option_of_a_subparser_is_known_wherever_it_is(command, fields):
    calls = command(deep)
    assert faults(Job("argued", **fields)) == []
    assert calls == []


def test_a_command_that_exits_when_it_is_made_hides_no_other_description(monkeypatch, declare):
    class Exits(BaseCommand):
        @property
        def help(self) -> str:  # type: ignore[override]
            raise SystemExit(1)

    monkeypatch.setitem(get_commands(), "argued", Exits())
    assert declare("one", command="argued").help_text == ""
    assert declare("two").help_text == "Does what a test asks for."
