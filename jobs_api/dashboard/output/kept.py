"""The bytes of an output that are kept, from an offset on, as text with gaps where bytes are missing."""

from __future__ import annotations

import codecs
from typing import NamedTuple

from jobs_api.runs.output import Parts


class Gap(NamedTuple):
    """Where bytes were not kept."""

    size: int


class Kept(NamedTuple):
    """What there is from an offset on."""

    before: bytes
    """Bytes before the gap; without a gap, all."""
    gap: Gap | None
    after: bytes
    size: int
    """Of the whole stream: the offset of what comes next."""

    def texts(self, *, last: bool = True) -> tuple[str, str]:
        """Both as text: a letter that a gap has cut is left out.

        Args:
            last: nothing follows; otherwise a letter at the end may be half there, and is left out.
        """
        if self.gap is None:
            return decoded(self.before, last=last), ""
        return decoded(self.before, last=False), decoded(_from_a_letter(self.after), last=last)


def since(parts: Parts, offset: int) -> Kept:
    """What is kept from `offset` on; offsets count the bytes of all that was written."""
    head, tail, size = parts
    offset = min(offset, size)
    tail_start = size - len(tail)
    if offset >= tail_start:
        return Kept(tail[offset - tail_start :], None, b"", size)
    missing = tail_start - max(offset, len(head))
    if missing <= 0:
        return Kept(head[offset:] + tail, None, b"", size)
    return Kept(head[offset:], Gap(missing), tail, size)


def decoded(data: bytes, *, last: bool) -> str:
    """As text; what is not UTF-8 is marked, never an error."""
    return codecs.getincrementaldecoder("utf-8")("replace").decode(data, final=last)


def _from_a_letter(data: bytes) -> bytes:
    """Without the rest of a letter whose beginning is missing."""
    for number, byte in enumerate(data[:4]):
        if byte & 0xC0 != 0x80:
            return data[number:]
    return data
