"""Output that was written to keep the server busy takes time that grows with its length, no faster."""

from __future__ import annotations

import time

import pytest

from jobs_api.dashboard.output import frames, streaming, traceback
from jobs_api.dashboard.output.streaming import stream
from jobs_api.dashboard.output.styles import PALETTE, PLAIN, nearest
from jobs_api.dashboard.run_page import troubles
from jobs_api.models import JobAttempt
from jobs_api.monitoring.run_report import AttemptReport

KEPT = 256 * 1024
SECONDS = 3.0
"""Of the processor. Each takes a twentieth of a second; where time grew with the square, it took 5 to 500."""
HEAD = f"{traceback.HEADER}\n"
FILE = '  File "{}", line 1, in work\n'


def took(act) -> float:
    begun = time.thread_time()
    act()
    return time.thread_time() - begun


OUTPUTS = {
    "erased from the left again and again": "\r" + "x" * 130_000 + "\x1b[1K" * 32_000,
    "erased as a whole again and again": "\r" + "x" * 130_000 + "\x1b[2Kx" * 26_000,
    "one step back and erased": "x" * 200_000 + "\b\x1b[1K" * 10_000,
    "sequences that never end": "\x1b[" + "0" * 100_000 + "\x1b]" * 40_000 + "\x9b" * 30_000,
    "colours that are all different": "".join(f"\x1b[38;2;{i % 256};{i // 256};7mx" for i in range(15_000)),
    "one sequence of all parameters": "\x1b[" + "38;5;9;" * 37_000 + "m",
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_no_output_takes_long(name):
    data = OUTPUTS[name].encode()[: KEPT - 1] + b"\n"
    assert took(lambda: stream((b"", data, len(data)))) < SECONDS
    assert took(lambda: stream((b"", data[:-1], len(data) - 1), complete=False)) < SECONDS


TRACEBACKS = {
    "empty lines before a message without an end": f"{HEAD}{traceback.CAUSE}\n"
    + "\n" * 60_000
    + "x\n" * 30_000,
    "nothing but empty lines": f"{HEAD}{traceback.CAUSE}\n" + "\n" * 120_000 + "x",
    "frames in files that are all different": HEAD
    + "".join(FILE.format(f"/srv/{i}/a.py") for i in range(3_500))
    + "E: x",
    "rules and margins": HEAD + "+-+-\n" * 10_000 + "  | " * 10_000 + "  + Exception Group " + HEAD,
    "heads": HEAD * 3_700,
}


@pytest.mark.parametrize("name", TRACEBACKS)
def test_no_traceback_takes_long(name):
    def read() -> None:
        found = traceback.find(TRACEBACKS[name])
        for raised in () if found is None else found.raised:
            frames.shortened(raised.frames)

    assert took(read) < SECONDS


CHAINED = f"\n{traceback.CONTEXT}\n\n"


def trouble_of(output: str) -> troubles.Trouble:
    data = output.encode()
    told = AttemptReport.of(JobAttempt(attempt=1, state="failed", reason="error", error="E: x"))
    return troubles.troubles([told], [1], {1: (data, b"", len(data))})[0]


def test_a_page_shows_some_of_thousands_of_exceptions_and_lines_and_says_how_many_there_are():
    one = HEAD + FILE.format("/srv/a.py") + "    y\n" * 60 + "E: x\n"
    shown = trouble_of(CHAINED.join([one] * 200))
    assert (shown.raised, len(shown.exceptions)) == (200, troubles.MOST_EXCEPTIONS)
    assert len(shown.exceptions[0].frames[0].code) == troubles.MOST_CODE
    assert shown.text.count("E: x") == 200


def test_exceptions_that_are_alike_are_a_chain_and_no_group():
    shown = trouble_of(CHAINED.join([HEAD + FILE.format("/srv/a.py") + "E: x\n"] * 4))
    assert [each.link for each in shown.exceptions] == ["", "context", "context", "context"]


def test_lines_that_are_not_shown_cost_nothing_but_leave_their_colour(monkeypatch):
    monkeypatch.setattr(streaming, "MOST_LINES", 2)
    data = b"\x1b[31mred\nx\ny\nz\n"
    found = stream((b"", data, len(data)))
    assert found.blocks[0].dropped == 2
    assert found.blocks[0].html == '<span class="a1">y</span>\n<span class="a1">z</span>\n'
    assert found.style == "1.."


def test_what_is_erased_from_the_left_is_empty_and_what_comes_after_it_stays():
    def shown(text: str) -> str:
        return stream((b"", text.encode(), len(text))).open

    assert shown("abc\rxy\x1b[1Kz") == "  z"
    assert shown("abcdef\b\x1b[1K\b\b\x1b[1Kq\x1b[1Kw") == "    wf"
    assert shown("abc\x1b[1K\rxy\x1b[1K\rq") == "q"


def test_colours_in_steps_are_those_of_the_sixteen_they_were():
    assert [nearest(*colour) for colour in PALETTE] == list(range(16))
    assert PLAIN.after("38;2;208;12;8").colour == 1
