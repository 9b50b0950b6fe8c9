"""The exception at the end of an output: Python itself writes what is read here."""

from __future__ import annotations

import sys
import traceback

import pytest

from jobs_api.dashboard.output import frames
from jobs_api.dashboard.output.traceback import Frame, find


def divide():
    return 1 / 0


def follow():
    try:
        divide()
    except ZeroDivisionError as error:
        raise ValueError("two\nlines") from error


def stumble():
    try:
        follow()
    except ValueError:
        raise KeyError("x")  # noqa: B904 - that is what is wanted


def gather():
    found = []
    for each in (divide, follow):
        try:
            each()
        except Exception as error:  # noqa: BLE001 - any
            found.append(error)
    raise ExceptionGroup("some", [*found, ExceptionGroup("inner", [TypeError("t")])])


def go_on():
    try:
        gather()
    except ExceptionGroup as error:
        raise RuntimeError("after a group") from error


def misspell():
    compile("x = = 1", "<given>", "exec")


def recur():
    recur()


def note():
    error = LookupError()
    error.add_note("a note")
    raise error


def written(function) -> str:
    try:
        function()
    except BaseException:  # noqa: BLE001 - any
        kind, error, place = sys.exc_info()
        return "before\n" + "".join(traceback.format_exception(kind, error, place and place.tb_next))
    raise AssertionError("it raised nothing")


def told(found):
    return [(each.link, each.depth, each.kind, each.message) for each in found.raised]


def test_an_exception_has_its_message_and_its_frames():
    found = find(written(divide))
    assert told(found) == [("", 0, "ZeroDivisionError", "division by zero")]
    (frame,) = found.outermost.frames
    assert (frame.path, frame.name) == (__file__, "divide")
    assert frame.code[0] == "return 1 / 0"
    assert found.text.startswith("Traceback (most recent call last):")


def test_a_chain_tells_how_each_followed_from_the_one_before():
    assert told(find(written(stumble))) == [
        ("", 0, "ZeroDivisionError", "division by zero"),
        ("cause", 0, "ValueError", "two\nlines"),
        ("context", 0, "KeyError", "'x'"),
    ]


def test_a_group_has_its_members_in_it_also_chains_and_groups():
    found = find(written(go_on))
    assert [(link, depth, kind) for link, depth, kind, _ in told(found)] == [
        ("", 0, "ExceptionGroup"),
        ("", 1, "ZeroDivisionError"),
        ("", 1, "ZeroDivisionError"),
        ("cause", 1, "ValueError"),
        ("", 1, "ExceptionGroup"),
        ("", 2, "TypeError"),
        ("cause", 0, "RuntimeError"),
    ]
    assert found.outermost.kind == "RuntimeError"
    assert find(written(gather)).outermost.kind == "ExceptionGroup"
    assert [frame.name for frame in find(written(gather)).raised[1].frames] == ["gather", "divide"]


def test_a_message_in_a_group_may_have_lines_without_a_margin():
    """So the interpreter itself writes them."""
    found = find(written(gather).replace("    | lines", "lines"))
    assert found.outermost.kind == "ExceptionGroup"
    assert ("cause", 1, "ValueError", "two\nlines") in told(found)


def test_an_error_of_syntax_has_a_frame_without_a_function():
    frame = find(written(misspell)).outermost.frames[-1]
    assert (frame.path, frame.line, frame.name, frame.code[0]) == ("<given>", 1, "", "x = = 1")
    alone = find('x\n  File "<s>", line 3\n    a b\n      ^\nSyntaxError: invalid syntax\n')
    assert told(alone) == [("", 0, "SyntaxError", "invalid syntax")]


def test_frames_that_python_leaves_out_are_left_out():
    last = find(written(recur)).outermost
    assert len(last.frames) < 10
    assert any("repeated" in line for frame in last.frames for line in frame.code)


def test_a_note_is_told_where_there_is_no_message():
    assert told(find(written(note))) == [("", 0, "LookupError", "a note")]


def test_the_last_exception_of_an_output_counts():
    found = find(written(stumble) + "went on\n" + written(divide))
    assert told(found) == [("", 0, "ZeroDivisionError", "division by zero")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "all went well\n",
        "Traceback (most recent call last):\n",
        'Traceback (most recent call last):\n  File "',
        "The above exception was the direct cause of the following exception:\n",
        "+-+---------------- 1 ----------------\n" * 20,
        "  | \n" * 50,
        "\x00" * 100,
    ],
)
def test_what_is_no_exception_is_none_and_no_error(text):
    assert find(text) is None


def test_one_whose_beginning_was_not_kept_is_read_as_far_as_it_goes():
    whole = written(stumble)
    for cut in range(0, len(whole), 7):
        found = find(whole[cut:])
        assert found is None or found.raised


def test_one_that_is_in_windows_lines_and_in_colours_is_read():
    text = written(divide).replace("\n", "\r\n").replace("Traceback", "\x1b[31mTraceback\x1b[0m")
    assert told(find(text)) == [("", 0, "ZeroDivisionError", "division by zero")]


def test_where_a_command_stood_at_its_time_out_are_frames_without_an_exception():
    text = 'x\nAt its time-out it stood here:\n  File "/srv/a/b.py", line 3, in handle\n    time.sleep(9)\n'
    assert [frame.name for frame in find(text).outermost.frames] == ["handle"]


@pytest.mark.parametrize(
    "path",
    [
        "/srv/acme/.venv/lib/python3.12/site-packages/requests/api.py",
        "/usr/lib/python3/dist-packages/yaml/__init__.py",
        "/usr/lib/python3.11/socket.py",
        "/opt/src/django/db/models/query.py",
        "/srv/jobs_api/execution/perform.py",
        "C:\\Python312\\Lib\\json\\decoder.py",
        "C:\\app\\venv\\Lib\\site-packages\\x.py",
        "<frozen importlib._bootstrap>",
    ],
)
def test_frames_of_python_django_and_libraries_are_known_by_their_paths(path):
    assert frames.is_library(Frame(path, 1, "f"))


@pytest.mark.parametrize(
    "path",
    [
        "/srv/django/shop/models.py",
        "/work/jobs_api/crm/bank.py",
        "/srv/lib/app/x.py",
        "manage.py",
        "<string>",
    ],
)
def test_frames_of_the_project_are_not(path):
    assert not frames.is_library(Frame(path, 1, "f"))


@pytest.mark.parametrize(
    ("paths", "short"),
    [
        (["/srv/acme/crm/bank.py"], ["crm/bank.py"]),  # an app of this project
        (["/x/site-packages/requests/api.py"], ["requests/api.py"]),
        (["/usr/lib/python3.11/socket.py"], ["socket.py"]),
        (["/srv/shop/a/b.py", "/srv/shop/c.py"], ["a/b.py", "c.py"]),
        (["/srv/shop/a.py"], ["/srv/shop/a.py"]),
        (["/a.py", "/b.py"], ["/a.py", "/b.py"]),
        (["<string>", "/srv/x/a.py"], ["<string>", "/srv/x/a.py"]),
    ],
)
def test_paths_are_as_short_as_they_can_be(paths, short):
    found = frames.shortened([Frame(path, 1, "f") for path in paths])
    assert [found[path] for path in paths] == short
