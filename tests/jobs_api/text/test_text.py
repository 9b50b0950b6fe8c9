"""Text of callers and commands is shown so that all of it is seen and none of it acts."""

import logging
import sys
import unicodedata
from pathlib import Path

import pytest

import jobs_api
from jobs_api import text
from jobs_api.text import loggers
from tests.jobs_api.nasty import NASTY, NOT_STORED, SOUP, unseen

ALL = {**NASTY, **NOT_STORED}


@pytest.mark.parametrize("case", ALL)
def test_what_a_terminal_would_obey_or_hide_is_spelled_out(case):
    written, shown = ALL[case]
    assert text.visible(written) == shown
    assert text.visible(shown) == shown  # a table that was made visible may pass again


def test_no_character_of_unicode_is_left_that_nobody_sees():
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    assert unseen(text.visible(every)) == []


def test_what_is_seen_stays_as_it_is():
    seen = [
        char
        for char in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(char)[0] in "LNPS" or unicodedata.category(char) == "Zs"
    ]
    changed = [char for char in seen if text.visible(char) != char]
    assert changed == [*"\u115f\u1160\u3164\uffa0"]
    assert (
        text.visible("a\n\tb \xa0\u3000 Zürich 東京 C:\\new 👍") == "a\n\tb \xa0\u3000 Zürich 東京 C:\\new 👍"
    )


def test_a_sentence_keeps_to_one_line_and_a_log_line_too():
    assert text.one_line("a\n\tb  c\x85d\u2028e") == r"a b c\x85d\u2028e"
    assert text.unbroken("a\n2026-11-20 INFO all well") == r"a\n2026-11-20 INFO all well"


def test_output_loses_its_colours_and_nothing_else():
    assert text.colourless("\x1b[1;31mred\x1b[m \x9b38:5:1mtoo\r\nnext") == "red too\nnext"
    assert text.colourless("\x1b[2J10%\r20%") == r"\x1b[2J10%\x0d20%"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "cp1252"])
def test_a_terminal_of_any_encoding_gets_what_it_can_write(encoding):
    for written, _ in ALL.values():
        text.encodable(text.visible(written + "Zürich 東京"), encoding).encode(encoding)


# -- logs -------------------------------------------------------------------------------------


@pytest.fixture
def written(caplog):
    """``written()`` is what a handler with an everyday format has written."""
    formatter = logging.Formatter("%(levelname)s %(message)s")
    return lambda: [formatter.format(record) for record in caplog.records]


@pytest.mark.parametrize("case", ALL)
def test_what_a_log_line_quotes_is_seen(written, case):
    quoted, shown = ALL[case]
    loggers.logger("jobs_api.test").warning("It said %s, %d times, %s.", quoted, 3, ValueError(quoted))
    loggers.logger("jobs_api.test").warning("It said %(what)s.", {"what": quoted})
    assert written() == [f"WARNING It said {shown}, 3 times, {shown}.", f"WARNING It said {shown}."]


def test_nothing_that_is_quoted_begins_a_line_of_the_log(written):
    loggers.logger("jobs_api.test").warning("It said %s.", "x\nERROR jobs_api: all is lost")
    assert written() == [r"WARNING It said x\nERROR jobs_api: all is lost."]


def test_a_traceback_is_seen_too(written):
    try:
        raise ValueError(SOUP)
    except ValueError:
        loggers.logger("jobs_api.test").exception("It broke.")
    (line,) = written()
    assert unseen(line) == []
    assert line.startswith("ERROR It broke.\nTraceback (most recent call last):\n")
    assert r"\u202egnp.exe" in line


def test_a_traceback_without_anything_to_hide_is_left_to_the_hosts_formatter(caplog):
    try:
        raise ValueError("plain")
    except ValueError:
        loggers.logger("jobs_api.test").exception("It broke.")
    assert caplog.records[0].exc_text is None or "plain" in caplog.records[0].exc_text


def test_every_logger_of_ours_is_made_so():
    sources = {path: path.read_text() for path in Path(jobs_api.__file__).parent.rglob("*.py")}
    others = [path.name for path, source in sources.items() if "getLogger(" in source]
    assert others == ["loggers.py"]
