"""Tables: they fit a terminal, are complete everywhere else, and say in which zone their times are."""

import io
import json
import re
import sys
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from jobs_api.management.screen import Screen
from jobs_api.management.tables import Table, moment, plain
from jobs_api.runs import job_state
from tests.conftest import NOON, stored_run

LONG = "reports_of_the_third_quarter_" * 3 + "_for_berlin"
"""A name of nearly a hundred characters, of which the end tells it from others."""
WIDE = "日本語の顧客レポート" * 10
MARKED = "e\u0301" * 60
"""Letters with accents of no width."""


def width(text):
    """What a terminal needs for it, by Unicode alone."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) != 0 for letter in text)


def lines(headings, rows, columns=None, encoding="utf-8", drop=()):
    return list(map(plain, Table.of(headings, rows, drop).lines(columns, encoding)))


# -- in a file or a pipe ----------------------------------------------------------------------


def test_columns_are_as_wide_as_they_need_to_be():
    assert lines(("job", "n"), [("a", None), ("much longer", 12), ("", NOON)]) == [
        "job          n",
        "a            -",
        "much longer  12",
        "-            2026-11-20 12:00:00+00:00",
    ]


def test_a_cell_keeps_to_its_line():
    assert lines(("error", "n"), [("one\ntwo\n\tthree", 1)])[1:] == ["one two three  1"]


@pytest.mark.parametrize("text", [LONG, WIDE, MARKED, "x" * 5000])
def test_nothing_is_left_out_where_there_is_no_terminal(text):
    _, row = lines(("job", "error", "note"), [(text, text, text)])
    assert row.split() == [text] * 3


def test_columns_stay_in_line_below_letters_of_two_columns_and_of_none():
    shown = lines(("job", "n"), [("日本", 1), ("e\u0301\u0301", 2), ("plain", 3)])
    assert [width(line) for line in shown] == [8, 8, 8, 8]


# -- on a terminal ----------------------------------------------------------------------------

TEXTS = {"short": "nightly", "long": LONG, "wide": WIDE, "accents": MARKED, "a sentence": "It failed. " * 30}


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("columns", [20, 60, 80, 200])
@pytest.mark.parametrize("case", TEXTS)
def test_no_line_is_wider_than_the_terminal(case, columns, encoding):
    headings = ("run", "job", "started", "state", "error", "holder", "note")
    rows = [(10**12, TEXTS[case], NOON, "failed timeout", TEXTS[case], TEXTS[case], None)] * 2
    shown = lines(headings, rows, columns, encoding, drop=("holder",))
    assert max(map(width, shown)) <= columns
    assert len(shown) == 4
    assert all(line.startswith("1000000000000") for line in shown[1:3])  # what a person types is whole
    "".join(shown).encode(encoding)


def test_a_table_that_fits_is_left_as_it_is():
    assert lines(("job", "n", "note"), [("a", 1, None)], 80) == ["job  n  note", "a    1  -"]


def test_what_is_least_important_goes_first_and_the_reader_is_told():
    rows = [("nightly", "0 3 * * *", "Europe/Berlin", "ok")]
    shown = lines(("job", "schedule", "timezone", "health"), rows, 33, drop=("timezone", "schedule"))
    assert shown == ["job      schedule   health", "nightly  0 3 * * *  ok", "Left out: timezone."]


def test_columns_without_anything_in_them_go_before_all_others_and_nobody_misses_them():
    rows = [("nightly", None, "Europe/Berlin", "", "ok")]
    shown = lines(("job", "note", "timezone", "comment", "health"), rows, 33, drop=("timezone",))
    assert shown == ["job      timezone       health", "nightly  Europe/Berlin  ok"]


def test_a_name_is_shortened_in_its_middle_and_a_sentence_at_its_end():
    row = lines(("run", "job", "error"), [(7, LONG, "No such order. " * 20)], 60)[1]
    _, job, error = row.split(maxsplit=2)
    assert (job[:8], job[-8:]) == (LONG[:8], LONG[-8:])
    assert "…" in job
    assert error.startswith("No such order. ")
    assert error.endswith("…")


def test_a_terminal_of_few_letters_gets_a_mark_that_it_has():
    row = lines(("job", "n"), [("ż" * 30, 1)], 30, "ascii")[1]
    assert row.startswith(r"\u017c")
    assert "..." in row
    assert len(row) <= 30


@pytest.mark.parametrize(
    ("text", "columns"), [(text, columns) for text in ("", "a", LONG, WIDE) for columns in (20, 21, 22, 40)]
)
def test_a_single_column_fits_too(text, columns):
    assert max(map(width, lines(("job",), [(text,)], columns))) <= columns


# -- the zone ---------------------------------------------------------------------------------


def test_all_times_are_in_one_zone_that_is_named_once(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    tokyo = NOON.astimezone(timezone.get_fixed_timezone(9 * 60))
    shown = lines(("job", "next", "last"), [("a", tokyo, NOON), ("b", NOON, None)], 80)
    assert shown == [
        "job  next              last",
        "a    2026-11-20 13:00  2026-11-20 13:00",
        "b    2026-11-20 13:00  -",
        "Times in Europe/Berlin.",
    ]
    assert lines(("job", "next"), [("a", tokyo)])[1] == "a    2026-11-20 13:00:00+01:00"
    assert moment(tokyo) == "2026-11-20 13:00:00+01:00"


def test_seconds_are_shown_where_a_time_has_any():
    rows = [(NOON,), (NOON + timedelta(seconds=5),)]
    assert lines(("at",), rows, 80)[1:3] == ["2026-11-20 12:00:00", "2026-11-20 12:00:05"]


def test_an_hour_that_occurs_twice_is_shown_with_its_offset(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    shown = lines(("at",), [(first + timedelta(hours=hours),) for hours in range(-1, 3)], 80)
    assert shown[1:5] == [
        "2026-10-25 01:30",
        "2026-10-25 02:30+02:00",
        "2026-10-25 02:30+01:00",
        "2026-10-25 03:30",
    ]


# -- colours ----------------------------------------------------------------------------------


class Terminal(io.StringIO):
    """Somewhere a person looks."""

    encoding = "utf-8"

    def isatty(self):
        return True


ROWS = [("failed", "[red]\x1b[31mboom[/red] [link=http://x]here[/link]")]


def printed(stream, **options):
    Screen(stream).table(Table.of(("state", "error"), ROWS), **options)
    return stream.getvalue()


@pytest.fixture
def environ(monkeypatch):
    """No wish of the environment of these tests."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "DJANGO_COLORS", "COLORTERM", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return monkeypatch.setenv


COLOURS = {
    "a terminal": (Terminal, {}, None, True),
    "a pipe": (io.StringIO, {}, None, False),
    "NO_COLOR": (Terminal, {"NO_COLOR": "1"}, None, False),
    "an empty NO_COLOR": (Terminal, {"NO_COLOR": ""}, None, True),
    "FORCE_COLOR": (io.StringIO, {"FORCE_COLOR": "1"}, None, True),
    "both": (io.StringIO, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, None, False),
    "a dumb terminal": (Terminal, {"TERM": "dumb"}, None, False),
    "a dumb one with FORCE_COLOR": (Terminal, {"TERM": "dumb", "FORCE_COLOR": "1"}, None, False),
    "DJANGO_COLORS": (Terminal, {"DJANGO_COLORS": "nocolor"}, None, False),
    "--no-color": (Terminal, {"FORCE_COLOR": "1"}, False, False),
    "--force-color": (io.StringIO, {"NO_COLOR": "1", "TERM": "dumb"}, True, True),
}


@pytest.mark.parametrize("case", COLOURS)
def test_it_is_coloured_where_a_terminal_allows(environ, case):
    stream, variables, wish, coloured = COLOURS[case]
    for name, value in variables.items():
        environ(name, value)
    assert ("\x1b[" in printed(stream(), colour=wish)) == coloured


@pytest.mark.parametrize("colour", [True, False])
def test_text_of_others_neither_colours_nor_moves(colour):
    shown = printed(Terminal(), colour=colour)
    assert r"[red]\x1b[31mboom[/red] [link=http://x]here[/link]" in shown
    assert "\x1b[31m" not in shown
    assert "\x1b]8" not in shown


def test_a_line_in_a_file_is_printed_without_what_colours(environ, monkeypatch):
    monkeypatch.setitem(sys.modules, "rich", None)  # its import would raise
    assert printed(io.StringIO()).startswith("state   error\n")


# -- the commands -----------------------------------------------------------------------------


@pytest.fixture
def wide_host(declare, settings):
    """Jobs and runs with texts as long as they may be."""
    settings.TIME_ZONE = "Europe/Berlin"
    job, other = declare(LONG[:100], timezone="America/Argentina/ComodRivadavia"), declare("b" * 100)
    job_state.know_all(at=NOON.replace(year=2020))
    texts = {"source": WIDE[:100], "actor": MARKED[:100], "comment": LONG * 9, "note": WIDE, "holder": LONG}
    run = stored_run(job, state="failed", reason="timeout", error="Too long. " * 99, **texts)
    stored_run(other, NOON - timedelta(days=1), **texts)
    return {"RUN": str(run.pk), "JOB": job.name}


LISTS = ("jobs_list", "jobs_list JOB", "jobs_list --state=failed", "jobs_run_due --dry-run")


@pytest.mark.django_db
@pytest.mark.parametrize("columns", [60, 80, 200])
@pytest.mark.parametrize("line", LISTS)
def test_what_a_command_prints_on_a_terminal_fits_it(wide_host, environ, line, columns):
    environ("COLUMNS", str(columns))
    environ("NO_COLOR", "1")
    screen = Terminal()
    call_command(*(wide_host.get(word, word) for word in line.split()), stdout=screen, stderr=io.StringIO())
    *rows, note = screen.getvalue().splitlines()
    assert max(map(width, [*rows, note])) <= columns
    assert note.startswith(("Times in Europe/Berlin.", "Left out: "))
    assert note.startswith("Times") == any(re.search(r"20\d\d-\d\d-\d\d", row) for row in rows)
    assert len(rows) > 1


@pytest.mark.django_db
@pytest.mark.parametrize("wish", [[], ["--force-color"]])
def test_json_is_never_coloured_nor_shortened(wide_host, environ, wish):
    environ("FORCE_COLOR", "1")
    environ("COLUMNS", "40")
    screen = Terminal()
    call_command("jobs_list", "--json", *wish, stdout=screen, stderr=io.StringIO())
    assert "\x1b" not in screen.getvalue()
    assert wide_host["JOB"] in [line["job"] for line in json.loads(screen.getvalue())]
