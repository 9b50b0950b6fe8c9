"""What went wrong, first: the newest attempt that failed, its message, and the frames that led to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice

from django.utils.translation import gettext as _

from jobs_api.dashboard.output import frames as paths
from jobs_api.dashboard.output import kept
from jobs_api.dashboard.output import traceback as tracebacks
from jobs_api.dashboard.output.traceback import Found, Frame, Raised
from jobs_api.dashboard.run_page import words
from jobs_api.dashboard.run_page.bars import host_of
from jobs_api.models import COUNTED, IN_FLIGHT, Reason, State
from jobs_api.monitoring.run_report import AttemptReport
from jobs_api.runs.output import Parts
from jobs_api.text import visible

MOST_FRAMES = 12
"""So many frames of the project's own code are shown; the whole traceback has all."""
MOST_EXCEPTIONS = 25
"""So many exceptions of a chain or a group; a command may write thousands."""
MOST_CODE = 25
"""So many lines of the code of a frame."""
MESSAGE = 4000
"""So many letters of a message."""


@dataclasses.dataclass(frozen=True, slots=True)
class CodeLine:
    """A line of the code of a frame."""

    number: int | None
    text: str
    marks: bool
    """Whether it only points at what is above it."""


@dataclasses.dataclass(frozen=True, slots=True)
class ShownFrame:
    """A frame of the project's own code."""

    place: str
    """Its path and line: "crm/payments/bank.py:118"."""
    path: str
    """The whole path, as the output has it."""
    name: str
    code: list[CodeLine]
    open: bool


@dataclasses.dataclass(frozen=True, slots=True)
class ShownException:
    """One exception."""

    title: str
    """Class and message."""
    link: str
    """What it was to the one above it: "cause", "context", "member" of a group, or "" for the first."""
    frames: list[ShownFrame]
    """Of the project's own code, the innermost first."""
    folded: int
    """How many frames of Django and libraries there are besides."""
    more: int
    """How many of the project's own are not shown."""
    text: str
    """As it was written."""


@dataclasses.dataclass(frozen=True, slots=True)
class Trouble:
    """An attempt that did not succeed."""

    attempt: AttemptReport
    heading: str
    error: str
    exceptions: list[ShownException]
    text: str
    """The whole traceback, else the message: to copy."""
    own: bool
    """Whether the traceback is that of the error; else it is only the last one in the output."""
    raised: int = 0
    """How many exceptions there are: more than are shown, perhaps."""

    @property
    def host(self) -> str:
        """Where it ran."""
        return host_of(self.attempt.holder)

    @property
    def after(self) -> timedelta | None:
        """How long it had been running."""
        begun, ended = self.attempt.started_at, self.attempt.finished_at
        return None if begun is None or ended is None else max(ended - begun, timedelta(0))


def wanted(attempts: Sequence[AttemptReport], state: str, chosen: int | None) -> list[int]:
    """The numbers of the attempts whose troubles are shown, at most two, the newest first.

    A loss has no exception: where one came before it, that tells more. While the run goes on, only that.

    Args:
        state: of the run.
        chosen: the one that the address names.
    """
    failed = [each for each in reversed(attempts) if _went_wrong(each)]
    if chosen is not None:
        return [each.attempt for each in failed if each.attempt == chosen]
    told = [each for each in failed if each.reason in COUNTED]
    if not failed or failed[0].reason in COUNTED:
        return [each.attempt for each in told[:1]]
    over = state not in (*IN_FLIGHT, State.SUCCEEDED)
    return [each.attempt for each in ([failed[0], *told[:1]] if over or not told else told[:1])]


def _went_wrong(attempt: AttemptReport) -> bool:
    return attempt.state == State.FAILED or (attempt.state == State.CANCELLED and bool(attempt.error))


def troubles(
    attempts: Sequence[AttemptReport], numbers: Sequence[int], outputs: Mapping[int, Parts]
) -> list[Trouble]:
    """Those of these attempts, in this order."""
    known = {each.attempt: each for each in attempts}
    return [_trouble(known[number], outputs.get(number, (b"", b"", 0))) for number in numbers]


def _trouble(attempt: AttemptReport, parts: Parts) -> Trouble:
    raises = attempt.reason in (Reason.ERROR, Reason.TIMEOUT, Reason.EXIT)
    found = tracebacks.find(_text(parts)) if raises else None
    own = found is not None and _is_of(found, attempt)
    if found is not None and not own and attempt.reason == Reason.ERROR:
        found = None  # that of something else: the error has none
    error = visible(attempt.error)[:MESSAGE] or _silent(attempt)
    exceptions = [] if found is None else _exceptions(found, error if own else "")
    text = visible(found.text) if found is not None else error
    raised = 0 if found is None else len(found.raised)
    return Trouble(attempt, words.failure(attempt), error, exceptions, text, own, raised)


def _silent(attempt: AttemptReport) -> str:
    """What there is to say of a loss that nobody has closed yet."""
    if attempt.reason != Reason.LOST or attempt.finished_at is not None:
        return ""
    return _(
        "Its holder went silent, and its lease ran out. The next trigger of this slot, or run-due, closes it."
    )


def _text(parts: Parts) -> str:
    """What there is; where bytes are missing, the last part, which tells how it ended."""
    before, after = kept.since(parts, 0).texts()
    return after or before


def _is_of(found: Found, attempt: AttemptReport) -> bool:
    """Whether this is the exception that the attempt has ended with."""
    if attempt.reason == Reason.TIMEOUT:
        return True
    kind, error = found.outermost.kind.rpartition(".")[2], attempt.error
    return attempt.reason == Reason.ERROR and bool(kind) and error.partition(":")[0].strip() == kind


def _exceptions(found: Found, error: str) -> list[ShownException]:
    """The one that was not caught first, then what led to it, each with its own frames."""
    outermost = found.outermost
    short = paths.shortened([frame for each in found.raised for frame in each.frames])
    shown = [_exception(outermost, "", short, error)]
    for each, link in islice(_behind(found, outermost), MOST_EXCEPTIONS - 1):
        shown.append(_exception(each, link, short, ""))
    return shown


def _behind(found: Found, outermost: Raised) -> Iterator[tuple[Raised, str]]:
    """The members of its group; then the others, from the one it followed from back to the first."""
    place = next(number for number, each in enumerate(found.raised) if each is outermost)
    for each in found.raised[place + 1 :]:
        yield each, "member"
    link = outermost.link
    for each in reversed(found.raised[:place]):
        yield each, link if each.depth == outermost.depth else "member"
        link = each.link if each.depth == outermost.depth else link


def _exception(raised: Raised, link: str, short: Mapping[str, str], error: str) -> ShownException:
    own = [frame for frame in reversed(raised.frames) if not paths.is_library(frame)]
    libraries = len(raised.frames) - len(own)
    if not own and raised.frames:  # then the innermost one tells most
        own, libraries = [raised.frames[-1]], libraries - 1
    frames = [_frame(frame, short, is_first=not number) for number, frame in enumerate(own[:MOST_FRAMES])]
    more = max(len(own) - MOST_FRAMES, 0)
    return ShownException(error or _title(raised), link, frames, libraries, more, visible(raised.text))


def _title(raised: Raised) -> str:
    kind = raised.kind.rpartition(".")[2]
    return visible(f"{kind}: {raised.message}" if raised.message else kind)[:MESSAGE]


def _frame(frame: Frame, short: Mapping[str, str], *, is_first: bool) -> ShownFrame:
    place = f"{visible(short[frame.path])}:{frame.line}"
    return ShownFrame(place, visible(frame.path), visible(frame.name), list(_code(frame)), is_first)


def _code(frame: Frame) -> Iterator[CodeLine]:
    for number, line in enumerate(frame.code[:MOST_CODE]):
        marks = not line.strip(" ^~")
        yield CodeLine(None if number else frame.line, visible(line), marks)
