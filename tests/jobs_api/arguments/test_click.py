"""Commands made with the real django-click and django-typer: values, command lines, output and ends."""

from __future__ import annotations

import ast
import io
from typing import Any

import click
import djclick
import pytest
from django.core.management import CommandError, get_commands
from django.core.management.base import BaseCommand
from pydantic import BaseModel

from jobs_api import Job
from jobs_api.arguments import run_command
from jobs_api.arguments.faults import faults
from jobs_api.models import Reason, State
from tests.jobs_api.executors.subprocesses import ended, fire, prepare
from tests.jobs_api.triggers.asking import RECENT

BOTH = pytest.mark.parametrize("command", ["clicked", "typed"])
GROUPS = pytest.mark.parametrize("command", ["clickgroup", "typergroup"])


class Sent(BaseModel):
    names: list[str] = []
    days: Any = None
    tags: list[str] = []
    size: int | None = None


class Preset(BaseModel):
    days: int = 9


@pytest.fixture
def run(capsys):
    """``run(command, sent=..., **fields)``: what the command prints."""

    def call(command: str, sent: dict[str, Any] | None = None, **fields: Any) -> str:
        stream = io.StringIO()
        run_command(Job("a", command=command, **fields), sent or {}, stream)
        return stream.getvalue() + capsys.readouterr().out

    return call


def shown(text: str) -> dict[str, Any]:
    """What the command says that it got, without the defaults."""
    got = ast.literal_eval(text.partition("echoed ")[2].splitlines()[0])
    defaults = {"names": (), "days": 7, "mode": "fast", "size": None, "tags": (), "delete": False}
    return {name: value for name, value in got.items() if value != defaults[name]}


VALUES = {
    "nothing": ({}, {}, {}),
    "a text for a number": ({"options": {"days": "3"}}, {}, {"days": 3}),
    "a number": ({"options": {"days": 3}}, {}, {"days": 3}),
    "a choice": ({"options": {"mode": "slow"}}, {}, {"mode": "slow"}),
    "what a callback makes": ({"options": {"size": "4"}}, {}, {"size": 40}),
    "a flag": ({"options": {"delete": True}}, {}, {"delete": True}),
    "a flag, not": ({"options": {"delete": False}}, {}, {}),
    "one of several": ({"options": {"tags": "x", "names": "y"}}, {}, {"tags": ("x",), "names": ("y",)}),
    "a command line": (
        {"args": ["a", "--days", "4"], "options": {"size": 2}}, {}, {"names": ("a",), "days": 4, "size": 20}
    ),
    "of a caller": ({"params": Sent}, {"names": ["a", "b"], "days": "5"}, {"names": ("a", "b"), "days": 5}),
    "a default of the model": ({"params": Preset}, {}, {"days": 9}),
}  # fmt: skip


@BOTH
@pytest.mark.parametrize("case", VALUES)
def test_values_are_what_they_would_be_on_a_command_line(run, command, case):
    fields, sent, got = VALUES[case]
    assert shown(run(command, sent, **fields)) == got
    assert faults(Job("a", command=command, **fields)) == []


ATTACKS: list[dict[str, Any]] = [
    {"names": ["a", "--delete"]},
    {"names": ["--delete"]},
    {"tags": ["--delete", "-d3"]},
    {"names": ["--", "--delete", "--help"]},
]


@BOTH
@pytest.mark.parametrize("sent", ATTACKS, ids=str)
@pytest.mark.parametrize("way", ["params", "options"])
def test_no_value_is_read_as_a_command_line(run, command, sent, way):
    fields, values = ({"params": Sent}, sent) if way == "params" else ({"options": sent}, {})
    (name,) = sent
    assert shown(run(command, values, **fields)) == {name: tuple(sent[name])}


@BOTH
def test_a_caller_cannot_change_what_the_jobs_command_line_means(run, command):
    job = {"args": ["x"], "params": Sent}
    with pytest.raises(CommandError, match=r"unexpected|Got unexpected"):
        run(command, {"names": ["a"]}, **job)  # the names are the caller's: the line has no place for x
    with pytest.raises(CommandError, match="--delete"):
        run(command, {"days": "--delete"}, params=Sent)


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "an option that is none": ({"options": {"nmes": 1}}, "E041", "no option 'nmes'"),
    "output": ({"options": {"stdout": 1}}, "E041", "no option 'stdout'"),
    "help": ({"options": {"help": True}}, "E041", "no option 'help'"),
    "the version": ({"options": {"version": True}}, "E041", "no option 'version'"),
    "an unknown argument": ({"args": ["--nope"]}, "E042", "--nope"),
    "a wrong type in args": ({"args": ["--days", "x"]}, "E042", "'x' is not a valid int"),
    "args and options clash": ({"args": ["--days", "3"], "options": {"days": 4}}, "E042", "set by the job's"),
    "args set what a caller may": ({"args": ["--days", "3"], "params": Sent}, "E042", "set by the job's"),
    "a wrong type": ({"options": {"days": "x"}}, "E044", "'x' is not a valid int"),
    "a wrong choice": ({"options": {"mode": "no"}}, "E044", "'no' is not one of"),
}


@BOTH
@pytest.mark.parametrize("case", WRONG)
def test_what_a_run_refuses_the_check_refuses(run, command, case):
    fields, number, text = WRONG[case]
    found = faults(Job("a", command=command, **fields))
    assert number in [number for number, *_ in found]
    assert text in " ".join(said for _, said, _ in found)
    assert all(hint for *_, hint in found)
    with pytest.raises(CommandError, match=text):
        run(command, **fields)


@BOTH
def test_what_only_the_projects_code_can_tell_is_refused_by_the_run(run, command):
    assert faults(Job("a", command=command, options={"size": 3})) == []
    with pytest.raises(CommandError, match="'--size': 3 is odd"):
        run(command, options={"size": 3})


@BOTH
@pytest.mark.parametrize("text", ["--help", "--version"])
def test_a_command_line_that_only_prints_is_fine(run, command, text):
    assert faults(Job("a", command=command, args=[text])) == []
    with pytest.raises(SystemExit) as caught:
        run(command, args=[text])
    assert caught.value.code in (None, 0)


# -- subcommands ------------------------------------------------------------------------------

CHOSEN: dict[str, tuple[dict[str, Any], str]] = {
    "required ones": (
        {"args": ["create"], "options": {"name": "--loud", "size": "3"}}, "'--loud' 3 None False"
    ),
    "beside a command line": (
        {"args": ["create", "a", "--size", "2"], "options": {"limit": "4", "loud": True}}, "'a' 2 4 True"
    ),
    "of the group": ({"args": ["--loud", "create", "a", "--size", "2"]}, "'a' 2 None True"),
}  # fmt: skip


@GROUPS
@pytest.mark.parametrize("case", CHOSEN)
def test_options_of_a_subcommand_reach_it(run, command, case):
    fields, printed = CHOSEN[case]
    assert run(command, **fields) == f"created {printed}\n"
    assert faults(Job("a", command=command, **fields)) == []


MISPLACED: dict[str, tuple[dict[str, Any], str]] = {
    "none is chosen": ({}, "a subcommand is required"),
    "there is no such": ({"args": ["nope"]}, "No such command 'nope'"),
    "of another": ({"args": ["delete"], "options": {"everything": True, "size": 1}}, "not chosen"),
    "an option that is missing": ({"args": ["create", "a"]}, "size"),
    "an argument too much": ({"args": ["create", "a", "b", "--size", "1"]}, "unexpected arguments: b"),
    "set twice": ({"args": ["create", "a", "--size", "1"], "options": {"size": 1}}, "set by the job's"),
    "of the group, behind it": ({"args": ["create", "a", "--size", "1", "--loud"]}, "--loud"),
    "a question": ({"args": ["delete"]}, "asks for input, which a job does not have"),
}


@GROUPS
@pytest.mark.parametrize("case", MISPLACED)
def test_a_subcommand_is_refused_before_anything_runs(run, command, case):
    fields, text = MISPLACED[case]
    found = faults(Job("a", command=command, **fields))
    assert "E042" in [number for number, *_ in found]
    assert any(text in said for _, said, _ in found)
    with pytest.raises(CommandError, match=text):
        run(command, **fields)


@GROUPS
def test_an_unknown_option_of_a_group_is_answered_with_those_of_all_its_commands(command):
    ((number, _, hint),) = faults(Job("a", command=command, args=["delete"], options={"everythin": 1}))
    assert (number, hint) == ("E041", "Did you mean 'everything'?")


def test_chained_commands_get_their_values(run, monkeypatch):
    @djclick.group(chain=True)
    def chained() -> None:
        pass

    for name in ("one", "two"):
        chained.command(name)(
            click.option("--size", type=int)(lambda size, name=name: click.echo(f"{name} {size!r}"))
        )
    monkeypatch.setitem(get_commands(), "chained", chained)
    fields = {"args": ["one", "two"], "options": {"size": "3"}}
    assert run("chained", **fields) == "one 3\ntwo 3\n"
    assert faults(Job("a", command="chained", **fields)) == []


def test_a_group_may_have_names_of_its_own_for_its_commands(run, monkeypatch):
    """As in the handbook of click; names in other letters are another way."""

    class Aliased(djclick.adapter.GroupAdapter):
        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            _, found, rest = super().resolve_command(ctx, [args[0].replace("mk", "create"), *args[1:]])
            return found.name, found, rest

    registrator = djclick.adapter.GroupRegistrator(
        context_settings={"token_normalize_func": lambda name: name.lower()}
    )
    monkeypatch.setattr(registrator, "cls", Aliased, raising=False)

    @registrator
    def aliased() -> None:
        pass

    aliased.command("create")(click.option("--size", type=int)(lambda size: click.echo(f"{size!r}")))
    monkeypatch.setitem(get_commands(), "aliased", aliased)
    for name in ("mk", "CREATE"):
        fields = {"args": [name], "options": {"size": "3"}}
        assert run("aliased", **fields) == "3\n"
        assert faults(Job("a", command="aliased", **fields)) == []


def test_parameters_may_have_the_names_that_django_uses_itself(run, monkeypatch):
    @djclick.command()
    @click.argument("args", nargs=-1)
    @click.option("--stdout")
    def named(args: tuple[str, ...], stdout: str) -> None:
        click.echo(f"{args} {stdout}")

    monkeypatch.setitem(get_commands(), "named", named)
    fields = {"options": {"args": ["a", "--stdout"], "stdout": "x"}}
    assert run("named", **fields) == "('a', '--stdout') x\n"
    assert faults(Job("a", command="named", **fields)) == []


# -- output and ends --------------------------------------------------------------------------


@pytest.fixture
def dispatched(declare, db):
    """The run of a job with this command."""

    def fired(command: str, **fields: Any) -> Any:
        fire(declare(command=command, max_attempts=1, **fields))
        return ended()

    return fired


@BOTH
def test_each_line_of_output_is_the_runs_once(dispatched, command):
    output = bytes(dispatched(command).output_head).decode()
    for line in ("echoed {", "complained\n", "printed\n", "WARNING toys: logged\n"):
        assert output.count(line) == 1, output
    assert output.count("written\n") == (command == "typed")


ENDS = {
    "exit0": (State.SUCCEEDED, "", ""),
    "exit3": (State.FAILED, Reason.EXIT, "exited with 3"),
    "sys0": (State.SUCCEEDED, "", ""),
    "sys3": (State.FAILED, Reason.EXIT, "exited with 3"),
    "abort": (State.FAILED, Reason.ERROR, "Aborted"),
    "usage": (State.FAILED, Reason.ERROR, "not like this"),
    "failure": (State.FAILED, Reason.ERROR, "no stock"),
    "error": (State.FAILED, Reason.ERROR, "ValueError: mine"),
    "django": (State.FAILED, Reason.ERROR, "CommandError: as Django does it"),
}


@BOTH
@pytest.mark.parametrize("end", ENDS)
def test_an_attempt_ends_as_the_command_would(dispatched, command, end):
    state, reason, told = ENDS[end]
    run = dispatched(command, options={"end": end})
    assert (run.state, run.reason) == (state, reason)
    assert told in run.error
    if reason == Reason.ERROR:
        assert f"{command}.py" in bytes(run.output_head + run.output_tail).decode(), "the line is not shown"


@pytest.mark.django_db(transaction=True)
@BOTH
def test_in_a_process_of_its_own_it_is_the_same(declare, command, monkeypatch, tmp_path):
    job = declare(
        command=command,
        executor="subprocess",
        args=["a"],
        options={"days": "3", "end": "exit3"},
        max_attempts=1,
    )
    prepare(monkeypatch, tmp_path)
    fire(job, RECENT)
    run = ended()
    output = bytes(run.output_head).decode()
    assert (run.reason, run.error) == (Reason.EXIT, "The command exited with 3.")
    assert shown(output) == {"names": ("a",), "days": 3}
    assert all(output.count(line) == 1 for line in ("complained\n", "printed\n", "toys: logged\n"))


def test_a_plain_command_may_use_clicks_words_without_being_one(monkeypatch, run):
    class Plain(BaseCommand):
        def handle(self, *args: Any, **options: Any) -> None:
            click.echo("echoed")

    monkeypatch.setitem(get_commands(), "plain", Plain())
    assert run("plain") == "echoed\n"
