"""What a page shows of an output, part by part: nothing twice, nothing lost, wherever a part ends."""

from __future__ import annotations

from itertools import pairwise

import pytest

from jobs_api.dashboard.output import kept, streaming
from jobs_api.dashboard.output.streaming import stream
from jobs_api.runs.output import Output

TEXT = "one\n\x1b[31mröd\nstill red\x1b[0m\n10 %\r99 %\rdone\nlast"


def parts_of(data: bytes, limit: int = 1000):
    output = Output(limit)
    output.write(data)
    return output.parts()


def whole(found) -> str:
    return "".join(block.html for block in found.blocks) + found.open


@pytest.mark.parametrize("step", [1, 2, 3, 7, 100])
def test_parts_of_any_length_make_the_same_as_the_whole(step):
    data = TEXT.encode()
    ends = [*range(0, len(data), step), len(data)]
    shown, at, style, last = "", 0, "", ""
    for _, end in pairwise(ends):
        news = stream(parts_of(data[:end]), at, style, complete=end == len(data))
        shown += "".join(block.html for block in news.blocks)
        at, style, last = news.next, news.style, news.open
    assert shown + last == whole(stream(parts_of(data)))
    assert shown + last == ('one\n<span class="a1">röd</span>\n<span class="a1">still red</span>\ndone\nlast')


def test_a_letter_or_a_colour_that_is_half_there_waits_for_its_other_half():
    assert stream(parts_of("aö".encode()[:-1]), complete=False).open == "a"
    assert stream(parts_of(b"a\x1b[3"), complete=False).open == "a"
    assert stream(parts_of(b"50 %\r"), complete=False).open == "50 %"
    assert stream(parts_of("aö".encode()[:-1]), complete=True).open == "a�"


def test_where_bytes_were_not_kept_there_is_a_gap_that_no_output_can_feign():
    data = b"head\n" + b"x" * 50 + "ö\ntail\n".encode()
    found = stream(parts_of(data, 16))
    assert [(block.html, block.gap) for block in found.blocks] == [("head\nxxx\n", 0), ("ö\ntail\n", 47)]
    assert found.size == len(data)
    feigned = stream(parts_of(b"\n[... 9 bytes left out ...]\n"))
    assert [block.gap for block in feigned.blocks] == [0]


def test_a_gap_cuts_no_letter():
    found = kept.since(parts_of("ääääääääää".encode(), 10), 0)
    assert found.texts() == ("ää", "ää")


def test_a_part_from_the_gap_begins_behind_it():
    output = Output(8)
    output.write(b"abcd" + b"x" * 20)
    first = stream(output.parts(), complete=False)
    output.write(b"\nyz")
    again = stream(output.parts(), first.next, first.style, complete=False)
    assert sum(block.gap for block in again.blocks) == 3
    assert whole(again) == "x\nyz"


def test_one_that_has_seen_all_gets_only_the_open_line():
    found = stream(parts_of(b"one\ntwo"), 4, complete=False)
    assert ([block.html for block in found.blocks], found.open, found.next) == ([""], "two", 4)
    beyond = stream(parts_of(b"one\n"), 10**15 - 1)
    assert (whole(beyond), beyond.next) == ("", 4)


def test_a_page_is_bounded(monkeypatch):
    monkeypatch.setattr(streaming, "MOST_LINES", 10)
    found = stream(parts_of(b"x\n" * 25))
    assert (found.blocks[0].html, found.blocks[0].dropped) == ("x\n" * 10, 15)
    monkeypatch.setattr(streaming, "MOST", 7)
    found = stream(parts_of(b"x\n" * 25))
    assert (found.blocks[0].html, found.blocks[0].dropped) == ("x\n" * 3, 22)


def test_an_open_line_is_bounded_until_it_ends():
    long = b"x" * (streaming.OPEN + 5)
    assert len(stream(parts_of(long, 10**6), complete=False).open) == streaming.OPEN + 1
    assert stream(parts_of(long, 10**6), complete=True).open == long.decode()


def test_bytes_that_are_no_text_are_shown_and_no_error():
    assert whole(stream(parts_of(b"\xff\xfe\x00ok"))) == "��\\x00ok"
    assert stream(parts_of(b"")).empty
