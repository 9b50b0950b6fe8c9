"""The end of what a command wrote, for a message: short, without controls and without secrets."""

from __future__ import annotations

import re

from jobs_api.outgoing import without_secrets
from jobs_api.runs.output import Parts, rest
from jobs_api.text import one_line, visible

LINES, LETTERS = 15, 2000
"""How much of the output a message shows at most."""
READ = 16 * 1024
"""How many bytes are looked at: a secret's name must be in sight, or its value would not be masked."""
TOO_LONG = f"(the last line is longer than {READ // 1024} KiB)"
_CONTROLS = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, movements of the cursor
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # titles, links
    r"|\x1b[PX^_][^\x1b]*(?:\x1b\\)?"
    r"|\x1b[ -/]*[0-~]"
)


def last_lines(parts: Parts) -> str:
    """The last lines of an output: at most 15, and 2,000 letters."""
    whole = rest(parts, 0)
    text = whole[-READ:].decode("utf-8", "replace")
    if len(whole) > READ and "\n" in text:
        text = text.partition("\n")[2] or TOO_LONG  # a line whose beginning is not in sight
    lines = [visible(_as_shown(line)).rstrip() for line in without_secrets(plain(text)).split("\n")]
    lines = [line for line in lines if line.strip()][-LINES:]
    while len(lines) > 1 and sum(map(len, lines)) + len(lines) > LETTERS:
        del lines[0]
    return "\n".join(lines) if not lines or len(lines[0]) <= LETTERS else "…" + lines[0][1 - LETTERS :]


def error_line(text: str, most: int = 300) -> str:
    """An error in one line: the first with text, as it names the exception."""
    first = next((line for line in plain(text).split("\n") if line.strip()), "")
    return bounded(one_line(without_secrets(first)), most)


def bounded(text: str, most: int) -> str:
    """The text, or its beginning with an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def plain(text: str) -> str:
    """Without the sequences that control a terminal."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n"))


def _as_shown(line: str) -> str:
    """What a terminal would show of a line that a progress bar has overwritten."""
    return next((part for part in reversed(line.split("\r")) if part.strip()), "")
