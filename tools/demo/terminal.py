"""Print the parts of the demo: headings, sentences, commands, answers and checked claims."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from typing import Any

WIDTH = 92
INDENT = "   "
MOST_LINES = 8
COLOURED = sys.stdout.isatty() and "NO_COLOR" not in os.environ
BELONG_TOGETHER = (("heading", "say"), ("command", "result"), ("check", "check"))

_last = ""


class Broken(Exception):
    """A claim of the demo is not true."""


def heading(text: str) -> None:
    """Print the heading of a step."""
    _print("heading", _style("1", text), indent="")


def say(text: str) -> None:
    """Print some sentences."""
    _print("say", textwrap.fill(text, WIDTH - len(INDENT)))


def command(line: str) -> None:
    """Print a command as a person types it."""
    _print("command", _style("36", f"$ {line}"))


def result(text: str) -> None:
    """Print the answer of a command; of a long text only the beginning and the end."""
    lines = text.rstrip().splitlines()
    if len(lines) > 3 * MOST_LINES:
        lines = [*lines[: MOST_LINES // 2], "...", *lines[-MOST_LINES // 2 :]]
    _print("result", "\n".join(lines))


def check(holds: bool, claim: str) -> None:
    """Print a claim that is true; raise `Broken` if it is not."""
    if not holds:
        raise Broken(claim)
    _print("check", f"{_style('32', 'ok')}  {claim}")


def members(body: Any, *names: str) -> str:
    """A JSON object, or some of its members, one per line; other bodies unchanged."""
    if not isinstance(body, dict):
        return str(body)
    chosen = {name: body[name] for name in names if name in body} if names else body
    lines = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in chosen.items()]
    left_out = ["  ..."] if len(chosen) < len(body) else []
    return "{\n" + ",\n".join(map(_folded, [*lines, *left_out])) + "\n}"


def _folded(line: str) -> str:
    return textwrap.fill(line, WIDTH - len(INDENT), subsequent_indent="    ", break_on_hyphens=False)


def _style(code: str, text: str) -> str:
    return f"\033[{code}m{text}\033[0m" if COLOURED else text


def _print(kind: str, text: str, *, indent: str = INDENT) -> None:
    global _last
    if (_last, kind) not in BELONG_TOGETHER:
        print()
    print(textwrap.indent(text, indent), flush=True)
    _last = kind
