"""Find errors in the arguments of a job whose command was made with click or typer.

As with argparse, no code of the project is called: no callback, no default that is computed, no type but
click's own that only look at the text.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from jobs_api.arguments.click_errors import is_clicks_own, kinds_of, message_of
from jobs_api.arguments.click_params import Level, all_names, is_text, shaped, takers
from jobs_api.arguments.click_tree import Tree
from jobs_api.arguments.clicked import extra_of, texts_of
from jobs_api.arguments.rehearsal import Finding
from jobs_api.arguments.run_values import RunValues
from jobs_api.registry.job import Job

HARMLESS = (
    "StringParamType",
    "IntParamType",
    "IntRange",
    "FloatParamType",
    "FloatRange",
    "BoolParamType",
    "UUIDParameterType",
    "DateTime",
    "Choice",
    "TyperChoice",
)


def findings(job: Job, command: Any, root: Any, run_values: RunValues) -> Iterator[Finding]:
    """Everything that prevents a call of the command with the job's arguments."""
    extra = extra_of(command)
    context = root.context_class(root, info_name=job.command, **{**root.context_settings, **extra})
    valid = all_names(root, context)
    unknown = sorted(run_values.names - valid)
    for name in unknown:
        near = difflib.get_close_matches(name, valid, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Use one of {', '.join(sorted(valid))}."
        yield "E041", f"{job.command} has no option {name!r}.", hint
    if unknown:
        return
    hint = f"`manage.py {job.command} --help` shows what it accepts."
    for number, text in _of_line(job, root, run_values, extra):
        yield number, f"{job.command}: {text:.500}", hint


def _of_line(job: Job, root: Any, run_values: RunValues, extra: Any) -> Iterator[tuple[str, str]]:
    try:
        tree = Tree(root, run_values, texts_of(job), **extra)
    except Exception as error:
        if "UsageError" not in kinds_of(error):
            raise
        yield "E042", message_of(error)
        return
    if any(level.only_prints() for level in tree.entered):
        return
    given = {*run_values.effective, *run_values.assumed}
    missing = [f"{param.name!r} {why}" for level in tree.entered for param, why in level.missing(given)]
    yield from (("E042", text) for text in (*tree.faults(), *missing))
    for level in tree.entered:
        yield from _wrong_values(level, run_values)


def _wrong_values(level: Level, run_values: RunValues) -> Iterator[tuple[str, str]]:
    """Values that the parameters' types refuse: of the command line, of `options` and of `params`."""
    for param in takers(level.command):
        if type(param.type).__name__ not in HARMLESS or not is_clicks_own(type(param.type)):
            continue
        if param.name in run_values.effective:
            whose = "options: " if param.name in run_values.fixed else "params: "
            value = shaped(param, run_values.effective[param.name])
            yield from (("E044", f"{whose}{text}") for text in _refusal(level, param, value))
        elif is_text(value := level.read.get(param.name)):
            yield from (("E042", text) for text in _refusal(level, param, value))


def _refusal(level: Level, param: Any, value: Any) -> Iterator[str]:
    try:
        param.type_cast_value(level.context, value)
    except Exception as error:  # noqa: BLE001 - whatever click says about it, the run would say
        said = message_of(error) if "ClickException" in kinds_of(error) else str(error)
        yield f"{param.name!r}: {said}"
