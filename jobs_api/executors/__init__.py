"""Executors run claimed attempts. An executor is found by its name or by its dotted path.

Each module here has an object `executor`, which is an `Executor`; its name is the module's. A host names
its own by a dotted path, of a class or of an instance, as with Django's backends. What runs an attempt
in the background takes two numbers, the run's id and the attempt's, to `deliver`. docs/executors.md shows how
to write one; what it needs is here.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from django.utils.module_loading import import_string

from jobs_api.exceptions import LeaseLost, NoRoom, SubmitFailed
from jobs_api.models import AttemptRecord, JobRun
from jobs_api.registry.job import Job
from jobs_api.runs.stopping import stops_the_process
from jobs_api.runs.types import Ending, Lease
from jobs_api.text import loggers

if TYPE_CHECKING:
    from jobs_api.worker.delivery import deliver

__all__ = [
    "Ending",
    "Executor",
    "Job",
    "JobRun",
    "Lease",
    "LeaseLost",
    "NoRoom",
    "SubmitFailed",
    "deliver",
]

logger = loggers.logger(__name__)

LONGEST = AttemptRecord._meta.get_field("executor").max_length or 0
"""How long a dotted path may be: each attempt records it."""


def __getattr__(name: str) -> Any:
    if name != "deliver":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from jobs_api.worker.delivery import deliver  # imported here, because a web process does not need it

    return deliver


class Executor:
    """Brings a claimed attempt to the process that runs its command."""

    in_request = False
    """True: `submit` runs the command and returns its end; its claim begins the attempt too."""

    start_within: float | None = None
    """How many seconds a submitted attempt may wait before it begins; None is the setting."""

    def full(self) -> bool:
        """Whether `submit` would raise NoRoom now; called before a waiting run is claimed again."""
        return False

    def submit(self, job: Job, lease: Lease) -> Ending | None:
        """Take the attempt; returns how it ended, or None if that is not known yet.

        Raises:
            SubmitFailed: the executor cannot take it now.
            NoRoom: it must wait; nothing was started.
            LeaseLost: another attempt now holds the run.
        """
        raise NotImplementedError

    def revoke(self, run: JobRun) -> None:
        """Tell the engine that an operator cancelled this attempt. It only helps: nothing depends on it."""

    def faults(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """What is wrong with a job's `executor_options`, or with the engine's set-up: text and hint."""
        for name in options:
            yield f"this executor has no option {name!r}", "Remove it from executor_options."

    def cautions(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Settings that work, but not as an operator may expect; shown as warnings."""
        yield from ()


def memory_faults(options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with `memory_mb`, for executors whose commands run in a process of their own."""
    limit = options.get("memory_mb", 1)
    if isinstance(limit, bool) or not isinstance(limit, (int, float)) or limit <= 0:
        yield f"memory_mb={limit!r:.80} is not a size", "A number of megabytes, such as 512."


class Unusable(Executor):
    """Replaces an executor that cannot be loaded: it takes no attempt, so its runs are `submit_failed`.

    Everything else still works: other jobs start, and runs can be cancelled and shown.
    """

    def __init__(self, name: str, problem: str, hint: str, error: BaseException | None = None) -> None:
        self.name, self.problem, self.hint, self.error = name, problem, hint, error

    def submit(self, job: Job, lease: Lease) -> None:
        """Take nothing; the log has the reason."""
        logger.error("Job %s cannot start: %s. %s", job.name, self.problem, self.hint, exc_info=self.error)
        raise SubmitFailed(f"The executor {self.name!r:.80} cannot be used; manage.py check shows why.")

    def faults(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Why it cannot be loaded."""
        yield self.problem, self.hint


@cache
def names() -> list[str]:
    """The executors that jobs_api brings."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


_loaded: dict[str, Executor] = {}


def load(name: str) -> Executor:
    """The executor of that name or dotted path: one object per process.

    It never raises: an `Unusable` replaces one that cannot be loaded. That is not cached, so that the next
    call tries again.
    """
    if found := _loaded.get(name):
        return found
    executor = _find(name)
    # If two threads have made one each, both use the first.
    return executor if isinstance(executor, Unusable) else _loaded.setdefault(name, executor)


def forget() -> None:
    """Forget all loaded executors, for a test."""
    _loaded.clear()


def fault(name: object) -> tuple[str, str] | None:
    """What is wrong with an executor that is named so, and the remedy; None if nothing is."""
    if not isinstance(name, str):
        text = f"executor={name!r:.80} is not a name"
        return text, 'Write a name, or a dotted path as a string: "acme.jobs.Nomad".'
    if name in names():  # not loaded: `faults` finds what it lacks, where a job uses it
        return None
    if len(name) > LONGEST:
        return f"the executor {name!r:.80} has {len(name)} characters", f"At most {LONGEST} can be stored."
    executor = load(name)
    return (executor.problem, executor.hint) if isinstance(executor, Unusable) else None


def _find(name: str) -> Executor:
    if "." not in name and name not in names():
        hint = f"One of {', '.join(map(repr, names()))}, or a dotted path such as 'acme.jobs.Nomad'."
        return Unusable(name, f"the executor {name!r:.80} does not exist", hint)
    try:
        ours = name in names()
        found = import_module(f"{__name__}.{name}").executor if ours else import_string(name)
    except BaseException as error:  # a module may raise anything while it is imported
        if stops_the_process(error):
            raise
        hint = "Install what it needs, or correct the path: it names a class or an instance in a module."
        return Unusable(name, f"the executor {name!r} cannot be imported: {_in_a_line(error)}", hint, error)
    return _made(name, found)


def _made(name: str, found: object) -> Executor:
    """The executor that was found, or an instance of the class that was."""
    if isinstance(found, type) and issubclass(found, Executor):
        try:
            found = found()
        except BaseException as error:  # a host's constructor may raise anything, also SystemExit
            if stops_the_process(error):
                raise
            hint = "It is called without arguments, once in each process that uses it."
            return Unusable(name, f"the executor {name!r} cannot be made: {_in_a_line(error)}", hint, error)
    if not isinstance(found, Executor):
        hint = "Derive it from jobs_api.executors.Executor."
        return Unusable(name, f"{name!r} is not an Executor: {found!r:.80}", hint)
    if type(found).submit is Executor.submit and "submit" not in vars(found):
        return Unusable(name, f"the executor {name!r} has no submit()", "It brings an attempt to its worker.")
    if not _is_a_time(found.start_within):
        text = f"the executor {name!r} has start_within={found.start_within!r:.80}"
        return Unusable(name, text, "A number of seconds above 0; None is START_WITHIN_SECONDS.")
    return found


def _is_a_time(seconds: object) -> bool:
    is_number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    return seconds is None or (is_number and 0 < cast(float, seconds) <= 10**9)


def _in_a_line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__
