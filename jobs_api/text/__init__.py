"""Show text from callers and commands so that every character is visible and none controls the terminal.

A terminal executes control sequences: an escape sequence in a `source` could hide lines, and a bidi
control could reverse a word. Text is stored unchanged; every output (a table, a log line, a page) passes it
through `visible`. The result is for reading only: a backslash in the original stays a single backslash.
"""

from __future__ import annotations

import json
import re
import unicodedata

_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 except tab and newline, DEL, C1
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # soft, joining, filling, shaping
    "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"  # marks that enclose what follows
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # of no width, directions, ends of lines
    "\ufe00-\ufe0f\ufeff\ufff0-\ufffb"  # variations, byte order, annotations
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # formats of other scripts
    "\U000e0000-\U000e0fff"  # tags and more variations
    "\ud800-\udfff"  # halves of a surrogate pair
    "]"
)
_COLOUR = re.compile("(?:\x1b\\[|\x9b)[0-9;:]*m")


def visible(text: str) -> str:
    r"""Every control and invisible character as `\x1b` or `\u202e`; newlines and tabs stay."""
    return _INVISIBLE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def one_line(text: str) -> str:
    """Like `visible`, with each run of spaces, tabs and newlines as one space: for a cell or a sentence."""
    return " ".join(visible(text).split())


def unbroken(text: str) -> str:
    r"""Like `visible`, with a newline as `\n`: only the log itself may begin a new line in a log."""
    return visible(text).replace("\n", "\\n")


def colourless(text: str) -> str:
    """Output that is safe for a terminal: without colours, with newlines as `\\n`."""
    return visible(_COLOUR.sub("", text).replace("\r\n", "\n"))


def bare(text: str) -> str:
    """Only the visible characters, in lower case and normal form: to test whether two names look alike."""
    return " ".join(unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).split()).casefold()


def storable(text: str) -> str:
    r"""Text that a database accepts: bytes of a command line that are not UTF-8 become `\udcff`."""
    return encodable(text, "utf-8")


def encodable(text: str, encoding: str) -> str:
    r"""Text that a terminal of that encoding can write; other letters become `\u017c`."""
    return text.encode(encoding, "backslashreplace").decode(encoding)


def shortened(text: str, most: int) -> str:
    """The text, or its beginning: as JSON, where a letter takes up to twelve bytes, about `most` bytes."""
    cut = text[:most]
    while len(json.dumps(cut)) > most:
        cut = cut[: len(cut) * 3 // 4]
    return text if cut == text else f"{cut}…"


def json_safe(text: str) -> str:
    r"""The output of `json.dumps` (which escapes everything beyond ASCII) with DEL as `\u007f`."""
    return text.replace("\x7f", "\\u007f")
