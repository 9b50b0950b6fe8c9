"""How a job's arguments reach its command: as values, of which none is read again as a command line.

`call_command` makes text of the values of required options and reads it as arguments, so that
``{"names": ["a", "--delete"]}`` would set an option that nobody offers. It is handed a command whose parser
holds the values already; of the command line it reads the job's own `args` only.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from jobs_api.arguments import foreign
from jobs_api.arguments.given import Given
from jobs_api.arguments.prepared import Prepared
from jobs_api.registry import commands
from jobs_api.registry.job import Job


def run_command(job: Job, options: Mapping[str, Any], stream: Any) -> None:
    """Call the job's command with its fixed arguments and what a caller has sent; write to `stream`.

    Args:
        options: what is stored with the run: the caller's values, by the names that callers use.

    Raises:
        CommandError: the command, or one of the values, does not exist or is not allowed.
        Exception: whatever the command raises.
    """
    command = commands.load(job.command)
    if not options and job.params is None and not job.options and _takes_nothing(command):
        call_command(command, *job.args, stdout=stream, stderr=stream)  # there are no values
        return
    given = Given.of(job, options)
    parser = command.create_parser("", job.command)
    if not (isinstance(command, BaseCommand) and isinstance(parser, ArgumentParser)):
        foreign.call(job, command, parser, given, stream)
        return
    prepared = Prepared(parser, given, stealthy(command)).to_be_read_by(command, stream)
    _parse_once_with(command, prepared)
    # Without it Django skips the checks, whatever the command line would do.
    own = {name: value for name, value in given.effective.items() if name == "skip_checks"}
    call_command(command, *job.args, **own)


def _takes_nothing(command: Any) -> bool:
    """Whether a command has no arguments but those of every command of Django's."""
    kind = type(command)
    return isinstance(command, BaseCommand) and all(
        getattr(kind, name) is getattr(BaseCommand, name) for name in ("add_arguments", "create_parser")
    )


def stealthy(command: Any) -> set[str]:
    """Options of a command that its parser does not know; those for its output belong to the run."""
    return {*command.base_stealth_options, *command.stealth_options} - {"stdout", "stderr"}


def _parse_once_with(command: BaseCommand, parser: ArgumentParser) -> None:
    """Let the next call of `create_parser` return this one, and those after it what they always do."""

    def create_parser(*_: Any, **__: Any) -> ArgumentParser:
        vars(command).pop("create_parser")
        return parser

    vars(command)["create_parser"] = create_parser
