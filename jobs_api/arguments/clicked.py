"""Call a command that was made with click or typer."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand

from jobs_api.arguments.click_errors import translated
from jobs_api.arguments.click_params import ASKS, Level
from jobs_api.arguments.click_tree import Tree
from jobs_api.arguments.run_values import RunValues
from jobs_api.registry.job import Job

COMMON = {"settings": None, "pythonpath": None, "traceback": False, "verbosity": 1, "skip_checks": True}


def call(job: Job, command: Any, root: Any, run_values: RunValues, stream: Any) -> None:
    """Call it with the values; its output becomes the run's.

    Raises:
        CommandError: a value does not exist or is not allowed.
        SystemExit: the command has exited.
    """
    with translated():
        tree = Tree(root, run_values, texts_of(job), **extra_of(command))
        for text in _faults(tree, run_values):
            raise CommandError(f"Error: {text}")
        if isinstance(command, BaseCommand):
            _through_django(command, tree, stream)
        else:
            with tree.context(job.command) as context:
                context.traceback = True  # django-click then lets errors through, and does not print them
                context.command.invoke(context)


def _faults(tree: Tree, run_values: RunValues) -> Iterator[str]:
    """What click itself would not notice, or notice too late: when the first command of a group has run."""
    if any(map(Level.only_prints, tree.entered)):
        return
    yield from tree.faults()
    for level in tree.entered:
        for param, why in level.missing(run_values.effective):
            if why == ASKS:
                yield f"{param.name!r} {why}"


def texts_of(job: Job) -> list[str]:
    """The job's command line."""
    return [str(text) for arg in job.args for text in (arg if isinstance(arg, (list, tuple)) else [arg])]


def extra_of(command: Any) -> dict[str, Any]:
    """What a context needs besides: django-typer's holds its command."""
    return {"django_command": command} if isinstance(command, BaseCommand) else {}


def _through_django(command: BaseCommand, tree: Tree, stream: Any) -> None:
    """For django-typer: Django sets up the output, and then our context is invoked instead of a new one."""
    made: dict[str, Any] = {}

    def parse_args(args: Any = None, namespace: Any = None) -> SimpleNamespace:
        with command, translated():  # type: ignore[attr-defined]
            made["context"] = context = tree.context(command.__module__.rpartition(".")[2])
        parsed = SimpleNamespace(**{**COMMON, **context.params, "stdout": stream, "stderr": stream})
        parsed._get_kwargs = lambda: {**_public(parsed), "args": ()}
        return parsed

    def app(**_: Any) -> Any:
        with translated(), made["context"] as context:
            return context.command.invoke(context)

    parser = SimpleNamespace(_actions=(), _mutually_exclusive_groups=(), parse_args=parse_args)
    vars(command)["create_parser"] = lambda *_, **__: parser
    vars(command)["typer_app"] = _StandIn(command.typer_app, app)  # type: ignore[attr-defined]
    try:
        call_command(command)
    finally:
        if context := made.get("context"):
            context.close()


def _public(parsed: SimpleNamespace) -> dict[str, Any]:
    return {name: value for name, value in vars(parsed).items() if name != "_get_kwargs"}


class _StandIn:
    """A command's app of typer that calls something else."""

    def __init__(self, app: Any, call: Any) -> None:
        self._app, self._call = app, call

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)

    def __call__(self, **options: Any) -> Any:
        """As django-typer calls its app."""
        return self._call(**options)
