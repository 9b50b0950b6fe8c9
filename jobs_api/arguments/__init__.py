"""Pass a job's arguments to its command as values that are never parsed as a command line.

`call_command` converts the values of required options to text and parses it, so that ``{"names": ["a",
"--delete"]}`` would set an option that the job does not offer. So jobs_api passes it a command whose parser
already holds the values. Only the job's own `args` are parsed as a command line.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from django.core.management import call_command
from django.core.management.base import BaseCommand, DjangoHelpFormatter

from jobs_api.arguments import click_tree, clicked, foreign
from jobs_api.arguments.calling import CallValues
from jobs_api.arguments.prepared import Prepared
from jobs_api.arguments.run_values import RunValues
from jobs_api.registry import commands
from jobs_api.registry.job import Job


def run_command(job: Job, options: Mapping[str, Any], stream: Any) -> None:
    """Call the job's command with its fixed arguments and the caller's options; write to `stream`.

    Args:
        options: the caller's values that are stored with the run, by the names that callers use.

    Raises:
        CommandError: the command, or one of the values, does not exist or is not allowed.
        Exception: whatever the command raises.
    """
    command = commands.load(job.command)
    if job.call is not None:
        values = CallValues(job.args, RunValues.of(job, options).effective)
        call_command(command, job.call, values=values, stdout=stream, stderr=stream)
        return
    if not options and job.params is None and not job.options and _takes_nothing(command):
        _parse_once_with(command, _plain_parser(command))
        call_command(command, *job.args, stdout=stream, stderr=stream)  # no values to pass
        return
    run_values = RunValues.of(job, options)
    parser = _parser_of(command, job.command)
    if not (isinstance(command, BaseCommand) and isinstance(parser, ArgumentParser)):
        root = click_tree.tree_of(command, parser)
        if root is None:
            foreign.call(job, command, parser, run_values, stream)
        else:
            clicked.call(job, command, root, run_values, stream)
        return
    prepared = Prepared(parser, run_values, stealth_options(command)).to_be_read_by(command, stream)
    _parse_once_with(command, prepared)
    # Without this argument Django skips the checks, whatever the command's default is.
    own = {name: value for name, value in run_values.effective.items() if name == "skip_checks"}
    call_command(command, *job.args, **own)


class _Quiet(DjangoHelpFormatter):
    """For a parser that prints nothing. The usual one asks for the terminal's width at each argument."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=78)


def _parser_of(command: Any, name: str) -> Any:
    own = getattr(type(command), "create_parser", None)
    if own is BaseCommand.create_parser and "create_parser" not in vars(command):
        return command.create_parser("", name, formatter_class=_Quiet)
    return command.create_parser("", name)


def _takes_nothing(command: Any) -> bool:
    """Whether a command has only the arguments that all Django commands have."""
    kind = type(command)
    return isinstance(command, BaseCommand) and all(
        getattr(kind, name) is getattr(BaseCommand, name) and name not in vars(command)
        for name in ("add_arguments", "add_base_argument", "create_parser", "get_version")
    )


_plain_parsers: WeakKeyDictionary[type, ArgumentParser] = WeakKeyDictionary()


def _plain_parser(command: BaseCommand) -> ArgumentParser:
    """The parser of a command that takes nothing: it depends on the class, and parsing does not change it.

    To make one takes a quarter of the time of a whole trigger.
    """
    kind = type(command)
    parser = _plain_parsers.get(kind)
    if parser is None:
        name = kind.__module__.rpartition(".")[2]  # as `call_command` names it
        parser = _plain_parsers[kind] = _parser_of(command, name)
    return parser


def stealth_options(command: Any) -> set[str]:
    """Options of a command that its parser does not define, without the output streams: the run sets them."""
    return {*command.base_stealth_options, *command.stealth_options} - {"stdout", "stderr"}


def _parse_once_with(command: BaseCommand, parser: ArgumentParser) -> None:
    """Let only the next call of `create_parser` return this parser."""

    def create_parser(*_: Any, **__: Any) -> ArgumentParser:
        vars(command).pop("create_parser")
        return parser

    vars(command)["create_parser"] = create_parser
