"""The lines that two texts share: never a wrong one, and found in a time that grows with their length."""

from __future__ import annotations

from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as some

from jobs_api.exporters.common import matching
from jobs_api.exporters.common.difference import MOST, difference
from jobs_api.exporters.common.matching import Opcodes

LINES = some.lists(some.sampled_from("abcdefgh"), max_size=30)


def applied(before, after):
    """What the opcodes make of the first text."""
    found = []
    for tag, i, end_i, j, end_j in Opcodes(before, after).get_opcodes():
        assert (tag == "equal") == (before[i:end_i] == after[j:end_j])
        found += before[i:end_i] if tag == "equal" else after[j:end_j]
    return found


@given(LINES, LINES)
def test_the_opcodes_lead_from_one_text_to_the_other(before, after):
    assert applied(before, after) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [("", ""), ("", "a"), ("a", ""), ("abc", "abc"), ("abc", "xbc"), ("abcabc", "abc"), ("aab", "aba")],
)
def test_small_texts(before, after):
    assert applied(list(before), list(after)) == list(after)


def test_what_is_long_and_alike_is_not_compared_line_by_line(monkeypatch):
    """In a thousand jobs most lines are alike: difflib must see none of it."""
    seen = []

    class Watched(SequenceMatcher):
        def __init__(self, junk, before, after, autojunk=True):
            seen.append(len(before) * len(after))
            super().__init__(junk, before, after, autojunk)

    monkeypatch.setattr(matching, "SequenceMatcher", Watched)
    before = [line for n in range(5_000) for line in ("<dict>", f"<string>job {n}</string>", "</dict>")]
    after = [line.replace("job 7", "work 7") for line in before]
    assert applied(before, after) == after
    assert sum(seen) < 20 * len(before)


def test_a_long_difference_is_cut():
    lines = difference("a\n" * 2_000, "b\n" * 2_000, "file")
    assert len(lines) == MOST + 1
    assert lines[-1] == f"and {2 * 2_000 + 3 - MOST} more lines"
