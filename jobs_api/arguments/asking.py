"""Note what databases refuse to a command that is loaded for a check.

An `add_arguments` may ask for the choices of an option. Before the first `migrate` there is no table: it
raises, or it goes on with other choices than in a run. Neither says anything about the job.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connections, transaction

Refusals = list[Exception]


@contextmanager
def refusals() -> Iterator[Refusals]:
    """What the databases have refused to the code inside, also if it has caught that.

    A caller's transaction stays usable.
    """
    refused: Refusals = []
    with ExitStack() as stack:
        for connection in _all():
            stack.enter_context(_watched(connection, refused))
        yield refused


def _all() -> list[Any]:
    try:
        return list(connections.all())
    except (ImproperlyConfigured, ImportError):  # Django reports it
        return []


@contextmanager
def _watched(connection: Any, refused: Refusals) -> Iterator[None]:
    def noting(call: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*args: Any, **kwargs: Any) -> Any:
            try:
                return call(*args, **kwargs)
            except Exception as error:
                refused.append(error)
                raise

        return noted

    def execute(execute: Callable[..., Any], *args: Any) -> Any:
        return noting(execute)(*args)

    kept = vars(connection).get("connect")
    vars(connection)["connect"] = noting(connection.connect)
    try:
        with _savepoint(connection, refused), connection.execute_wrapper(execute):
            yield
    finally:
        vars(connection).pop("connect")
        if kept is not None:
            vars(connection)["connect"] = kept


@contextmanager
def _savepoint(connection: Any, refused: Refusals) -> Iterator[None]:
    """Within a transaction, as in a test: a statement that fails there would end it on PostgreSQL."""
    if not connection.in_atomic_block or connection.needs_rollback:
        yield
        return
    with transaction.atomic(connection.alias):
        yield
        if refused:
            transaction.set_rollback(True, connection.alias)
