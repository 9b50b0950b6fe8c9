"""Commands whose parser is neither from argparse nor from click: `call_command` gets keywords."""

from __future__ import annotations

from argparse import _SubParsersAction
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management import CommandError, call_command

from jobs_api.arguments.run_values import RunValues
from jobs_api.registry.job import Job

STREAMS = ("stdout", "stderr")
RESERVED = ("args", "command_name", *STREAMS)
"""Names with another meaning for `call_command`, which parses the values of `args` as a command line."""


def call(job: Job, command: Any, parser: Any, run_values: RunValues, stream: Any) -> None:
    """Call the command. Its output becomes the run's output, whether it accepts a stream or not.

    Raises:
        CommandError: a value would be parsed as a command line.
    """
    for text in unsafe(command, parser, run_values.names):
        raise CommandError(f"Error: {text}")
    stealth_names = {*command.base_stealth_options, *command.stealth_options}
    streams = {name: stream for name in STREAMS if name in stealth_names}
    call_command(job.command, *job.args, **run_values.effective, **streams)


def names(command: Any, parser: Any) -> set[str]:
    """The options that `call_command` accepts."""
    stealth_options = {*command.base_stealth_options, *command.stealth_options}
    return ({action.dest for action in _actions(parser)} | stealth_options) - {*RESERVED}


def unsafe(command: Any, parser: Any, options: Iterable[str]) -> Iterator[str]:
    """Yield the reason for each of these options that cannot be passed."""
    actions = list(_actions(parser))
    groups = [group for group in parser._mutually_exclusive_groups if group.required]
    needed = {action.dest for action in actions if action.required}
    needed |= {action.dest for group in groups for action in group._group_actions}
    needed |= _needed_by_click(command, actions)
    renamed = {_keyword(action): action.dest for action in actions if action.option_strings}
    for name in sorted(options):
        if name in RESERVED:
            yield f"an option cannot be called {name!r} if the command's parser is not from argparse"
        elif name in needed:
            yield f"{name!r} is required and would be parsed as a command line: set it in `args`"
        elif renamed.get(name, name) != name:
            yield f"{name!r} would be read as {renamed[name]!r}"


def _actions(parser: Any) -> Iterator[Any]:
    for action in parser._actions:
        if isinstance(action, _SubParsersAction):
            for sub in action.choices.values():
                yield from _actions(sub)
        else:
            yield action


def _needed_by_click(command: Any, actions: Iterable[Any]) -> set[str]:
    """Parameters that click requires on its command line, even if they are given as keywords."""
    params = [*getattr(command, "params", ()), *(getattr(action, "param", None) for action in actions)]
    return {param.name for param in params if getattr(param, "required", False)}


def _keyword(action: Any) -> str:
    """The keyword that `call_command` derives from an option's shortest name."""
    return str(min(action.option_strings)).lstrip("-").replace("-", "_")
