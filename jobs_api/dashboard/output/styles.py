"""How text looks after the sequences of a terminal that set colours (SGR): one of 16, and a few manners."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

PALETTE = (
    *((0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205)),
    *((229, 229, 229), (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255)),
    *((255, 0, 255), (0, 255, 255), (255, 255, 255)),
)
"""The sixteen colours as terminals have them: others become the nearest of these."""
LEVELS = (0, 95, 135, 175, 215, 255)
"""Of the cube of colours 16 to 231."""
MANNERS = {1: "b", 2: "d", 3: "i", 4: "u", 7: "r", 9: "s", 21: "u"}
"""Bold, dim, italic, underlined, reversed, struck out. Hidden text (8) is shown: it is for reading."""
ENDS = {22: "bd", 23: "i", 24: "u", 27: "r", 29: "s"}
LONGEST = 200
"""So many letters of the parameters of one sequence count: an output is of anybody."""
_WRITTEN = re.compile(r"(\d{0,2})\.(\d{0,2})\.([bdiurs]{0,6})")


class Style(NamedTuple):
    """How a piece of text looks."""

    colour: int | None = None
    """0 to 15; None: the terminal's own."""
    ground: int | None = None
    manners: frozenset[str] = frozenset()

    @property
    def classes(self) -> str:
        """For CSS; empty for plain text."""
        names = [] if self.colour is None else [f"a{self.colour}"]
        names += [] if self.ground is None else [f"g{self.ground}"]
        return " ".join([*names, *(f"t{each}" for each in sorted(self.manners))])

    def written(self) -> str:
        """As a page sends it back, to go on where it has ended; empty for plain text."""
        if self == PLAIN:
            return ""
        parts = ["" if each is None else str(each) for each in (self.colour, self.ground)]
        return ".".join([*parts, "".join(sorted(self.manners))])

    @classmethod
    def read(cls, text: str) -> Style:
        """What `written` has written; plain if it is anything else."""
        match = _WRITTEN.fullmatch(text)
        if match is None:
            return PLAIN
        colour, ground = (int(part) if part and int(part) < 16 else None for part in match.groups()[:2])
        return cls(colour, ground, frozenset(match[3]))

    def after(self, parameters: str) -> Style:
        """The style after a sequence with these parameters, such as "1;31" or "38;5;208"."""
        return _after(self, parameters[:LONGEST])

    def _after(self, code: int, rest: Iterator[int]) -> Style:
        if code == 0:
            return PLAIN
        if code in MANNERS:
            return self._replace(manners=self.manners | {MANNERS[code]})
        if code in ENDS:
            return self._replace(manners=self.manners - set(ENDS[code]))
        if code in (38, 48):
            colour = _chosen(rest)
            return self if colour is None else self._in(colour, of_text=code == 38)
        return self._coloured(code)

    def _coloured(self, code: int) -> Style:
        for first, add in ((30, 0), (40, 0), (90, 8), (100, 8)):
            if first <= code < first + 8:
                return self._in(code - first + add, of_text=first in (30, 90))
        return self._in(None, of_text=code == 39) if code in (39, 49) else self

    def _in(self, colour: int | None, *, of_text: bool) -> Style:
        return self._replace(colour=colour) if of_text else self._replace(ground=colour)


PLAIN = Style()


@lru_cache(maxsize=1024)
def _after(style: Style, parameters: str) -> Style:
    """What an output says it says often."""
    codes = _codes(parameters)
    for code in codes:
        style = style._after(code, codes)
    return style


def _codes(parameters: str) -> Iterator[int]:
    """The numbers of a sequence; of a colour written with colons, as xterm allows, in the usual order."""
    for part in (parameters or "0").split(";"):
        fields = [int(each) if each.isdigit() and len(each) < 6 else 0 for each in part.split(":")]
        if len(fields) > 5 and fields[:2] in ([38, 2], [48, 2]):
            del fields[2]  # the space of colours
        if fields[0] == 4 and len(fields) > 1:  # kinds of underlines
            fields = [4 if fields[1] else 24]
        yield from fields


def _chosen(rest: Iterator[int]) -> int | None:
    """The colour behind 38 or 48: one of 256, or red, green and blue."""
    kind = next(rest, None)
    if kind == 5:
        number = next(rest, None)
        return None if number is None else _of_256(number)
    if kind == 2:
        parts = [next(rest, 0) for _ in range(3)]
        return nearest(*(min(part, 255) for part in parts))
    return None


def _of_256(number: int) -> int | None:
    if number < 16:
        return number
    if number < 232:
        cube = number - 16
        return nearest(*(LEVELS[cube // place % 6] for place in (36, 6, 1)))
    return nearest(*(8 + (number - 232) * 10,) * 3) if number < 256 else None


def nearest(red: int, green: int, blue: int) -> int:
    """The colour of the sixteen that is most like it, green counting most, as eyes do."""
    return _nearest(*((part + 8) // 17 for part in (red, green, blue)))


@lru_cache(maxsize=4096)
def _nearest(red: int, green: int, blue: int) -> int:
    """Of a colour with sixteen steps of each part: an output may have a million, and all of these fit."""

    def distance(number: int) -> int:
        r, g, b = PALETTE[number]
        return 3 * (r - red * 17) ** 2 + 6 * (g - green * 17) ** 2 + (b - blue * 17) ** 2

    return min(range(16), key=distance)
