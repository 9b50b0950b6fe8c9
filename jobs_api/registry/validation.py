"""Check the fields of a `Job`: all errors together, each with its remedy."""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jobs_api import conf
from jobs_api.registry import callables, metadata
from jobs_api.registry.job import DURATIONS, JOBS_CALL, Job, aliases
from jobs_api.schedule.slots import BadSchedule, Schedule

SLUG = re.compile(r"[-a-zA-Z0-9_]{1,100}", re.ASCII)


ExecutorFault = Callable[[object], tuple[str, str] | None]
"""What is wrong with an executor that is named so, and the remedy; None if nothing is."""


CHOICES = {"overlap": ("skip", "allow"), "catch_up": ("latest", "all", "none")}


AT_ONCE = ("retry_backoff", "grace")
"""Durations that may be 0."""


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """One error in a declaration, as a system check shows it."""

    id: str
    text: str
    hint: str
    job: str = ""
    """The job, where many jobs may share one fault; it is shown once then."""
    problem: str = ""
    """What they share, without the name of the job."""

    def __str__(self) -> str:
        return f"({self.id}) {self.text} HINT: {self.hint}"


def no_such_field(name: str) -> tuple[str, str]:
    """What to say of a field that `Job` does not have, and the remedy."""
    names = [field.name for field in dataclasses.fields(Job)]
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Use one of {', '.join(names)}."
    return f"Job has no field {name!r}", hint


def check(job: Job, where: str, executor_fault: ExecutorFault) -> Iterator[Fault]:
    """All errors in the fields of one job."""
    at = f"Job {job.name!r} in {where}"
    if not (isinstance(job.name, str) and SLUG.fullmatch(job.name)):
        yield Fault(
            "jobs_api.E010",
            f"{at}: the name is not a valid slug.",
            "Use letters, digits, - and _; at most 100.",
        )
    yield from _schedule(job, at)
    yield from _numbers(job, at)
    yield from _choices(job, at)
    yield from _executor(job, at, executor_fault)
    yield from _call(job, at)
    yield from _arguments(job, at)
    yield from (Fault(found.id, f"{at}: {found.problem}", found.hint) for found in metadata.wrong(job))


def _schedule(job: Job, at: str) -> Iterator[Fault]:
    """Check the line and the zone separately, so that both faults are reported together."""
    zone = job.timezone or conf.default_timezone()
    for number, line, name in (("E011", job.schedule, "UTC"), ("E012", None, zone)):
        try:
            Schedule.parse(line, name)
        except BadSchedule as error:
            yield Fault(f"jobs_api.{number}", f"{at}: {error.problem}", error.hint)


def _is_number(value: Any, *, least: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return value >= least and value <= 10**9


def _numbers(job: Job, at: str) -> Iterator[Fault]:
    for name in DURATIONS:
        value = getattr(job, name)
        optional = name in ("expires", "grace") and value is None
        if not (optional or _is_number(value, least=0 if name in AT_ONCE else 1e-6)):
            hint = f"Write seconds or a timedelta, {'0 or more' if name in AT_ONCE else 'above 0'}."
            yield Fault("jobs_api.E013", f"{at}: {name}={value!r} is not a valid duration.", hint)
    if not (isinstance(job.max_attempts, int) and _is_number(job.max_attempts, least=1)):
        yield Fault(
            "jobs_api.E014",
            f"{at}: max_attempts={job.max_attempts!r} is not valid.",
            "Write a whole number, 1 or more.",
        )


def _choices(job: Job, at: str) -> Iterator[Fault]:
    for name, allowed in CHOICES.items():
        if getattr(job, name) not in allowed:
            text = f"{at}: {name}={getattr(job, name)!r} is not valid."
            yield Fault("jobs_api.E015", text, f"Use one of {', '.join(map(repr, allowed))}.")


def _executor(job: Job, at: str, executor_fault: ExecutorFault) -> Iterator[Fault]:
    if fault := executor_fault(job.executor_name):
        text, hint = fault
        if not job.executor:
            hint = f"{hint} JOBS_API['EXECUTOR'] names it."
        yield Fault("jobs_api.E016", f"{at}: {text}.", hint, job=str(job.name), problem=f"{text}.")
    if not isinstance(job.executor_options, Mapping):
        text = f"{at}: executor_options={job.executor_options!r:.80} is not a mapping."
        yield Fault(
            "jobs_api.E023", text, 'Write for example {"queue": "reports"}, for the executor "celery".'
        )


def _call(job: Job, at: str) -> Iterator[Fault]:
    if job.call is not None and not callables.is_dotted(job.call):
        yield Fault("jobs_api.E025", f"{at}: call={job.call!r:.80} is not a dotted path.", callables.EXAMPLE)
    elif job.call is not None and job.command != JOBS_CALL:
        text = f"{at}: both command={job.command!r:.80} and call={job.call!r} are declared."
        yield Fault("jobs_api.E025", text, "Keep one of the two.")
    elif job.call is None and job.command == JOBS_CALL and job.params is not None:
        text = f"{at}: with command={JOBS_CALL!r}, a caller's `params` could choose what is called."
        yield Fault("jobs_api.E025", text, 'Name it with call="shop.tasks.tidy" instead of command and args.')


def _arguments(job: Job, at: str) -> Iterator[Fault]:
    if not isinstance(job.command, str) or not isinstance(job.description, str):
        yield Fault("jobs_api.E017", f"{at}: command and description must be text.", "Name the command.")
    if isinstance(job.args, str) or not isinstance(job.args, (list, tuple)):
        yield Fault(
            "jobs_api.E018",
            f"{at}: args={job.args!r:.80} is not a list.",
            'Write for example args=["--days", "7"].',
        )
    if not isinstance(job.options, Mapping) or not all(isinstance(key, str) for key in job.options):
        yield Fault(
            "jobs_api.E019",
            f"{at}: options={job.options!r:.80} is not a mapping.",
            'Write for example {"days": 7}.',
        )
    if job.params is not None:
        yield from _params(job, at)


def _params(job: Job, at: str) -> Iterator[Fault]:
    from pydantic import BaseModel  # here: a project whose jobs take no options starts without it

    if not (isinstance(job.params, type) and issubclass(job.params, BaseModel)):
        yield Fault(
            "jobs_api.E020",
            f"{at}: params={job.params!r:.80} is not a model.",
            "Use a subclass of pydantic's BaseModel.",
        )
        return
    twice = sorted(set(job.options) & set(job.params.model_fields))
    if twice:
        text = f"{at}: {', '.join(twice)} are both fixed by `options` and allowed by `params`."
        yield Fault("jobs_api.E022", text, "Keep each name in one of the two.")
    unnamed = [name for name, field in job.params.model_fields.items() if not aliases(name, field)]
    if unnamed:
        text = f"{at}: no caller can send {', '.join(unnamed)} of its `params`: the alias is a path."
        yield Fault("jobs_api.E024", text, "Give each field an alias that is a name.")
    required = [name for name, field in job.params.model_fields.items() if field.is_required()]
    if required and job.schedule is not None:
        text = f"{at}: its `params` require {', '.join(required)}, but a schedule sends no options."
        yield Fault("jobs_api.E021", text, "Give these fields defaults, or remove the schedule.")
