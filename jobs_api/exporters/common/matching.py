"""Which lines of two long texts are the same, in time that grows with their length.

difflib alone takes half a minute for a thousand jobs in XML, whose lines are alike. Lines that occur once
in each text divide both (a patience diff); difflib compares what lies between, where it is short.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

Lines = Sequence[str]
Pair = tuple[int, int]
SHORT = 40_000
"""So many pairs of lines are compared with each other at most."""


class Opcodes(SequenceMatcher[str]):
    """A matcher of difflib that is told what is the same, and only groups it."""

    def __init__(self, before: Lines, after: Lines) -> None:
        super().__init__(None, [], [])
        self.opcodes = list(_opcodes(list(_pairs(before, after)), len(before), len(after)))


def _opcodes(pairs: list[Pair], before: int, after: int) -> Iterator[tuple[str, int, int, int, int]]:
    """As difflib writes them: equal, replace, delete, insert."""
    i = j = 0
    for first_i, first_j, length in [*_blocks(pairs), (before, after, 0)]:
        if tag := {(1, 1): "replace", (1, 0): "delete", (0, 1): "insert"}.get((i < first_i, j < first_j)):
            yield tag, i, first_i, j, first_j
        if length:
            yield "equal", first_i, first_i + length, first_j, first_j + length
        i, j = first_i + length, first_j + length


def _blocks(pairs: list[Pair]) -> Iterator[tuple[int, int, int]]:
    start = 0
    for place, (i, j) in enumerate(pairs, 1):
        if place == len(pairs) or pairs[place] != (i + 1, j + 1):
            first = pairs[start]
            yield *first, place - start
            start = place


def _pairs(before: Lines, after: Lines) -> Iterator[Pair]:
    """The numbers of equal lines, both ascending."""
    fixed = [(-1, -1), *_anchors(before, after), (len(before), len(after))]
    for (i, j), (next_i, next_j) in pairwise(fixed):
        if i >= 0:
            yield i, j
        yield from _between(before, after, (i + 1, next_i), (j + 1, next_j))


def _anchors(before: Lines, after: Lines) -> list[Pair]:
    """The longest ascending row of lines that occur once in each text."""
    once = {line for line, count in Counter(before).items() if count == 1}
    once &= {line for line, count in Counter(after).items() if count == 1}
    places = {line: j for j, line in enumerate(after) if line in once}
    return _ascending([(i, places[line]) for i, line in enumerate(before) if line in once])


def _ascending(pairs: list[Pair]) -> list[Pair]:
    """The longest row of pairs whose second numbers ascend, too."""
    ends: list[int] = []
    rows: list[tuple[Pair, int]] = []
    tops: list[int] = []
    for pair in pairs:
        length = bisect_left(ends, pair[1])
        rows.append((pair, tops[length - 1] if length else -1))
        ends[length : length + 1] = [pair[1]]
        tops[length : length + 1] = [len(rows) - 1]
    found, place = [], tops[-1] if tops else -1
    while place >= 0:
        pair, place = rows[place]
        found.append(pair)
    return found[::-1]


def _between(before: Lines, after: Lines, span: Pair, other: Pair) -> Iterator[Pair]:
    (i, end_i), (j, end_j) = span, other
    while i < end_i and j < end_j and before[i] == after[j]:
        yield i, j
        i, j = i + 1, j + 1
    same = 0
    while same < min(end_i - i, end_j - j) and before[end_i - 1 - same] == after[end_j - 1 - same]:
        same += 1
    end_i, end_j = end_i - same, end_j - same
    if 0 < (end_i - i) * (end_j - j) <= SHORT:
        for block in SequenceMatcher(
            None, before[i:end_i], after[j:end_j], autojunk=False
        ).get_matching_blocks():
            yield from ((i + block.a + n, j + block.b + n) for n in range(block.size))
    yield from ((end_i + n, end_j + n) for n in range(same))
