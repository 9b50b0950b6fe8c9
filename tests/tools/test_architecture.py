"""docs/architecture.md shows the rooms as they are, and about their size."""

import re

import pytest

from tools import architecture

PAGE = architecture.PAGE.read_text()


def test_the_drawing_shows_the_real_imports():
    assert architecture.drawing() in PAGE, "`make architecture` draws it anew."


def test_every_room_has_a_line():
    rooms = {room for floor in architecture.floors() for room in floor}
    table = "\n".join(line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `"))
    assert rooms <= set(re.findall(r"`([a-z_]+)`", table))


def test_the_sizes_are_about_those_that_are_told():
    """Not to the line: each commit would have to change the page."""
    quoted = re.search(r"<!-- counts -->\n(.*?)\n<!-- /counts -->", PAGE, re.DOTALL)
    assert quoted
    numbers = [[int(found.replace(",", "")) for found in re.findall(r"\b[\d,]+\b", text)] for text in
               (quoted[1], "\n".join(architecture.counts().lines()))]  # fmt: skip
    assert numbers[0] == pytest.approx(numbers[1], rel=0.15, abs=3), "`make architecture` counts again."


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:\w+/)+\w+\.py)`", PAGE))))
def test_every_file_that_is_named_is_there(path):
    assert (architecture.ROOT / path).exists() or (architecture.PACKAGE / path).exists()


def test_an_arrow_that_a_longer_way_replaces_is_left_out():
    assert architecture.shortest({("a", "b"), ("b", "c"), ("a", "c")}) == {("a", "b"), ("b", "c")}
