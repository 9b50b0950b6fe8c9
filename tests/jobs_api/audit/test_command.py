"""`jobs_audit`: a table for people, an export for programs and spreadsheets."""

from __future__ import annotations

import csv
import io
import json
import sys
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.test import override_settings

from jobs_api.audit import reading
from jobs_api.management import entries
from jobs_api.models import AuditEntry
from tests.databases import ONE_DATABASE
from tests.jobs_api.audit.entries import NOON, at, entry
from tests.jobs_api.management.calling import in_a_shell, manage
from tests.jobs_api.nasty import SOUP, unseen

pytestmark = [pytest.mark.django_db, ONE_DATABASE]


def audit(*words):
    said = manage("jobs_audit", *words)
    assert (said.code, said.err) == (0, "")
    return said


def exported(*words):
    return [json.loads(line) for line in audit("--format", "jsonl", *words).out.splitlines()]


def spreadsheet(*words):
    return list(csv.reader(io.StringIO(audit("--format", "csv", *words).out)))


def one(**fields):
    known = {"actor": "ann", "address": "web-1", "job_name": "nightly", "run": 42, "run_date": NOON}
    return entry(**{**known, "reason": "moving", **fields})


def test_a_table_shows_who_did_what_and_what_came_of_it():
    one()
    one(action="token_create", job_name="", run=None, subject="ci", actor="", result="created", reason="")
    heads, *lines = audit().lines
    assert heads.split() == list(entries.TABLE)
    assert lines == [
        "2026-11-20 12:00:00+00:00 token_create ci - - created - command web-1",
        "2026-11-20 12:00:00+00:00 pause nightly 42 ann paused moving command web-1",
    ]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def on_a_terminal():
    screen = Terminal()
    call_command("jobs_audit", "--no-color", stdout=screen)
    return screen.getvalue().splitlines()


def test_it_fits_eighty_columns_whatever_it_holds(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    one(actor="anna", job_name="generate_crm_report_of_all_shops", reason="why " * 500, result="attempt 3")
    one(action="token_create", result="created")
    lines = on_a_terminal()
    assert max(map(len, lines)) <= 80
    assert [head for head in ("at", "action", "what", "by", "result") if head not in lines[0].split()] == []


def test_the_longest_texts_fit_too(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    one(reason="why " * 500, actor="x" * 100, job_name="y" * 100, subject="z" * 200, result="r" * 200)
    assert max(map(len, on_a_terminal())) <= 80


def test_text_of_others_cannot_control_the_terminal():
    one(reason=SOUP, actor=SOUP[:50], subject=SOUP, job_name=SOUP[:50], result=SOUP[:100], address=SOUP[:50])
    for words in ((), ("--json",), ("--format", "jsonl"), ("--format", "csv")):
        assert unseen(audit(*words).out) == []


def test_fifty_are_shown_newest_first_unless_more_are_wanted():
    for number in range(60):
        entry(subject=f"n{number}", at=at(minutes=number))
    lines = audit().lines
    assert ("n0" in lines[1], len(lines), lines[-1]) == (
        True, 52, "More match: --limit shows more, --format exports all.",
    )  # fmt: skip
    assert len(audit("--limit", "60").lines) == 61
    assert len(audit("--limit", "7", "--json").json()) == 7
    assert len(exported()) == 60
    assert [each["subject"] for each in exported("--limit", "2")] == ["n0", "n1"]


def test_where_nothing_is_there_it_says_so():
    assert audit().out == "No entries.\n"
    entry()
    assert audit("--actor", "nobody").out == "No such entries.\n"
    assert audit("--actor", "nobody", "--json").json() == []
    assert exported("--actor", "nobody") == []
    assert spreadsheet("--actor", "nobody") == [list(entries.MEMBERS)]


FILTERS = {
    ("--action", "resume"): {"action": "resume"},
    ("--actor", "ann"): {"actor": "ann"},
    ("--job", "nightly"): {"job_name": "nightly"},
    ("--run", "7"): {"run": 7},
    ("--origin", "api"): {"origin": "api"},
    ("--since", "2026-11-20T11:59"): {"at": NOON},
    ("--since", "2026-11-20T11:59:00+00:00"): {"at": NOON},
    ("--since", "2026-11-20"): {"at": NOON},
    ("--until", "2026-11-11"): {"at": at(days=10)},
    ("--since", "2026-11-10", "--until", "2026-11-11"): {"at": at(days=10)},
}


@pytest.mark.parametrize("words", FILTERS, ids=" ".join)
def test_each_filter_finds_its_own(words):
    entry(subject="other", at=at(days=1))
    entry(**{"subject": "wanted", "at": at(days=1), **FILTERS[words]})
    assert [each["subject"] for each in exported(*words)] == ["wanted"]
    assert [each["subject"] for each in audit(*words, "--json").json()] == ["wanted"]


def test_a_duration_is_how_long_ago():
    now = datetime.now(UTC)
    for days in (1, 3):
        entry(subject=f"{days}", at=now - timedelta(days=days))
    assert [each["subject"] for each in exported("--since", "2d")] == ["1"]
    assert [each["subject"] for each in exported("--until", "1d12h")] == ["3"]
    assert len(exported("--since", "9" * 30 + "w")) == 2


@override_settings(TIME_ZONE="Europe/Berlin")
def test_times_are_read_and_shown_in_the_zone_of_all_tables():
    one(at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC))
    assert "2026-07-02 00:30:00+02:00" in audit("--since", "2026-07-02").out
    assert spreadsheet("--since", "2026-07-02")[1][1] == "2026-07-02 00:30:00+02:00"
    assert exported("--until", "2026-07-02") == []


WRONG = {
    ("--limit", "0"): "--limit must be at least 1",
    ("--run", "seven"): "--run must be the id of a run, not 'seven'",
    ("--run", "9" * 40): "--run must be the id of a run",
    ("--since", "yesterday"): "`since` must be a time such as",
    ("--until", "soon"): "`until` must be a time such as",
    ("--json", "--format", "csv"): "--json and --format are two ways",
}


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_what_is_wrong_is_named_with_the_remedy(words):
    said = manage("jobs_audit", *words)
    assert (said.code, said.out) == (1, "")
    assert WRONG[words] in said.err


def test_lines_of_json_hold_everything():
    one(details={"until": "later", "deep": [1, None]}, subject="s")
    (found,) = exported()
    assert found == {
        "id": AuditEntry.objects.get().pk,
        "at": "2026-11-20T12:00:00+00:00",
        "action": "pause",
        "actor": "ann",
        "origin": "command",
        "address": "web-1",
        "job": "nightly",
        "run": 42,
        "run_date": "2026-11-20T12:00:00+00:00",
        "subject": "s",
        "reason": "moving",
        "result": "paused",
        "details": {"until": "later", "deep": [1, None]},
    }
    assert audit("--json").json() == [found]


def test_a_spreadsheet_reads_back_what_was_written():
    one(reason='a "quoted", long\nreason; with all', details={"until": "later"})
    heads, cells = spreadsheet()
    assert heads == list(entries.MEMBERS)
    found = dict(zip(heads, cells, strict=True))
    assert found["reason"] == 'a "quoted", long\nreason; with all'
    assert (found["run"], found["subject"], json.loads(found["details"])) == ("42", "", {"until": "later"})


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    " =1",
    '"=1',
    "\n=1",
    "\uff1d1",
    "a;=1",
    'a;"=1',
    "a\n@x",
    "'=1",
]


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_spreadsheet_computes_a_cell_whatever_separator_it_expects(text, separator):
    one(reason=text, actor=text, subject=text)
    for cells in csv.reader(io.StringIO(audit("--format", "csv").out), delimiter=separator):
        for cell in cells:
            assert not cell.lstrip(' "').startswith(("=", "+", "-", "@", "\t", "\uff1d"))


def test_words_are_left_alone():
    words = ("well-known", "a = b", "1-2", "ann@example.com", "x, -y", "it's")
    for text in words:
        one(reason=text)
    assert [cells[10] for cells in spreadsheet()[1:]] == list(reversed(words))


class Counting(io.StringIO):
    """Forgets what it is given, as a file would take it."""

    lines = 0

    def write(self, text):
        self.lines += text.count("\n")
        return len(text)


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_an_export_takes_a_statement_for_each_page_and_no_more_memory(
    django_assert_num_queries, monkeypatch, form
):
    monkeypatch.setattr(reading, "PAGE", 100)
    peaks = []
    for number in (200, 600):
        AuditEntry.objects.bulk_create(
            AuditEntry(at=NOON, action="pause", origin="api", result="paused", reason="why " * 100)
            for _ in range(number)
        )
        stdout = Counting()
        tracemalloc.start()
        call_command("jobs_audit", "--format", form, stdout=stdout)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert stdout.lines == 800 + (form == "csv")
    assert peaks[1] < peaks[0] * 1.5
    with django_assert_num_queries(9):  # the time, and one for each page
        audit("--format", form)


def test_a_reader_that_has_enough_ends_it(monkeypatch):
    for _ in range(5):
        entry()

    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    assert in_a_shell("jobs_audit", "--format", "jsonl", stdout=Gone()) == 141
    assert sys.stdout is not None
