"""What a command raises in a process of its own is the same to whoever reads it in another."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from typing import ClassVar

import pytest
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.utils.log import AdminEmailHandler

from jobs_api.worker import crossing


def across(raising):
    """What was raised, and what the other process makes of it."""
    try:
        raising()
    except BaseException as error:  # noqa: BLE001 - of any kind
        return error, crossing.made(json.loads(json.dumps(crossing.told(error))))
    raise AssertionError("nothing was raised")


def shown(error):
    """As a log shows it, without the marks below the lines."""
    lines = traceback.format_exception(error)
    return [line for part in lines for line in part.splitlines() if not set(line) <= set("| ^~")]


class TakesMore(ValueError):
    def __init__(self, text, *, code):
        super().__init__(f"{text}: {code}")


class MadeOtherwise(Exception):
    def __new__(cls, one, two):
        return super().__new__(cls, one, two)


class Outer:
    class Inner(OSError):
        pass


def from_a_cause():
    try:
        raise TakesMore("no", code=3)
    except ValueError as error:
        raise Outer.Inner(28, "No space left on device") from error


def while_another():
    try:
        {}["x"]
    except KeyError:
        raise MadeOtherwise(1, 2)  # noqa: B904


def from_none():
    try:
        {}["x"]
    except KeyError:
        raise ObjectDoesNotExist("no such order") from None


def with_notes():
    error = ValidationError({"name": ["too long"]})
    error.add_note("the 7th customer")
    error.add_note("żółw")
    raise error


def several():
    raise ExceptionGroup("several", [ValueError("one"), ExceptionGroup("more", [OSError(2, "none")])])


def decoding():
    b"\xff".decode()


def parsing():
    compile("1 +", "<made>", "exec")


def of_a_generator():
    raise GeneratorExit("odd")


SHOWN_ALIKE = (from_a_cause, while_another, from_none, with_notes, several, decoding, of_a_generator)


@pytest.mark.parametrize("raising", SHOWN_ALIKE)
def test_it_is_shown_alike(raising):
    raised, made = across(raising)
    assert shown(made) == shown(raised)
    assert (type(made).__name__, type(made).__module__) == (type(raised).__name__, type(raised).__module__)
    assert str(made) == str(raised)


@pytest.mark.parametrize("raising", [from_a_cause, from_none, with_notes, several, decoding, of_a_generator])
def test_it_is_of_the_same_kind_so_that_a_filter_by_class_finds_it(raising):
    raised, made = across(raising)
    assert isinstance(made, type(raised))


def test_a_class_that_this_process_has_not_loaded_keeps_its_name_and_is_not_imported():
    about = crossing.told(ValueError("no")) | {"module": "antigravity", "name": "Lost"}
    made = crossing.made(about)
    assert (type(made).__module__, type(made).__name__, str(made)) == ("antigravity", "Lost", "no")
    assert "antigravity" not in sys.modules


class ByCode(Exception):
    """As clients of web services have it: the answer's code finds the class."""

    known: ClassVar = {}

    def __init_subclass__(cls):
        cls.known[getattr(cls, "code", None)] = cls


class NotFound(ByCode):
    code = 404


def test_a_class_that_lists_its_classes_does_not_list_the_copy():
    def fails():
        raise NotFound("order 7")

    _, made = across(fails)
    assert ByCode.known == {404: NotFound}
    assert (type(made).__name__, type(made).__module__, str(made)) == ("NotFound", __name__, "order 7")


def test_what_its_frames_held_does_not_cross():
    def fails():
        secret = "hunter2"
        raise ValueError(len(secret))

    _, made = across(fails)
    for frame, _ in traceback.walk_tb(made.__traceback__):
        assert frame.f_locals == {}
    assert "hunter2" not in json.dumps(crossing.told(made))


def test_a_syntax_error_is_told_in_its_words():
    raised, made = across(parsing)
    assert str(made) == str(raised)
    assert shown(made)[-1] == f"SyntaxError: {raised}"


def test_an_endless_recursion_is_cut_in_its_middle():
    def endless():
        endless()

    raised, made = across(endless)
    assert len(list(traceback.walk_tb(raised.__traceback__))) > crossing.MOST_FRAMES
    assert len(list(traceback.walk_tb(made.__traceback__))) == crossing.MOST_FRAMES
    assert shown(made)[-1] == shown(raised)[-1]


def test_a_long_chain_and_a_long_text_are_cut():
    error: BaseException = ValueError("x" * 100_000)
    for number in range(100):
        error.__context__, error = ValueError(number), error.__context__ or error
    chain = ValueError("last")
    first = chain
    for number in range(100):
        chain.__cause__ = ValueError(str(number) * 50_000)
        chain = chain.__cause__
    told = json.dumps(crossing.told(first))
    assert len(told) < 1.2 * crossing.MOST_EXCEPTIONS * crossing.MOST_CHARACTERS


def test_a_chain_that_leads_back_to_itself_ends():
    one, two = ValueError("one"), ValueError("two")
    one.__context__, two.__context__ = two, one
    assert str(crossing.made(crossing.told(one)).__context__) == "two"


class Stubborn(Exception):
    def __str__(self):
        raise KeyboardInterrupt


def test_one_without_a_text_crosses_all_the_same():
    assert str(crossing.made(crossing.told(Stubborn()))) == "(its text cannot be made)"


def test_django_mails_it_with_its_traceback(settings, mailoutbox):
    """It looks into frames more closely than others do."""
    settings.ADMINS = [("Operator", "operator@example.com")]
    _, made = across(from_a_cause)
    record = logging.LogRecord("jobs_api.run", logging.ERROR, "", 1, "Run 1 failed", (), None)
    record.exc_info = (type(made), made, made.__traceback__)
    AdminEmailHandler(include_html=True).handle(record)
    [mail] = mailoutbox
    assert "in from_a_cause" in mail.body
    assert "No space left on device" in mail.body


DUMP = """
said before
Thread 0x00007f01de272b80 (most recent call first):
  File "/lib/threading.py", line 320 in wait

Current thread 0x00007f01de272b80 [python] (most recent call first):
  File "/srv/jobs/a "quoted" name.py", line 24 in slow
  File "/srv/jobs/command.py", line 7 in handle
said after
"""


def test_a_dump_of_a_process_is_read_as_a_traceback():
    assert crossing.places(DUMP) == [
        crossing.Frame("/srv/jobs/command.py", 7, "handle"),
        crossing.Frame('/srv/jobs/a "quoted" name.py', 24, "slow"),
    ]
    assert crossing.places("nothing") == []
    assert crossing.trace_of([]) is None
