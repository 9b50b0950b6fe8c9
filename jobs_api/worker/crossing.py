"""An exception that crosses from one process to another: told as plain values, and made again from them.

A traceback holds frames, which no process can send. What error trackers and log handlers read of a frame is
its file, line, function and module, so those cross, and the copy has frames with nothing else in them: no
local variables, and no source code, which readers take from the file. Nothing is unpickled or imported.
"""

from __future__ import annotations

import ast
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from types import CodeType, FrameType, TracebackType
from typing import Any, NamedTuple

MOST_FRAMES = 100
"""Of an endless recursion, the first and the last half of them."""
MOST_EXCEPTIONS = 20
MOST_CHARACTERS = 8000


class Frame(NamedTuple):
    """A place in the code."""

    file: str
    line: int
    function: str
    module: str = ""


def told(error: BaseException) -> dict[str, Any]:
    """An exception with what caused it, as values for JSON."""
    seen: list[BaseException] = []

    def tell(one: BaseException | None) -> dict[str, Any] | None:
        if one is None or len(seen) == MOST_EXCEPTIONS or any(one is other for other in seen):
            return None
        seen.append(one)
        inner = one.exceptions if isinstance(one, BaseExceptionGroup) else ()
        return {
            "module": type(one).__module__,
            "name": type(one).__qualname__,
            "text": _text(one)[:MOST_CHARACTERS],
            "notes": [_text(note)[:MOST_CHARACTERS] for note in getattr(one, "__notes__", ())[:10]],
            "frames": _frames(one.__traceback__),
            "cause": tell(one.__cause__),
            "context": tell(one.__context__),
            "quiet": one.__suppress_context__,
            "inner": [other for each in inner if (other := tell(each))],
        }

    return tell(error) or {}


def _text(raised: object) -> str:
    try:
        return str(raised)
    except BaseException:  # noqa: BLE001 - a command's own exception may do anything
        return "(its text cannot be made)"


def _frames(trace: TracebackType | None) -> list[Frame]:
    found = [
        Frame(
            frame.f_code.co_filename,
            line or 0,
            frame.f_code.co_name,
            str(frame.f_globals.get("__name__", "")),
        )
        for frame, line in traceback.walk_tb(trace)
    ]
    half = MOST_FRAMES // 2
    return found if len(found) <= MOST_FRAMES else found[:half] + found[-half:]


# -- made again -------------------------------------------------------------------------------


def made(about: Mapping[str, Any]) -> BaseException:
    """An exception like the one that was told: its type's name, text, frames and causes."""
    error = _instance(about, [made(each) for each in about["inner"][:MOST_EXCEPTIONS]])
    error.__traceback__ = trace_of(Frame(*frame) for frame in about["frames"][:MOST_FRAMES])
    error.__cause__ = made(about["cause"]) if about["cause"] else None
    error.__context__ = made(about["context"]) if about["context"] else error.__cause__
    error.__suppress_context__ = about["quiet"]
    for note in about["notes"]:
        error.add_note(note)
    return error


def _instance(about: Mapping[str, Any], inner: list[BaseException]) -> BaseException:
    """Of the same type as far as this process knows it, so that `isinstance` holds."""
    text, fallback = about["text"], BaseExceptionGroup if inner else Exception
    fields = {
        "__module__": about["module"],
        "__qualname__": about["name"],
        "__init__": lambda self, *args: None,
        "__str__": lambda self: text,
    }
    for kind in (_known(about["module"], about["name"]), fallback):
        try:
            made_of = type(about["name"].rpartition(".")[2], (kind,), fields)
            error: BaseException = made_of.__new__(made_of, *([text, inner] if inner else []))
            error.args = (text,)
        except Exception:  # noqa: BLE001, S112 - a class that cannot be made so: one that takes other arguments
            continue
        return error
    return RuntimeError(text)


def _known(module: str, name: str) -> type[BaseException]:
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, "__dict__", {}).get(part)  # a module's own getattr may import something
    known = isinstance(found, type) and issubclass(found, BaseException)
    return found if known and not _is_special(found) else Exception


def _is_special(kind: type[BaseException]) -> bool:
    """Whether a class of ours must not be derived from it."""
    # One that keeps a list of its classes would list ours; a SyntaxError is printed from fields that were not
    # told.
    keeps_books = type(kind) is not type or any(
        "__init_subclass__" in vars(base) for base in kind.__mro__[:-1]
    )
    return keeps_books or issubclass(kind, SyntaxError)


def trace_of(frames: Iterable[Frame]) -> TracebackType | None:
    """A traceback through these places, the outermost first."""
    trace: TracebackType | None = None
    for place in reversed(list(frames)):
        frame = _frame(place)
        trace = TracebackType(trace, frame, frame.f_lasti, max(place.line, 1))
    return trace


def _frame(place: Frame) -> FrameType:
    """A frame that says it is there. Only a running one can be had, so a line of ours runs in its name."""
    code = _stub(place).replace(co_name=place.function, co_qualname=place.function)
    kept: list[FrameType] = []
    keep: Callable[[FrameType], None] = kept.append
    names = {"__name__": place.module, "__file__": place.file, "keep": keep, "look": sys._getframe}
    exec(code, names, {})  # noqa: S102 - the line below, nothing else
    del names["keep"], names["look"]
    return kept[0]


def _stub(place: Frame) -> CodeType:
    """A line at the right place, without columns: otherwise its own would be marked as the error's."""
    tree = ast.parse("keep(look())")
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.expr):
            node.lineno = node.end_lineno = max(place.line, 1)
            node.col_offset = node.end_col_offset = -1
    return compile(tree, place.file, "exec")


# -- where a process stood when it was killed ---------------------------------------------------

_CURRENT = re.compile(r"^Current thread .*\n((?:  .*\n?)+)", re.MULTILINE)
"""The thread that got the signal: the main thread, unless that has it blocked."""
_PLACE = re.compile(r'^  File "(.*)", line (\d+) in (.*)$', re.MULTILINE)


def places(dump: str) -> list[Frame]:
    """Where the signalled thread stood, from what faulthandler has written; the outermost first."""
    blocks = _CURRENT.findall(dump)
    found = _PLACE.findall(blocks[-1]) if blocks else []
    return [Frame(file, int(line), function) for file, line, function in reversed(found)]
