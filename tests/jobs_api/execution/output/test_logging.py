"""Logging during a run: each line once, whoever handles it; levels and handlers of the host stay."""

import io
import logging
import logging.config
import sys
from contextlib import contextmanager

import pytest

from .recording import captured


@contextmanager
def logger_of(name="tests.shop", *, level=logging.INFO, propagate=True, handlers=()):
    """A logger as a host would configure it."""
    logger = logging.getLogger(name)
    before = logger.level, logger.propagate, logger.handlers[:]
    logger.setLevel(level)
    logger.propagate = propagate
    for handler in handlers:
        logger.addHandler(handler)
    try:
        yield logger
    finally:
        logger.level, logger.propagate, logger.handlers[:] = before
        logging.root.manager._clear_cache()


@pytest.mark.parametrize("name", [None, "tests", "tests.shop", "tests.shop.orders"])
def test_the_root_and_child_loggers_are_captured(name):
    with logger_of(name) as logger:
        said = captured(lambda stream: logger.info("hello %s", "there"))
    assert said.count("hello there") == 1
    assert said.endswith(f" INFO {logger.name}: hello there\n")


def test_an_exception_is_logged_with_its_traceback():
    def run(stream):
        try:
            raise ValueError("no such order")
        except ValueError:
            logging.getLogger("tests").exception("failed")

    said = captured(run)
    assert "ERROR tests: failed\nTraceback (most recent call last):" in said
    assert said.endswith("ValueError: no such order\n")


@pytest.mark.parametrize("handlers", [[], [logging.NullHandler()], [logging.StreamHandler(io.StringIO())]])
def test_a_logger_that_does_not_propagate_is_captured(handlers):
    with logger_of("tests.alone", propagate=False, handlers=handlers) as logger:
        assert captured(lambda stream: logger.info("alone")).count("alone\n") == 1


def test_a_logger_is_captured_that_stops_propagating_between_two_runs():
    with logger_of("tests.later") as logger:
        assert captured(lambda stream: logger.info("first")).count("first\n") == 1
        logger.propagate = False
        assert captured(lambda stream: logger.info("second")).count("second\n") == 1
        logger.propagate = True
        assert captured(lambda stream: logger.info("third")).count("third\n") == 1


@contextmanager
def logging_as_the_host_left_it(*handlers):
    root = logging.getLogger()
    before = root.level, root.handlers[:]
    root.handlers[:] = handlers
    try:
        yield
    finally:
        root.level, root.handlers[:] = before
        logging.root.manager._clear_cache()


def test_a_command_may_configure_logging_as_it_does_by_hand():
    """Pain 20: in a host without handlers of its own, basicConfig must work as in a script."""

    def run(stream):
        logging.basicConfig(level=logging.INFO, format="%(message)s!")
        logging.getLogger("tests.script").info("hello")

    with logging_as_the_host_left_it():
        assert captured(run) == "hello!\n"


def test_a_command_that_configures_logging_anew_is_still_captured():
    def run(stream):
        anew = {"version": 1, "disable_existing_loggers": False, "root": {"level": "INFO"}}
        logging.config.dictConfig(anew)
        logging.getLogger("tests.anew").info("hello")

    with logging_as_the_host_left_it(logging.NullHandler()):
        assert captured(run).endswith(" INFO tests.anew: hello\n")


def test_a_warning_that_meets_no_handler_is_captured_once():
    with logging_as_the_host_left_it():
        assert captured(lambda stream: logging.getLogger("tests.bare").warning("hello")) == "hello\n"


HANDLERS = {
    "stderr": lambda stream: logging.StreamHandler(),
    "stdout": lambda stream: logging.StreamHandler(sys.stdout),
    "the command's stream": logging.StreamHandler,
    "the command's wrapper": lambda stream: logging.StreamHandler(_wrapped(stream)),
}


def _wrapped(stream):
    from django.core.management.base import OutputWrapper

    return OutputWrapper(stream)


@pytest.mark.parametrize("where", [None, "tests.shop"])
@pytest.mark.parametrize("kind", HANDLERS)
def test_a_handler_made_during_the_run_does_not_double_its_lines(kind, where):
    def run(stream):
        with logger_of(where, handlers=[HANDLERS[kind](stream)]):
            logging.getLogger("tests.shop").info("once")

    assert captured(run).count("once") == 1


def test_a_handler_made_before_the_run_still_gets_its_lines():
    elsewhere = io.StringIO()
    with logger_of(handlers=[logging.StreamHandler(elsewhere)]) as logger:
        said = captured(lambda stream: logger.info("once"))
    assert (said.count("once"), elsewhere.getvalue()) == (1, "once\n")


def test_a_handler_left_behind_by_one_run_does_not_silence_the_next():
    with logger_of() as logger:
        captured(lambda stream: logger.addHandler(logging.StreamHandler(stream)))
        assert captured(lambda stream: logger.info("second run")).count("second run") == 1


def test_a_handler_for_errors_only_does_not_hide_the_rest():
    def run(stream):
        errors = logging.StreamHandler()
        errors.setLevel(logging.ERROR)
        with logger_of(handlers=[errors]) as logger:
            logger.info("fine")
            logger.error("bad")

    said = captured(run)
    assert (said.count("fine"), said.count("bad")) == (1, 1)


def test_levels_are_left_alone():
    with logger_of(level=logging.WARNING) as logger, logger_of(None, level=logging.ERROR) as root:
        said = captured(lambda stream: (logger.debug("no"), logger.info("no"), logger.warning("yes")))
        assert (logger.level, root.level) == (logging.WARNING, logging.ERROR)
    assert "no" not in said
    assert said.endswith("yes\n")


def test_a_disabled_logger_stays_silent(monkeypatch):
    with logger_of() as logger:
        monkeypatch.setattr(logger, "disabled", True)
        assert captured(lambda stream: logger.error("no")) == ""


def test_outside_of_a_run_a_line_goes_where_it_always_went(caplog):
    elsewhere = io.StringIO()
    with logger_of(handlers=[logging.StreamHandler(elsewhere)]) as logger:
        captured(lambda stream: None)
        logger.info("outside")
    assert elsewhere.getvalue() == "outside\n"
    assert caplog.messages == ["outside"]


def test_a_host_without_any_handler_still_sees_warnings_on_stderr(monkeypatch, capsys):
    """Python's handler of last resort works only where it finds no other."""
    monkeypatch.setattr(logging.root, "handlers", [])
    captured(lambda stream: None)
    with logger_of("tests.silent") as logger:
        logger.warning("seen")
        logger.info("not worth it")
    assert capsys.readouterr().err == "seen\n"


def test_a_host_without_any_handler_has_the_lines_of_a_run_in_its_output(monkeypatch, capsys):
    monkeypatch.setattr(logging.root, "handlers", [])
    with logger_of("tests.silent") as logger:
        said = captured(lambda stream: (logger.info("one"), logger.warning("two")))
    assert (said.count("one\n"), said.count("two\n")) == (1, 1)
    assert capsys.readouterr().err == ""


def test_a_record_that_cannot_be_formatted_breaks_neither_run_nor_host(monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", False)
    with logger_of() as logger:
        said = captured(lambda stream: (logger.info("%d", "no number"), logger.info("goes on")))
    assert said.endswith("goes on\n")


def test_text_that_is_no_utf_8_can_be_logged():
    with logger_of("tests.odd", propagate=False) as logger:
        assert captured(lambda stream: logger.info("a\ud800b\x00")).endswith("a\\ud800b\x00\n")


@pytest.fixture
def tracker(monkeypatch):
    """``tracker()`` begins to receive all records, in the way of Sentry; returns what it gets."""
    monkeypatch.setattr(logging.Logger, "callHandlers", logging.Logger.callHandlers)

    def begin():
        received, before = [], logging.Logger.callHandlers

        def hand_over(logger, record):
            before(logger, record)
            received.append(record.getMessage())

        logging.Logger.callHandlers = hand_over
        return received

    return begin


@pytest.mark.parametrize("runs_before", [0, 1, 2])
def test_a_tracker_that_begins_before_or_after_the_first_run_goes_on_receiving(tracker, runs_before):
    log = logging.getLogger("tests").warning
    for _ in range(runs_before):
        captured(lambda stream: log("before"))
    first = tracker()
    second = tracker()
    for number in range(3):
        assert captured(lambda stream: log("run %s", number)).count(f"run {number}\n") == 1  # noqa: B023
    log("between two runs")
    assert first == second == ["run 0", "run 1", "run 2", "between two runs"]
