"""Text that would act on a terminal, or hide in it, and a judge that knows nothing of how we escape it."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.db import models

NASTY = {
    "a colour": ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
    "the title of the window": ("\x1b]0;owned\x07", r"\x1b]0;owned\x07"),
    "erased lines": ("\x1b[2K\x1b[1A", r"\x1b[2K\x1b[1A"),
    "letters overwritten": ("bad\b\b\bgood\rall well", r"bad\x08\x08\x08good\x0dall well"),
    "an end of input": ("\x04\x1a", r"\x04\x1a"),
    "C1, which is CSI and OSC in one byte": ("\x9b31m\x9d0;owned\x9c", r"\x9b31m\x9d0;owned\x9c"),
    "the next line of C1": ("a\x85b", r"a\x85b"),
    "DEL": ("\x7f", r"\x7f"),
    "words turned round": ("\u202egnp.exe\u202c", r"\u202egnp.exe\u202c"),
    "words turned round since Unicode 6": ("\u2067x\u2069", r"\u2067x\u2069"),
    "marks of direction": ("\u200e\u200f\u061c", r"\u200e\u200f\u061c"),
    "no width": ("adm\u200bin\u200c\u200d\u2060", r"adm\u200bin\u200c\u200d\u2060"),
    "a soft hyphen": ("ad\xadmin", r"ad\xadmin"),
    "a byte order mark": ("\ufeffadmin", r"\ufeffadmin"),
    "lines ended elsewhere": ("a\u2028b\u2029c", r"a\u2028b\u2029c"),
    "tags": ("a\U000e0041\U000e007f", r"a\U000e0041\U000e007f"),
    "variations": ("a\ufe0f\U000e0100", r"a\ufe0f\U000e0100"),
    "fillers that are letters": ("\u3164\u115f\uffa0", r"\u3164\u115f\uffa0"),
    "a joiner that is a mark": ("a\u034fb", r"a\u034fb"),
}
NOT_STORED = {
    "NUL": ("a\x00b", r"a\x00b"),
    "half a pair": ("a\ud800b", r"a\ud800b"),
    "bytes that are not UTF-8": ("a\udcffb", r"a\udcffb"),
}
"""No database takes these as text; output is bytes, and a command line may hold any."""
SOUP = "".join(text for text, _ in NASTY.values())
_UNSEEN_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"


def unseen(text: str) -> list[str]:
    """What in it nobody can see, or a terminal obeys."""
    return [char for char in text if char not in "\n\t" and _is_unseen(char)]


def _is_unseen(char: str) -> bool:
    if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return True
    return char in _UNSEEN_LETTERS or "VARIATION SELECTOR" in unicodedata.name(char, "")


def soiled(model: type[models.Model], *kept: str) -> dict[str, Any]:
    """The soup for each column of text, but for those named and those that hold words of ours."""
    columns = model._meta.local_fields
    texts = [field for field in columns if isinstance(field, models.CharField | models.TextField)]
    free = [field for field in texts if field.name not in kept and not field.choices]
    return {field.name: SOUP[: field.max_length] for field in free}
