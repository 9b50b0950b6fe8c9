"""How much of a run's output is kept, and how a reader follows it by offset."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs_api.conf import config
from jobs_api.runs.output import Output, rest
from jobs_api.runs.run_stream import RunStream

LIMIT = 20
CHUNKS = st.lists(st.binary(max_size=30), max_size=12)


def filled(*chunks: bytes, limit: int = LIMIT) -> Output:
    output = Output(limit)
    for chunk in chunks:
        output.write(chunk)
    return output


def mark(left_out: int) -> bytes:
    return f"\n[... {left_out} bytes left out ...]\n".encode()


def test_256_kib_of_a_run_are_kept():
    output = filled(b"x" * 1_000_000, limit=config().output_bytes)
    head, tail, size = output.parts()
    assert (len(head), len(tail), size) == (128 * 1024, 128 * 1024, 1_000_000)


@pytest.mark.parametrize("length", [0, 1, LIMIT // 2, LIMIT // 2 + 1, LIMIT])
def test_output_up_to_the_limit_is_kept_whole_and_without_a_mark(length):
    text = bytes(range(65, 65 + length))
    assert rest(filled(text).parts(), 0) == text


def test_of_more_the_first_and_last_parts_are_kept_with_a_mark_between():
    output = filled(b"first-part", b"in the middle", b"last--part")
    assert rest(output.parts(), 0) == b"first-part" + mark(13) + b"last--part"
    assert output.size == 33


def test_memory_stays_bounded_however_much_is_written():
    output = Output(LIMIT)
    for _ in range(1000):
        output.write(b"0123456789")
    assert len(output._head) + len(output._tail) <= 2 * LIMIT
    assert output.parts() == (b"0123456789", b"0123456789", 10_000)


@given(CHUNKS)
def test_what_is_kept_depends_on_the_bytes_and_not_on_how_they_came(chunks):
    assert filled(*chunks).parts() == filled(b"".join(chunks)).parts()


@given(CHUNKS, st.integers(0, 400))
def test_the_rest_from_an_offset_is_the_stream_from_there_with_what_was_left_out_marked(chunks, offset):
    stream = b"".join(chunks)
    half, size = LIMIT // 2, len(stream)
    cut = (half, max(half, size - half))  # from, until: not kept
    left_out = cut[1] - max(cut[0], offset)
    expected = stream[offset:]
    if left_out > 0:
        expected = stream[offset : cut[0]] + mark(left_out) + stream[cut[1] :]
    assert rest(filled(stream).parts(), offset) == expected


@given(CHUNKS, st.data())
def test_a_follower_gets_every_kept_byte_once(chunks, data):
    """It asks from the length that the last answer named; between two answers anything may be written."""
    output, offset, parts = Output(LIMIT), 0, []
    for chunk in chunks:
        output.write(chunk)
        if data.draw(st.booleans()):
            kept = output.parts()
            parts.append((offset, rest(kept, offset)))
            offset = kept[2]
    parts.append((offset, rest(output.parts(), offset)))
    stream = b"".join(chunks)
    ends = [start for start, _ in parts[1:]] + [len(stream)]
    for (start, got), end in zip(parts, ends, strict=True):
        piece = stream[start:end]
        assert got == piece or _is_marked(got, piece, end), (start, end)


def _is_marked(got: bytes, piece: bytes, end: int) -> bool:
    """Whether `got` is `piece` but for its middle, and nothing else of the last half of a stream to `end`."""
    before, _, after = got.partition(b"\n[... ")
    number, _, after = after.partition(b" bytes left out ...]\n")
    whole = len(before) + int(number) + len(after) == len(piece)
    return whole and piece.startswith(before) and piece.endswith(after) and len(after) == LIMIT // 2


@pytest.mark.parametrize("offset", range(8))
def test_a_character_cut_by_a_bound_or_an_offset_loses_none_of_its_bytes(offset):
    text = "aé€😀".encode()  # 1, 2, 3 and 4 bytes
    output = filled(text, limit=2 * len(text))
    first = rest((output.parts()[0][:offset], b"", offset), 0)
    assert (first + rest(output.parts(), offset)).decode() == "aé€😀"


def test_characters_cut_by_the_bounds_are_shown_as_such():
    output = filled("€€€€€€€€€€".encode())  # 30 bytes; kept are 10 and 10
    assert rest(output.parts(), 0).decode("utf-8", "replace") == (
        "€€€\ufffd\n[... 10 bytes left out ...]\n\ufffd€€€"
    )


@pytest.mark.parametrize(
    ("text", "stored"),
    [("ä€😀", "ä€😀".encode()), ("a\ud800b", rb"a\ud800b"), ("a\x00b", b"a\x00b"), ("\r\n", b"\r\n")],
)
def test_any_text_can_be_written(text, stored):
    output = Output(LIMIT)
    assert RunStream(output).write(text) == len(text)
    assert output.parts()[0] == stored


@pytest.mark.parametrize("data", [b"raw\xff", bytearray(b"raw\xff"), memoryview(b"raw\xff")])
def test_any_bytes_can_be_written_to_the_buffer(data):
    output = Output(LIMIT)
    assert RunStream(output).buffer.write(data) == 4
    assert output.parts()[0] == b"raw\xff"


def test_the_size_counts_every_byte():
    output, sizes = Output(LIMIT), []
    for length in (3, 0, 40, 7):
        output.write(b"x" * length)
        sizes.append(output.size)
    assert sizes == list(accumulate((3, 0, 40, 7)))
