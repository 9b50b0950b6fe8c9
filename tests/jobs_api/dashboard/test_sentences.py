"""What other rooms write in English is shown in the language of the page."""

import ast
from pathlib import Path

import pytest
from django.utils import translation

import jobs_api
from jobs_api import exceptions
from jobs_api.alerts import actions
from jobs_api.dashboard import sentences, tags, times
from jobs_api.monitoring import outlook

ALERTS = Path(jobs_api.__file__).parent / "alerts"
MOMENT = "2026-11-26 08:00 CET"
PLACES = {"span": "3 h 12 min", "slot_of": MOMENT, "here": MOMENT}


@pytest.fixture
def german():
    with translation.override("de"):
        yield


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("english", "wanted"),
    [
        (
            f"The slot {MOMENT} failed (timeout), and its tries are used up.",
            f"Der Termin {MOMENT} ist fehlgeschlagen (Zeitlimit), und seine Versuche sind verbraucht.",
        ),
        (
            f"It last called at {MOMENT}; before, at least every 3 days.",
            f"Letzter Aufruf: {MOMENT}; zuvor mindestens alle 3 Tage.",
        ),
        (
            f"The slot {MOMENT} succeeded. The slot {MOMENT} was not run.",
            f"Der Termin {MOMENT} war erfolgreich. Der Termin {MOMENT} wurde nicht ausgeführt.",
        ),
        (
            "3 of 3; it is not tried again: its job is not declared any more",
            "3 von 3; kein neuer Versuch: sein Job ist nicht mehr deklariert",
        ),
    ],
)
def test_a_known_sentence_is_translated(english, wanted):
    assert sentences.told(english) == wanted


@pytest.mark.usefixtures("german")
def test_what_came_of_an_order_is_translated():
    assert sentences.result("attempt 3") == "Versuch 3"
    assert sentences.result("conflict: running") == "Konflikt: läuft"
    assert sentences.result("sudo reboot") is None


def test_in_english_it_stays_as_it_is():
    with translation.override("en"):
        text = f"The slot {MOMENT} failed (exit), and so had the slot before."
        assert sentences.told(text) == text
        assert tags.told("Something <else>.") == "Something <else>."  # the template escapes it


@pytest.mark.usefixtures("german")
def test_one_that_is_not_known_is_marked_as_english():
    assert tags.told("Something <else>.") == '<span lang="en">Something &lt;else&gt;.</span>'
    assert tags.told("") == ""


@pytest.mark.usefixtures("german")
def test_a_long_text_costs_no_time():
    assert sentences.told("its tries are used up " * 10_000) is None
    assert sentences.told("The slot " * 60 + ".") is None


@pytest.mark.parametrize(
    "name", [name for name, each in vars(outlook).items() if name.isupper() and isinstance(each, str)]
)
def test_every_outlook_is_known(name):
    assert sentences.told(getattr(outlook, name)) is not None


@pytest.mark.parametrize("problem", [exceptions.InternalError, exceptions.DatabaseBusy, exceptions.InFlight])
def test_so_is_every_problem_that_the_dashboard_meets(problem):
    assert sentences.told(problem.title) is not None
    assert sentences.told(problem().detail) is not None


def told_in(file):
    """The sentences that a file of the alerts is about to write, with something in each place."""
    tree = ast.parse((ALERTS / file).read_text())
    for node in ast.walk(tree):
        named = [each.value for each in getattr(node, "keywords", []) if each.arg == "detail"]
        called = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Settled"
        named += node.args[:1] if isinstance(node, ast.Call) and called else []
        yield from (_text(each) for each in named if isinstance(each, ast.Constant | ast.JoinedStr))


def _text(node):
    if isinstance(node, ast.Constant):
        return node.value
    return "".join(each.value if isinstance(each, ast.Constant) else _place(each) for each in node.values)


def _place(each):
    name = getattr(getattr(each.value, "func", None), "id", "") or getattr(each.value, "id", "")
    inner = {
        "reason": "error",
        "why": "its tries are used up",
        "takes": "took 3 min",
        "what": "called",
        "before": "",
        "when": f"expires at {MOMENT}",
        "slot": MOMENT,
        "ends": "never",
    }
    return PLACES.get(name) or inner.get(name, "succeeded")


@pytest.mark.parametrize("file", ["failures.py", "settled.py", "silences.py", "slowness.py"])
def test_every_sentence_of_the_alerts_is_known(file):
    found = list(told_in(file))
    assert found
    assert [each for each in found if sentences.told(each) is None] == []


def test_so_is_every_command_that_helps():
    tree = ast.parse((ALERTS / "actions.py").read_text())
    pairs = [node.elts[0] for node in ast.walk(tree) if isinstance(node, ast.Tuple) and len(node.elts) == 2]
    words = [each.value for each in pairs if isinstance(each, ast.Constant) and " " in each.value]
    assert len(words) > 5
    assert [each for each in [*words, actions.AGAIN, actions.NOW] if sentences.told(each) is None] == []


@pytest.mark.usefixtures("german")
def test_numbers_and_days_are_written_as_in_the_language():
    assert times.span(7.0) == "7,0 s"
    assert times.fields("D j M Y") == "{D} {j}. {M} {Y}"
