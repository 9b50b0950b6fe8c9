"""Text that callers and commands wrote, shown so that all of it is seen and none of it acts.

A terminal obeys what it prints: an escape sequence in a `source` could hide lines, and a bidi
control could turn a word round. What is stored stays as it was written; whatever shows it, a table,
a log line, a page, goes through `visible`. It is for eyes: a backslash that was written stays single.
"""

from __future__ import annotations

import re
import unicodedata

_UNSEEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1
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
    return _UNSEEN.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def one_line(text: str) -> str:
    """As `visible`, with each run of spaces, tabs and newlines as one space: for a cell or a sentence."""
    return " ".join(visible(text).split())


def unbroken(text: str) -> str:
    r"""As `visible`, with a newline as `\n`: in a log nobody should begin a line but the log."""
    return visible(text).replace("\n", "\\n")


def colourless(text: str) -> str:
    """Output for a terminal that obeys nothing: without colours, with newlines as they are here."""
    return visible(_COLOUR.sub("", text).replace("\r\n", "\n"))


def bare(text: str) -> str:
    """Only what can be seen, in small letters and everyday forms: to tell whether two names look alike."""
    return " ".join(unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).split()).casefold()


def storable(text: str) -> str:
    r"""What a database takes: bytes of a command line that are not UTF-8 become `\udcff`."""
    return encodable(text, "utf-8")


def encodable(text: str, encoding: str) -> str:
    r"""What a terminal of that encoding can write; other letters become `\u017c`."""
    return text.encode(encoding, "backslashreplace").decode(encoding)


def json_safe(text: str) -> str:
    r"""JSON of `json.dumps`, which escapes everything beyond ASCII, with DEL as `\u007f`."""
    return text.replace("\x7f", "\\u007f")
