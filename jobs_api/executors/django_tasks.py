"""Pass the attempt to Django's Tasks framework, with any backend and any worker of its queue.

Django 6 has the framework, its backport `django_tasks` serves 5.2; both read the setting TASKS. jobs_api only
depends on `enqueue` and on the call of the task. Records, retries and signals of a backend do not matter. If
a worker is killed with its message, the run gets a new attempt.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from importlib import import_module
from typing import Any

import django

from jobs_api.conf import config
from jobs_api.database.bounds import bounded
from jobs_api.exceptions import SubmitFailed
from jobs_api.execution import drain
from jobs_api.executors import Executor, memory_faults
from jobs_api.registry.job import Job
from jobs_api.runs.types import Ending, Lease
from jobs_api.text import loggers
from jobs_api.worker.delivery import deliver

logger = loggers.logger(__name__)

OPTIONS = ("backend", "queue_name", "priority", "memory_mb")
TASK = "run_attempt"
"""The task's name in this module, which messages carry."""


@dataclasses.dataclass(slots=True)
class Submission:
    """The end of an attempt that the backend has run before `enqueue` returns."""

    ending: Ending | None = None
    error: BaseException | None = None


_submission: ContextVar[Submission | None] = ContextVar("jobs_api_submission", default=None)


class DjangoTasks(Executor):
    """Each message carries the run's id and the attempt's number."""

    def submit(self, job: Job, lease: Lease) -> Ending | None:
        """Enqueue the attempt; returns its end if the backend has run it in this thread.

        Raises:
            SubmitFailed: the backend did not accept it.
        """
        submission = Submission()
        token = _submission.set(submission)
        refused = None
        try:
            with bounded():  # some backends are tables in our own database
                _task().using(**_chosen(job.routing)).enqueue(lease.run_id, lease.attempt)
        except Exception as error:  # noqa: BLE001 - a backend raises what its broker's client raises
            refused = error
        finally:
            _submission.reset(token)
        if submission.error:  # backends keep what a task raises to themselves, even a SystemExit
            raise submission.error
        if refused and submission.ending is None:
            kind = type(refused).__name__  # not its text: drivers quote the URL, and the URL has the password
            logger.warning("Run %s could not be enqueued: %s.", lease.run_id, kind)
            raise SubmitFailed(f"The tasks backend did not accept the attempt: {kind}.")
        return submission.ending

    def faults(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """What TASKS, or the backend named there, does not accept."""
        yield from super().faults({name: value for name, value in options.items() if name not in OPTIONS})
        wrong = list(_wrong_values(options))
        yield from wrong
        try:
            alias = str(options.get("backend", _alias(_backends())))
        except Exception as error:  # noqa: BLE001 - TASKS may hold anything
            yield from _unusable(error)
        else:
            yield from () if wrong else _backend_faults(alias, options)

    def cautions(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """A backend that has no worker."""
        if any(self.faults(options)):
            return
        alias = options.get("backend", _alias(_backends()))
        for kind in (parent.__name__ for parent in type(_backends()[alias]).__mro__):
            if kind in WITHOUT_WORKER:
                yield f"TASKS[{alias!r}] {WITHOUT_WORKER[kind]}", WITH_WORKER


WITHOUT_WORKER = {
    "ImmediateBackend": "runs the command in the request, where nothing can kill it.",
    "DummyBackend": "keeps what it is given and never runs it.",
}
WITH_WORKER = "Name a backend that has a worker, such as django_tasks_db.DatabaseBackend; tests need none."


def _run_attempt(run_id: int, attempt: int) -> None:
    """The function that a worker calls. It returns nothing, because backends store what a task returns."""
    submission = _submission.get()
    if submission is None:
        deliver(run_id, attempt)
        return
    try:
        if drain.draining():
            raise SubmitFailed("This process is about to exit.")
        submission.ending = deliver(run_id, attempt, isolated=False)  # do not fork a web process
    except BaseException as error:
        submission.error = error
        raise


_run_attempt.__name__ = _run_attempt.__qualname__ = TASK


def __getattr__(name: str) -> Any:
    """The task, for a worker. It is checked against TASKS when it is made: not at import, so that a
    wrong TASKS is a fault that the checks can show."""
    if name == TASK:
        return _task()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _task() -> Any:
    """For any queue of the setting's backend: what is enqueued names its own."""
    backends = _backends()
    alias = _alias(backends)
    queues = backends[alias].queues
    queue = "default" if "default" in queues or not queues else min(queues)
    return backends[alias].task_class(
        func=_run_attempt,
        backend=alias,
        queue_name=queue,
        priority=0,  # these two have no default in Django 6.0
        run_after=None,
    )


def _backends() -> Any:
    """TASKS, as Django's own framework reads it where there is one: backends choose by the same rule."""
    return import_module("django.tasks" if django.VERSION >= (6, 0) else "django_tasks").task_backends


def _alias(backends: Any) -> str:
    """The backend of jobs without one of their own."""
    named = config().executor_options.get("django_tasks", {}).get("backend", "default")
    return str(named if named in list(backends) else next(iter(backends)))


def _chosen(options: Mapping[str, Any]) -> dict[str, Any]:
    """What the framework receives; the limit of memory is for whoever runs the command."""
    chosen = {name: options[name] for name in OPTIONS if name in options and name != "memory_mb"}
    return {"queue_name": "default", **chosen}


# -- system checks ----------------------------------------------------------------------------


def _wrong_values(options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("backend", "queue_name"):
        if not isinstance(value := options.get(name, ""), str):
            yield (
                f"{name}={value!r:.80} is not a name",
                "TASKS has the names of backends and of their QUEUES.",
            )
    if isinstance(value := options.get("priority", 0), bool) or not isinstance(value, int):
        yield f"priority={value!r:.80} is not a whole number", "From -100 to 100; 0 is the default."
    yield from memory_faults(options)


def _unusable(error: Exception) -> Iterator[tuple[str, str]]:
    if isinstance(error, ModuleNotFoundError) and error.name == "django_tasks":
        hint = 'pip install "django-tasks>=0.12", which is its backport; or Django 6.'
        yield "this Django has no Tasks framework", hint
    else:
        yield f"TASKS cannot be used: {type(error).__name__}: {error}", "Fix TASKS in the settings."


def _backend_faults(alias: str, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Ask the backend itself, because it decides when an attempt is enqueued."""
    known = ", ".join(map(repr, _backends()))
    if alias not in list(_backends()):
        yield f"TASKS has no {alias!r}", f"One of {known}."
        return
    try:
        backend = _backends()[alias]
        task = _task().using(**_chosen(options))
    except Exception as error:  # noqa: BLE001 - a backend may raise anything
        yield f"TASKS[{alias!r}] would refuse it: {error}", "Fix TASKS, or executor_options."
        return
    if not isinstance(task, backend.task_class):
        hint = "Name one of them in JOBS_API['EXECUTOR_OPTIONS']['django_tasks']['backend'], for all jobs."
        yield f"TASKS[{alias!r}] and TASKS[{_task().backend!r}] take tasks of different kinds", hint
    for message in backend.check():
        if message.is_serious():
            yield f"TASKS[{alias!r}]: {message.msg}", message.hint or "See the backend's own documentation."


executor = DjangoTasks()
