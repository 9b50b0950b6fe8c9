"""Work that may hang, in a thread that is waited for only so long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from jobs_api import threads
from jobs_api.outgoing.unseen import unseen

Result = TypeVar("Result")


class Late(Exception):
    """The work had not ended when the time was over; its thread may go on."""

    def __init__(self, thread: threads.Thread) -> None:
        super().__init__("it has not ended in time")
        self.thread = thread


class NoThread(Exception):
    """The system starts no thread: it has too many, or the process ends."""

    def __init__(self) -> None:
        super().__init__("the system starts no thread")


class _Work(Generic[Result]):
    """A call, and what came of it."""

    def __init__(self, work: Callable[[], Result]) -> None:
        self._work = work
        self.results: list[Result] = []
        self.error: BaseException | None = None

    def __call__(self, thread: threads.Thread) -> None:
        try:
            with unseen():
                self.results.append(self._work())
        except BaseException as error:  # noqa: BLE001 - it is raised again where the result is awaited
            self.error = error


def within(seconds: float, work: Callable[[], Result], *, name: str) -> Result:
    """The result of `work`, which runs in a thread of its own.

    Only a thread bounds everything: a name that is not resolved, and a server that sends a byte now and then,
    know no time limit. It does not keep the process alive. What traces the host's requests sees none of it.

    Args:
        seconds: how long to wait for it.
        work: may raise anything, which is raised here.
        name: the thread's, which a debugger shows.

    Raises:
        Late: the time is over.
        NoThread: the system starts none.
    """
    call = _Work(work)
    try:
        thread = threads.start_plain(call, name)
    except RuntimeError:
        raise NoThread from None
    thread.join(seconds)
    if call.error is not None:
        raise call.error
    if not call.results:
        raise Late(thread)
    return call.results[0]
