"""Check the executors that jobs use, and the options that they get."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.core import checks

from jobs_api import conf, executors, registry
from jobs_api.checks.messages import whose
from jobs_api.checks.settings import key_faults
from jobs_api.registry.job import Job

Look = Callable[[Mapping[str, Any]], Iterator[tuple[str, str]]]
"""An executor's `faults` or `cautions`."""


def check_executors(**_: Any) -> list[checks.CheckMessage]:
    """Executors with a missing requirement, or that refuse a job's options; each fault is reported once."""
    if any(key_faults()):  # check_settings reports them; the options cannot be read
        return []
    faults: dict[tuple[str, str], list[str]] = {}
    cautions: dict[tuple[str, str], list[str]] = {}
    for job in registry.jobs():
        if executors.fault(job.executor_name):  # told by E016 or E035
            continue
        for kind, messages in _of_executor(job):
            for text, hint in messages:
                message = (f"{job.executor_name}: {text.rstrip('.')}.", hint)
                (faults if kind == "E" else cautions).setdefault(message, []).append(job.name)
    errors = [
        checks.Error(f"{text} {whose(names)}", hint=hint, id="jobs_api.E043")
        for (text, hint), names in faults.items()
    ]
    warnings = [
        checks.Warning(f"{text} {whose(names)}", hint=hint, id="jobs_api.W004")
        for (text, hint), names in cautions.items()
    ]
    return [*errors, *warnings]


def _of_executor(job: Job) -> Iterator[tuple[str, Iterator[tuple[str, str]]]]:
    executor = executors.load(job.executor_name)
    for kind, look in (("E", executor.faults), ("W", executor.cautions)):
        try:
            yield kind, iter([_placed(job, look, text, hint) for text, hint in look(job.routing)])
        except Exception as error:  # noqa: BLE001 - an executor of the host's may raise anything
            message = f"its {look.__name__}() raised {type(error).__name__}: {error}".splitlines()[0]
            yield "E", iter([(message[:300], "Correct it: it yields pairs of a text and a hint.")])


def _placed(job: Job, look: Look, text: str, hint: str) -> tuple[str, str]:
    """The fault, whose hint names the setting if the wrong option stands there and not in the job."""
    setting = conf.config().executor_options.get(job.executor_name, {})
    found = (text, hint)
    if "executor_options" in hint and found not in look(job.executor_options) and found in look(setting):
        hint = hint.replace("executor_options", f"JOBS_API['EXECUTOR_OPTIONS'][{job.executor_name!r}]")
    return text, hint
