"""Find the exception in an output: what was raised, from what, and through which frames.

It reads what Python's `traceback` writes: chains ("During handling of the above exception ..."), groups with
their indentation, errors of syntax, frames without a line. What looks otherwise is left to the output below.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence

from jobs_api.dashboard.output.terminal import SEQUENCE

HEADER = "Traceback (most recent call last):"
STOOD = "At its time-out it stood here:"
"""What jobs_api writes before the frames of a command that was over its time."""
CAUSE = "The above exception was the direct cause of the following exception:"
CONTEXT = "During handling of the above exception, another exception occurred:"
READ = 128 * 1024
"""So many letters of the end of an output are looked at."""
MESSAGE = 20
"""So many lines of a message are kept."""
_RULE = re.compile(r"^ *\+[-+]+(?: (?P<number>\d+|\.\.\.) -+)?\s*$")
_BAR = re.compile(r"^ *[+|](?: |$)")
_FILE = re.compile(r'^  File "(?P<path>[^"\n]{1,1000})", line (?P<line>\d{1,9})(?:, in (?P<name>.*))?$')
_RAISED = re.compile(r"^(?P<kind>[A-Za-z_][\w.<>]*)(?:: ?(?P<text>.*)|(?P<notes>\n.*)?)$", re.DOTALL)


@dataclasses.dataclass(frozen=True, slots=True)
class Frame:
    """One place in the code."""

    path: str
    line: int
    name: str
    """Of the function; empty in an error of syntax."""
    code: tuple[str, ...] = ()
    """The lines that the traceback shows, with the marks below them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Raised:
    """One exception."""

    kind: str
    """Its class, such as "django.db.utils.OperationalError"; empty where there is none."""
    message: str
    frames: tuple[Frame, ...] = ()
    """In the order of the calls: the last one has raised it."""
    link: str = ""
    """How it followed from the one before: "cause", "context", or "" for the first."""
    depth: int = 0
    """In how many groups it is."""
    text: str = ""
    """As it was written, without the margin of a group."""


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """An exception with those that led to it."""

    raised: tuple[Raised, ...]
    """In the order of the output: the last of those that are in no group is the one that was not caught."""
    text: str
    """As it was written."""

    @property
    def outermost(self) -> Raised:
        """The one that was not caught."""
        return next(each for each in reversed(self.raised) if each.depth == self._top)

    @property
    def _top(self) -> int:
        return min(each.depth for each in self.raised)


def find(text: str) -> Found | None:
    """The last exception in an output; None if there is none."""
    lines = SEQUENCE.sub("", text[-READ:].replace("\r\n", "\n")).split("\n")
    start = _start(lines)
    if start is None:
        return None
    raised = tuple(_raised(lines[start:]))
    return Found(raised, "\n".join(lines[start:]).rstrip()) if raised else None


def _start(lines: Sequence[str]) -> int | None:
    """Where the last chain begins."""
    heads = [number for number, line in enumerate(lines) if _is_head(line)]
    if not heads:
        return _of_syntax(lines)
    place = len(heads) - 1
    while place > 0 and (_depth(lines[heads[place]]) > 0 or _is_linked(lines, heads[place])):
        place -= 1
    return heads[place]


def _is_head(line: str) -> bool:
    bare = line.lstrip(" |+")
    return bare in (HEADER, f"Exception Group {HEADER}") or line == STOOD


def _depth(line: str) -> int:
    """In how many groups a line is: each moves its margin by two."""
    margin = re.match(r" *(?=\|)", line)
    return 0 if margin is None else len(margin[0]) // 2


def _is_linked(lines: Sequence[str], head: int) -> bool:
    """Whether the sentence before a head says that it followed from another exception."""
    for line in reversed(lines[max(head - 3, 0) : head]):
        if line.strip(" |"):
            return line.strip(" |") in (CAUSE, CONTEXT)
    return False


def _of_syntax(lines: Sequence[str]) -> int | None:
    """An error of syntax has no head where a command has compiled a text itself."""
    for number in range(len(lines) - 1, -1, -1):
        match = _FILE.match(lines[number])
        if match and match["name"] is None:
            return number
    return None


def _raised(lines: Sequence[str]) -> Iterator[Raised]:
    """Each exception of a chain or a group."""
    block: list[str] = []
    link, depth = "", 0
    for line in lines:
        if _RULE.match(line):
            yield from _one(block, link, depth)
            block, link = [], ""
            continue
        bare, here = _without_margin(line)
        if bare.strip() in (CAUSE, CONTEXT):
            yield from _one(block, link, depth)
            block, link = [], "cause" if bare.strip() == CAUSE else "context"
            continue
        if not block:
            if not bare.strip():
                continue
            depth = here  # later lines of a message may have no margin
        block.append(bare)
    yield from _one(block, link, depth)


def _without_margin(line: str) -> tuple[str, int]:
    match = _BAR.match(line)
    if match is None:
        return line, 0
    bar = match[0].rstrip()
    return line[match.end() :], max((len(bar) - 1) // 2 - 1, 0)  # a group itself has a margin, too


def _one(block: Sequence[str], link: str, depth: int) -> Iterator[Raised]:
    """The exception of a block of lines, which begins with no empty one; nothing for no lines."""
    lines = list(block)
    text = "\n".join(lines).rstrip()
    if not text:
        return
    if _is_head(lines[0]):
        lines.pop(0)
    frames, rest = _frames(lines)
    kind, message = _said(rest)
    if frames or kind:
        yield Raised(kind, message, tuple(frames), link, depth, text)


def _frames(lines: Sequence[str]) -> tuple[list[Frame], list[str]]:
    """The frames, and the lines after them."""
    frames: list[Frame] = []
    code: list[str] = []
    for number, line in enumerate(lines):
        match = _FILE.match(line)
        if match is not None:
            _close(frames, code)
            frames.append(Frame(match["path"], int(match["line"]), match["name"] or ""))
        elif frames and line.startswith(("    ", "  [Previous line repeated")):
            code.append(line)
        else:
            _close(frames, code)
            return frames, list(lines[number:])
    _close(frames, code)
    return frames, []


def _close(frames: list[Frame], code: list[str]) -> None:
    """Give the last frame its lines."""
    if frames and code:
        frames[-1] = dataclasses.replace(frames[-1], code=tuple(_dedented(code)))
    code.clear()


def _dedented(code: Sequence[str]) -> Iterator[str]:
    for line in code:
        yield line[4:] if line.startswith("    ") else line.strip()


def _said(lines: Sequence[str]) -> tuple[str, str]:
    """Class and message of the exception whose last lines these are."""
    kept = list(lines[:MESSAGE])
    match = _RAISED.match("\n".join(kept).strip())
    if match is None:
        return "", ""
    return match["kind"], (match["text"] or match["notes"] or "").strip()
