"""`manage.py jobs_call`: a function by its dotted path, from a shell."""

import io

import pytest

from tests.toys import calls

from .calling import in_a_shell, manage

HERE = "tests.toys.calls"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_heard():
    calls.heard.clear()


LINES = {
    "nothing": ([], ((), {})),
    "numbers": (["7", "-1.5", "--", "-x"], ((7, -1.5, "-x"), {})),
    "words": (["berlin", "0123", "NaN", "[1", ""], (("berlin", "0123", "NaN", "[1", ""), {})),
    "text that looks like a number": (['"7"'], (("7",), {})),
    "JSON": (["[1, null]", "true"], (([1, None], True), {})),
    "names": (["days=7", "name=a=b", "1=2", "a-b=c"], (("1=2", "a-b=c"), {"days": 7, "name": "a=b"})),
    "an object": (["x=1", "--kwargs", '{"zip": "0123", "a b": 1}'], ((), {"zip": "0123", "a b": 1, "x": 1})),
    "text with an equals sign": (['"a=b"'], (("a=b",), {})),
    "too deep": (["[" * 10_000], (("[" * 10_000,), {})),
    "a long number": (["1" * 5000], (("1" * 5000,), {})),
}


@pytest.mark.parametrize("case", LINES)
def test_words_are_json_or_text_by_position_or_by_name(case):
    words, expected = LINES[case]
    assert manage("jobs_call", f"{HERE}.tidy", *words).code == 0
    assert calls.heard == [expected]


def test_it_prints_what_is_returned():
    assert manage("jobs_call", f"{HERE}.adds", "1", "twice=true").out == "4\n"
    assert manage("jobs_call", f"{HERE}.adds", "1", "--json").json() == {
        "call": f"{HERE}.adds",
        "returned": "2",
    }


WRONG = {
    "no dot": (["tidy"], "'tidy' is not a dotted path. Write a module and a name in it"),
    "an unknown module": (["tests.toy.calls.tidy"], "tests has no 'toy'. Did you mean 'toys'?"),
    "an unknown function": ([f"{HERE}.tidi"], "has no 'tidi'. Did you mean 'tidy'?"),
    "a value too many": ([f"{HERE}.fails", "1"], "fails: too many positional arguments."),
    "a name twice": ([f"{HERE}.tidy", "a=1", "a=2"], "'a' is given twice"),
    "no object": ([f"{HERE}.tidy", "--kwargs", "[1]"], "--kwargs must be a JSON object"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_called_is_an_error_with_its_remedy(case):
    line, text = WRONG[case]
    said = manage("jobs_call", *line)
    assert said.code == 1
    assert text in said.err
    assert calls.heard == []


@pytest.mark.parametrize(("words", "status"), [(["3"], 3), (["0"], 0), ([], 0)])
def test_an_exit_is_its_own(words, status):
    assert in_a_shell("jobs_call", f"{HERE}.exits", *words) == status


def test_an_error_of_ours_is_one_line_in_a_shell():
    err = io.StringIO()
    assert in_a_shell("jobs_call", f"{HERE}.tidi", stderr=err) == 1
    assert err.getvalue().startswith("CommandError: 'tests.toys.calls.tidi' cannot be called")
    assert "Did you mean 'tidy'?" in err.getvalue()
    assert "Traceback" not in err.getvalue()


def test_an_exception_of_the_function_keeps_its_traceback():
    with pytest.raises(LookupError, match="no such customer"):
        manage("jobs_call", f"{HERE}.fails")


def test_an_async_function_is_awaited_in_a_shell():
    assert manage("jobs_call", f"{HERE}.sleeps", "y").out == "y\n"
