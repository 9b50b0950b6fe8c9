"""Commands whose parser is not argparse's, such as click's: values are keywords of `call_command`."""

from __future__ import annotations

from argparse import _SubParsersAction
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management import CommandError, call_command

from jobs_api.arguments.given import Given
from jobs_api.registry.job import Job

STREAMS = ("stdout", "stderr")
RESERVED = ("args", "command_name", *STREAMS)
"""Names that mean something else to `call_command`; the values of `args` it reads as a command line."""


def call(job: Job, command: Any, parser: Any, given: Given, stream: Any) -> None:
    """Call it; what it prints is the run's output, whether it takes a stream or not.

    Raises:
        CommandError: a value would be read again as a command line.
    """
    for text in unsafe(command, parser, given.names):
        raise CommandError(f"Error: {text}")
    known = {*command.base_stealth_options, *command.stealth_options}
    streams = {name: stream for name in STREAMS if name in known}
    call_command(job.command, *job.args, **given.effective, **streams)


def names(command: Any, parser: Any) -> set[str]:
    """The options that `call_command` lets pass."""
    stealthy = {*command.base_stealth_options, *command.stealth_options}
    return ({action.dest for action in _actions(parser)} | stealthy) - {*RESERVED}


def unsafe(command: Any, parser: Any, options: Iterable[str]) -> Iterator[str]:
    """Why some of these options cannot be passed."""
    actions = list(_actions(parser))
    groups = [group for group in parser._mutually_exclusive_groups if group.required]
    needed = {action.dest for action in actions if action.required}
    needed |= {action.dest for group in groups for action in group._group_actions}
    needed |= _needed_by_click(command, actions)
    renamed = {_keyword(action): action.dest for action in actions if action.option_strings}
    for name in sorted(options):
        if name in RESERVED:
            yield f"an option cannot be called {name!r} where the command's parser is not argparse's"
        elif name in needed:
            yield f"{name!r} is required and would be read as a command line: only args can give it"
        elif renamed.get(name, name) != name:
            yield f"{name!r} would be taken for {renamed[name]!r}"


def _actions(parser: Any) -> Iterator[Any]:
    for action in parser._actions:
        if isinstance(action, _SubParsersAction):
            for sub in action.choices.values():
                yield from _actions(sub)
        else:
            yield action


def _needed_by_click(command: Any, actions: Iterable[Any]) -> set[str]:
    """What click looks for among the arguments, whatever the keywords are; typer hides it in its own."""
    params = [*getattr(command, "params", ()), *(getattr(action, "param", None) for action in actions)]
    return {param.name for param in params if getattr(param, "required", False)}


def _keyword(action: Any) -> str:
    """As `call_command` makes it of an option's shortest name."""
    return str(min(action.option_strings)).lstrip("-").replace("-", "_")
