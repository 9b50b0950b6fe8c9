"""Any record of a host becomes one JSON object in one line."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from jobs_api.logs import MOST_CHARACTERS, JSONFormatter, logfmt


def written(message="hello", *args, exc_info=None, stack=None, **extra):
    record = logging.getLogger("shop").makeRecord(
        "shop", logging.WARNING, __file__, 1, message, args, exc_info, "here", extra, stack
    )
    line = JSONFormatter().format(record)
    assert line.isascii()
    assert line.isprintable()
    return json.loads(line)


def test_a_record_of_the_host():
    told = written("%s of %s", 1, "two", order=7)
    assert told.pop("timestamp").endswith("+00:00")
    assert told == {"level": "WARNING", "logger": "shop", "message": "1 of two", "order": 7}


class Strange:
    def __repr__(self):
        raise ValueError("no text")


LOOP: list[object] = []
LOOP.append(LOOP)
EXTRA = {
    "a set": ({1}, "{1}"),
    "not a number": (float("nan"), "nan"),
    "a value without a text": (Strange(), "(Strange, whose text cannot be made)"),
    "a list that holds itself": (LOOP, "[[...]]"),
    "keys that are no text": ({(1, 2): 3}, "{(1, 2): 3}"),
    "nothing": (None, None),
    "too long": ("x" * 10**6, "x" * MOST_CHARACTERS),
    "line ends": ("a\nb\x85\u2028\x7f", "a\nb\x85\u2028\x7f"),
    "half a letter": ("\ud800", "\ud800"),
}


@pytest.mark.parametrize(("value", "read"), EXTRA.values(), ids=EXTRA)
def test_whatever_extra_holds(value, read):
    assert written(thing=value)["thing"] == read


def test_what_begins_with_an_underscore_is_left_out_and_nothing_takes_a_standard_name():
    told = written(_inner=1, level="fake", timestamp="fake", logger="fake", exception="fake")
    assert "_inner" not in told
    assert (told["level"], told["logger"]) == ("WARNING", "shop")
    assert told["timestamp"] != "fake"


def test_an_exception_and_a_stack_stay_in_the_line():
    try:
        raise ValueError("two\nlines")
    except ValueError:
        told = written(exc_info=sys.exc_info(), stack="File x\n  y")
    assert told["exception"].endswith("ValueError: two\nlines")
    assert told["stack"] == "File x\n  y"


@pytest.mark.parametrize(
    ("value", "text"), [("", '""'), ("a=b", '"a=b"'), ("a b", '"a b"'), ("a/b-1.2:3+@", "a/b-1.2:3+@")]
)
def test_text_is_quoted_where_it_would_not_be_one_word(value, text):
    assert logfmt({"key": value}) == f"key={text}"
