"""Blocks around which optional code of ours puts something, such as a span: a trigger, an attempt.

Without such code a block costs nothing. What that code raises is logged, and changes nothing of the block.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any

from jobs_api.text import loggers

logger = loggers.logger(__name__)

Wrapper = Callable[[Any], AbstractContextManager[Any]]
_NOTHING: AbstractContextManager[None] = nullcontext()


class Around:
    """A kind of block: `with attempt(lease): ...`."""

    def __init__(self) -> None:
        self.wrappers: list[Wrapper] = []
        """What is put around it; nothing, unless optional code was switched on."""

    def __call__(self, subject: Any) -> AbstractContextManager[None]:
        """The context in which the block of this subject belongs."""
        return _Within(self.wrappers, subject) if self.wrappers else _NOTHING

    def put(self, wrapper: Wrapper) -> None:
        """Put what it makes around each block from now on: a context manager, given the block's subject."""
        if wrapper not in self.wrappers:
            self.wrappers.append(wrapper)

    def take_away(self, wrapper: Wrapper) -> None:
        """Undo `put`."""
        if wrapper in self.wrappers:
            self.wrappers.remove(wrapper)


class _Within:
    """Enters what the wrappers make, and leaves it in the reverse order, whatever it raises."""

    def __init__(self, wrappers: list[Wrapper], subject: Any) -> None:
        self._wrappers, self._subject = tuple(wrappers), subject
        self._entered: list[AbstractContextManager[Any]] = []

    def __enter__(self) -> None:
        for wrapper in self._wrappers:
            try:
                manager = wrapper(self._subject)
                manager.__enter__()
            except Exception:  # the block is ours, and goes on
                logger.warning("What belongs around a block could not begin.", exc_info=True)
            else:
                self._entered.append(manager)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for manager in reversed(self._entered):
            try:
                manager.__exit__(kind, error, trace)
            except Exception:  # what the block did stays
                logger.warning("What belongs around a block could not end.", exc_info=True)


trigger = Around()
"""One trigger, from its slot to its answer; the subject is its `Request`."""
attempt = Around()
"""One attempt in the process that holds its lease, from before its start is announced until its end is
written; the subject is its `Lease`."""
