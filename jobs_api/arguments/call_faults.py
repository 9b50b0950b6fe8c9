"""Find errors in a job that calls a dotted callable: does it exist, and does it accept the job's values?"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from jobs_api.arguments.asking import refusals
from jobs_api.arguments.calling import CallValues, binding_fault, signature_of
from jobs_api.arguments.rehearsal import Finding
from jobs_api.arguments.run_values import RunValues
from jobs_api.registry import callables
from jobs_api.registry.job import Job


def faults(job: Job, path: str, run_values: RunValues) -> list[Finding]:
    """Everything that prevents the call; it imports the module, and calls nothing.

    What the host's module raises is a warning: it may work where the job runs.
    """
    try:
        with refusals() as refused:
            function = callables.load(path)
        return [_unchecked(path, refused[0])] if refused else list(_of(job, path, function, run_values))
    except callables.NotCallable as error:
        return [("E045", error.text, error.hint)]
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the project's own code must not end a check
        return [_unchecked(path, error)]


def _unchecked(path: str, why: BaseException) -> Finding:
    try:
        said = f"{type(why).__name__}: {why}"
    except Exception:  # noqa: BLE001 - it is not ours
        said = type(why).__name__
    hint = (
        f'`manage.py shell -c "import {path.rpartition(".")[0]}"` shows where. A run tells whether it works.'
    )
    return "W040", f"{path!r} cannot be checked: {said}"[:500], hint


def _of(job: Job, path: str, function: Callable[..., Any], run_values: RunValues) -> Iterator[Finding]:
    signature = signature_of(function)
    if signature is None:
        return
    taken = _own_name(function)
    unknown = sorted(name for name in run_values.names if name == taken or not _accepts(signature, name))
    for name in unknown:
        yield "E041", f"{path} has no parameter {name!r}.", _near(name, signature)
    # Of what only callers send, the values are not known yet: whether there is one is.
    sent = dict.fromkeys([*run_values.effective, *run_values.assumed])
    if not unknown and (fault := binding_fault(function, CallValues(job.args, sent))):
        yield "E042", f"{path}: {fault}.", f"It is called as {path.rpartition('.')[2]}{_shown(signature)}."


def _own_name(function: Callable[..., Any]) -> str:
    """`self` of a method: it is passed already, so that even **kwargs takes no second value of that name."""
    inner = getattr(function, "__func__", None)
    if not inspect.isfunction(inner):
        return ""
    first = next(iter(inspect.signature(inner).parameters.values()), None)
    takes_name = first is not None and first.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    return first.name if first is not None and takes_name else ""


def _accepts(signature: inspect.Signature, name: str) -> bool:
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    found = signature.parameters.get(name)
    positional = found is not None and found.kind is inspect.Parameter.POSITIONAL_ONLY
    variable = found is not None and found.kind in (
        inspect.Parameter.VAR_POSITIONAL,
        inspect.Parameter.VAR_KEYWORD,
    )
    named = found is not None and not positional and not variable
    return named or inspect.Parameter.VAR_KEYWORD in kinds


def _near(name: str, signature: inspect.Signature) -> str:
    if name in signature.parameters:
        return f"It takes {name!r} by position: in `args`, not in `options` or `params`."
    near = difflib.get_close_matches(name, signature.parameters, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"It accepts {_shown(signature)}."


def _shown(signature: inspect.Signature) -> str:
    bare = [
        parameter.replace(annotation=inspect.Parameter.empty) for parameter in signature.parameters.values()
    ]
    return f"{signature.replace(parameters=bare, return_annotation=inspect.Signature.empty)!s:.200}"
