"""What a page shows of an output: the whole, and then what comes, from where the last part has ended.

A part ends with its last whole line. The line after it, which may still grow or be written over, is shown
too, and sent again with the next part. So colours and progress bars come out right wherever a part ends.
"""

from __future__ import annotations

import dataclasses

from django.template.defaultfilters import filesizeformat
from django.utils.safestring import SafeString

from jobs_api.dashboard.output import kept, markup, terminal
from jobs_api.dashboard.output.styles import PLAIN, Style
from jobs_api.runs.output import Parts

MOST_LINES = 20_000
"""So many lines a page shows, the last ones: a download has all that is kept."""
MOST = 1024 * 1024
"""And so many letters of what is without a gap."""
OPEN = 16 * 1024
"""So much of a line that has no end yet is sent each time."""


@dataclasses.dataclass(frozen=True, slots=True)
class Block:
    """Lines without a gap between them."""

    html: SafeString
    """Whole lines, each with its end."""
    gap: int = 0
    """How many bytes are missing before it."""
    dropped: int = 0
    """How many lines before it are not shown, as the page would be too long."""


@dataclasses.dataclass(frozen=True, slots=True)
class Stream:
    """What a page shows of an output, from an offset on."""

    blocks: list[Block]
    open: SafeString
    """The line that has no end yet; empty where there is none."""
    next: int
    """The offset for the next part: where the open line begins."""
    style: str
    """With which it begins."""
    size: int
    """Of all that was written."""

    @property
    def length(self) -> str:
        """Its size in words."""
        return filesizeformat(self.size)

    @property
    def empty(self) -> bool:
        """Whether it shows nothing."""
        return not self.open and not any(block.html or block.gap for block in self.blocks)

    @property
    def has_times(self) -> bool:
        """Whether lines carry times."""
        return any(map(markup.has_times, [*(block.html for block in self.blocks), self.open]))


EMPTY = Stream([], SafeString(""), 0, "", 0)


def stream(parts: Parts, offset: int = 0, style: str = "", *, complete: bool = True) -> Stream:
    """An output as a page shows it.

    Args:
        offset: `next` of the part before.
        style: and its `style`.
        complete: nothing follows any more.
    """
    found = kept.since(parts, offset)
    before, after = found.texts(last=complete)
    look = Style.read(style)
    if found.gap is None:
        return _ended([], before, look, 0, found.size, found.before, complete=complete)
    first, _ = _block(before, look, 0)
    return _ended([first], after, PLAIN, found.gap.size, found.size, found.after, complete=complete)


def _ended(
    blocks: list[Block], text: str, look: Style, gap: int, size: int, data: bytes, *, complete: bool
) -> Stream:
    """With the last block and the line that is open."""
    whole, end, rest = text.rpartition("\n")
    block, look = _block(whole + end, look, gap)
    begin = size - (len(data) - data.rfind(b"\n") - 1)
    return Stream([*blocks, block], _open(rest, look, complete=complete), begin, look.written(), size)


def _block(text: str, look: Style, gap: int) -> tuple[Block, Style]:
    """Whole lines, and the style after them."""
    if not text:
        return Block(SafeString(""), gap), look
    cut = text.find("\n", len(text) - MOST) + 1 if len(text) > MOST else 0
    dropped, text = text.count("\n", 0, cut), text[cut:]
    raw = text.removesuffix("\n").split("\n")
    above, shown = raw[:-MOST_LINES], raw[-MOST_LINES:]
    lines, look = terminal.lines("\n".join(shown), terminal.after("\n".join(above), look))
    return Block(SafeString(markup.html(lines) + "\n"), gap, dropped + len(above)), look


def _open(text: str, look: Style, *, complete: bool) -> SafeString:
    """The last line, which may grow: without what may be the beginning of a sequence."""
    if not complete:
        text = terminal.UNFINISHED.sub("", text)
    long = len(text) > OPEN and not complete
    return markup.html(terminal.lines(f"…{text[-OPEN:]}" if long else text, look)[0])
