"""Output as a terminal would show it: colours, lines that were written over, nothing that controls a page."""

from __future__ import annotations

import pytest

from jobs_api.dashboard.output import markup, terminal
from jobs_api.dashboard.output.styles import PALETTE, PLAIN, Style, nearest


def shown(text: str) -> str:
    return markup.html(terminal.lines(text)[0])


@pytest.mark.parametrize(
    ("written", "classes"),
    [
        ("\x1b[31m", "a1"),
        ("\x1b[91;1m", "a9 tb"),
        ("\x1b[97;44m", "a15 g4"),
        ("\x1b[38;5;9m", "a9"),
        ("\x1b[38;5;196m", "a9"),  # of the cube
        ("\x1b[38;5;240m", "a8"),  # of the greys
        ("\x1b[48;2;200;10;10m", "g1"),
        ("\x1b[38:2::0:205:0m", "a2"),  # with colons, and a space of colours
        ("\x1b[4:3m", "tu"),
        ("\x1b[7;9;3;2m", "td ti tr ts"),
        ("\x9b32m", "a2"),
    ],
)
def test_colours_become_the_nearest_of_sixteen_and_are_classes(written, classes):
    assert shown(f"{written}x\x1b[0m y") == f'<span class="{classes}">x</span> y'


@pytest.mark.parametrize(
    "odd", ["", "38", "38;5", "38;5;999", "38;2;1", "38;7;1", "999999999999999999", ";;;;", "58;5;1", "4:"]
)
def test_odd_parameters_are_no_error_and_change_nothing_that_lasts(odd):
    assert shown(f"\x1b[{odd}m\x1b[0mx") == "x"


def test_what_a_style_writes_it_reads_and_anything_else_is_plain():
    for style in (PLAIN, Style(1), Style(None, 15), Style(3, 4, frozenset("bu"))):
        assert Style.read(style.written()) == style
    for text in ("99.99.b", '"><script>', "1.2", "1.2.x" * 50, "1.2.b\n"):
        assert Style.read(text).classes in ("", "tb")


def test_each_of_the_sixteen_is_nearest_to_itself():
    assert [nearest(*colour) for colour in PALETTE] == list(range(16))


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("a\r\nb\r\n", "a\nb\n"),
        ("10 %\r20 %\r100 %", "100 %"),
        ("abcdef\rXY", "XYcdef"),
        ("abc\b\bX", "aXc"),
        ("\b\bx", "x"),
        ("long line\r\x1b[Kend", "end"),
        ("long line\x1b[2K\rend", "end"),
        ("\r" * 5000 + "x", "x"),
        ("a\x1b[2Ab\x1b[10;20Hc", "abc"),
        ("\x1b]0;title\x07x\x1b]8;;http://e.example\x1b\\link\x1b]8;;\x1b\\", "xlink"),
        ("\x1bPqsixel\x1b\\x\x1b(Bz", "xz"),
        ("a\x00b\x07c\u202ed", "a\\x00b\\x07c\\u202ed"),
        ("\x1b]never ends", ""),
        ("tab\tstays", "tab\tstays"),
    ],
)
def test_movements_are_followed_and_other_sequences_dropped(written, left):
    assert shown(written) == left


def test_colours_of_a_line_that_was_written_over_are_those_of_what_stands_there():
    assert shown("\x1b[31mred\x1b[0m\r\x1b[32mg") == '<span class="a2">g</span><span class="a1">ed</span>'
    assert shown("\x1b[33ma\rb\nc") == '<span class="a3">b</span>\n<span class="a3">c</span>'


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "\x1b[31m<img src=x onerror=alert(1)>\x1b[0m",
        '\x1b]8;;javascript:alert(1)\x07"onmouseover="alert(1)',
        "12:00:00 <b>",
        "<\rscript>",
        "</pre><\b<script>",
    ],
)
def test_no_output_becomes_markup(evil):
    html = shown(evil)
    bare = html.replace('<span class="a1">', "").replace('<span class="time">', "").replace("</span>", "")
    assert "<" not in bare
    assert '"' not in bare


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-26 08:35:36,123 ",
        "2026-11-26T08:35:36.5Z ",
        "2026-11-26T08:35:36+01:00 ",
        "08:35:36 ",
        "[08:35:36] ",
    ],
)
def test_a_time_at_the_beginning_of_a_line_can_be_hidden(time):
    html = shown(f"{time}INFO said\nno time 08:35:36")
    assert html == f'<span class="time">{time}</span>INFO said\nno time 08:35:36'
    assert markup.has_times(html)


@pytest.mark.parametrize("text", ["08:35 soon", "1:2:3 x", "99:99:99 x", "08:35:36x", "2026-11-26"])
def test_what_only_looks_like_a_time_is_text(text):
    assert not markup.has_times(shown(text))
