"""Small files: a picture with a palette that loses no colour that means something."""

from __future__ import annotations

import io

from PIL import Image, ImageChops

COLOURS = 256
APART = 40
"""Colours that differ by as much, in one of their parts, are not the same: each has a place, however rare."""
UNSEEN, FEW = 32, 10
"""Pixels that differ by less, of 255, are the same; and there may be so many others."""
Colour = tuple[int, ...]


def small(png: bytes) -> bytes:
    """The same picture, with the nearest of the chosen colours."""
    with Image.open(io.BytesIO(png)) as image:
        whole = image.convert("RGB")
    counted = whole.getcolors(whole.width * whole.height) or []
    often: list[Colour] = [colour for _, colour in sorted(counted, reverse=True)]  # type: ignore[misc]
    palette = Image.new("P", (1, 1))
    palette.putpalette([value for colour in _chosen(often) for value in colour])
    out = io.BytesIO()
    whole.quantize(palette=palette, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def look_alike(one: bytes, other: bytes) -> bool:
    """Whether no eye sees a difference: a browser does not smooth its letters the same way each time."""
    with Image.open(io.BytesIO(one)) as first, Image.open(io.BytesIO(other)) as second:
        if first.size != second.size:
            return False
        difference = ImageChops.difference(first.convert("RGB"), second.convert("RGB")).convert("L")
    return sum(difference.histogram()[UNSEEN:]) <= FEW


def _chosen(often: list[Colour]) -> list[Colour]:
    """First those that stand apart, then those that cover most."""
    chosen: list[Colour] = []
    for colour in often:
        if all(_distance(colour, other) >= APART for other in chosen):
            chosen.append(colour)
    rest = [colour for colour in often if colour not in set(chosen)]
    return (chosen + rest)[:COLOURS]


def _distance(one: Colour, other: Colour) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))
