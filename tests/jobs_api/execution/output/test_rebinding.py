"""A command may put anything in the place of the standard streams, or treat them as a script does.

Its run has every line, once and in order; afterwards the server, and every other run, has its own streams.
"""

import codecs
import contextlib
import contextvars
import copy
import io
import os
import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import pytest

from jobs_api.execution import standard_streams
from jobs_api.execution.capture import capturing
from jobs_api.models import JobRun
from jobs_api.runs.output import Output
from tests.jobs_api.execution.attempts import output_of, performed

from .recording import captured

NOTHING = open(os.devnull, "w")  # noqa: SIM115


def over_the_bytes():
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer)
    print("said")


def over_detached_bytes():
    sys.stdout = io.TextIOWrapper(sys.stdout.detach(), encoding="utf-8")
    print("said")


def over_the_raw_bytes():
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(sys.stdout.buffer.raw), encoding="utf-8")
    print("said")


def by_a_codec():
    sys.stdout = codecs.getwriter("utf-8")(sys.stdout.buffer)
    print("said")


def both_by_a_text_layer():
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer)
    sys.stderr = io.TextIOWrapper(sys.stderr.buffer)
    print("said", file=sys.stderr)


class Tee:
    """As many scripts have it."""

    def __init__(self, *streams):
        self.streams = streams

    def write(self, text):
        for stream in self.streams:
            stream.write(text)

    def flush(self):
        for stream in self.streams:
            stream.flush()


def by_a_tee():
    sys.stdout = Tee(sys.stdout, io.StringIO())
    print("said")


def to_stderr():
    sys.stdout = sys.stderr
    print("said")


def swapped():
    sys.stdout, sys.stderr = sys.stderr, sys.stdout
    print("said")


def back_to_the_kept_one():
    kept, sys.stdout = sys.stdout, io.StringIO()
    print("elsewhere")
    sys.stdout = kept
    print("said")


def back_to_the_servers():
    sys.stdout = io.StringIO()
    print("elsewhere")
    sys.stdout = sys.__stdout__
    print("said")


def nested():
    outer = io.StringIO()
    with contextlib.redirect_stdout(outer):
        with contextlib.redirect_stdout(io.StringIO()):
            print("elsewhere")
        print("said")
    sys.stdout.write(outer.getvalue())


def to_nothing():
    sys.stdout = NOTHING
    print("not said")
    print("said", file=sys.stderr)


def to_none():
    sys.stdout = None
    print("not said")
    print("said", file=sys.stderr)


def set_up():
    sys.stdout.reconfigure(encoding="latin-1", errors="strict", line_buffering=False, newline="\r\n")
    print("said")


def closed():
    sys.stdout.close()
    print("said", flush=True)


def as_a_block():
    with sys.stdout as out:
        out.write("said\n")


def through_the_interpreters_own():
    vars(sys)["stdout"].write("said\n")
    vars(sys)["stdout"].flush()


CHANGES = [
    over_the_bytes,
    over_detached_bytes,
    over_the_raw_bytes,
    by_a_codec,
    both_by_a_text_layer,
    by_a_tee,
    to_stderr,
    swapped,
    back_to_the_kept_one,
    back_to_the_servers,
    nested,
    to_nothing,
    to_none,
    set_up,
    closed,
    as_a_block,
    through_the_interpreters_own,
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_stream_reaches_the_run_and_ends_with_it(toy_says, change, capsys):
    """Pain 20: the output of such a command was lost."""
    before = sys.stdout, sys.stderr

    assert toy_says(lambda command: change()) == "said\n"

    assert (sys.stdout, sys.stderr) == before
    capsys.readouterr()
    print("by the server")
    assert capsys.readouterr().out == "by the server\n"
    assert captured(lambda stream: print("the next run")) == "the next run\n"


@pytest.mark.parametrize("change", CHANGES)
def test_a_run_beside_it_loses_nothing_and_gets_nothing(change):
    changed, printed = threading.Event(), threading.Event()

    def one(stream):
        change()
        changed.set()
        assert printed.wait(10)

    def other(stream):
        assert changed.wait(10)
        print("by the other")
        print("and its errors", file=sys.stderr)
        printed.set()

    with ThreadPoolExecutor(2) as pool:
        said = [task.result(20) for task in [pool.submit(captured, one), pool.submit(captured, other)]]

    assert said == ["said\n", "by the other\nand its errors\n"]


@pytest.mark.parametrize(
    ("end", "state"),
    [
        (lambda: None, "succeeded"),
        (lambda: sys.exit(0), "succeeded"),
        (lambda: sys.exit(3), "failed"),
        (lambda: 1 / 0, "failed"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_it_is_flushed_and_put_back_however_the_command_ends(declare, toy, end, state):
    def behave(command, **options):
        over_the_bytes()
        end()

    toy(behave)
    captured(lambda stream: None)  # the first run of a process replaces them
    before = sys.stdout
    run = performed(declare())
    assert (run.state, sys.stdout is before) == (state, True)
    assert output_of(run).startswith("said\n")


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_flushed_is_a_failure_for_it_may_be_lost(declare, toy):
    """As the interpreter ends with status 120."""

    class Full(io.StringIO):
        def flush(self):
            raise OSError(28, "No space left on device")

    def behave(command, **options):
        sys.stdout = Full()

    toy(behave)
    performed(declare())
    run = JobRun.objects.get()
    assert (run.state, run.error) == ("failed", "OSError: [Errno 28] No space left on device")


def test_a_stream_that_the_command_has_closed_itself_is_no_failure(toy_says):
    def behave(command):
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
        sys.stdout.close()
        command.stdout.write("said")

    assert toy_says(behave) == "said\n"


def test_the_stream_that_was_assigned_is_the_one_that_is_read(toy_says):
    def behave(command):
        sys.stdout = kept = io.StringIO()
        assert sys.stdout is kept
        print("caught")
        command.stdout.write(sys.stdout.getvalue(), ending="")

    assert toy_says(behave) == "caught\n"


def test_a_thread_of_the_host_that_redirects_meanwhile_takes_nothing_from_a_run():
    """Django's own `call_command(..., stdout=...)` does not, but contextlib does."""
    begun, printed, elsewhere = threading.Event(), threading.Event(), io.StringIO()

    def of_the_host():
        with contextlib.redirect_stdout(elsewhere):
            print("by the host")
            begun.set()
            assert printed.wait(10)

    def run(stream):
        thread.start()
        assert begun.wait(10)
        print("by the run")
        printed.set()

    captured(print)
    thread = threading.Thread(target=of_the_host)
    assert captured(run) == "by the run\n"
    thread.join(10)
    assert elsewhere.getvalue() == "by the host\n"


def test_a_wrapper_of_the_host_around_its_stream_works_as_ever(capsys):
    """As colorama does it, also after the first run of a process."""
    captured(print)
    before, written = sys.stdout, io.StringIO()
    sys.stdout = Tee(sys.stdout, written)
    try:
        print("by the host")
        assert captured(lambda stream: print("by a run")) == "by a run\n"
    finally:
        sys.stdout = before
    assert (written.getvalue(), capsys.readouterr().out) == ("by the host\n", "by the host\n")


def test_a_task_that_outlives_its_run_writes_to_the_servers_stream(capsys):
    late = []

    def run(stream):
        late.append(contextvars.copy_context())

    captured(run)
    late[0].run(print, "late")
    assert capsys.readouterr().out == "late\n"


def test_lines_keep_their_order_and_arrive_at_once():
    """Readers see them while the command works, and a kill does not lose them."""
    seen, output = [], Output(1000)

    def run():
        with capturing(output):
            over_the_bytes()
            seen.append(output.parts()[0])
            print("to stderr", file=sys.stderr)
            print("again")
            seen.append(output.parts()[0])

    contextvars.copy_context().run(run)
    assert seen == [b"said\n", b"said\nto stderr\nagain\n"]


def test_a_process_without_streams_has_none_but_its_runs_have():
    """As a service of Windows, or `pythonw`."""
    seen, output = [], Output(1000)

    def run():
        with capturing(output):
            seen.append(printed.target())
            printed.write("said")

    printed = standard_streams.Printed("stdout", standard_streams.Standard(None), None)
    assert (printed.target(), printed.write("nothing"), printed.flush()) == (None, 7, None)
    contextvars.copy_context().run(run)
    assert (seen, output.parts()[0]) == ([printed.standard], b"said")


# -- what a stream is ---------------------------------------------------------------------------


def test_a_stream_has_what_a_script_finds_there(toy_says):
    def behave(command):
        for out in (sys.stdout, sys.stderr):
            assert (out.encoding, out.errors, out.mode) == ("utf-8", "backslashreplace", "w")
            assert (out.isatty(), out.writable(), out.readable(), out.seekable()) == (
                False,
                True,
                False,
                False,
            )
            assert (out.closed, out.newlines, out.line_buffering, bool(out.name)) == (False, None, True, True)
            assert isinstance(out, io.TextIOBase)
            assert isinstance(out.buffer, io.BufferedIOBase)
            assert (out.buffer.mode, out.buffer.raw.writable(), out.buffer.closed) == ("wb", True, False)
            assert out.buffer.write(memoryview(b"12345\n")) == 6
            assert out.buffer.flush() is None
            assert out.write("€\n") == 2
            out.writelines(["a", "b\n"])

    assert toy_says(behave) == "12345\n€\nab\n" * 2


@pytest.mark.parametrize("text", [b"bytes", 5, None])
def test_only_text_can_be_written_and_only_bytes_below(toy_says, text):
    def behave(command):
        with pytest.raises(TypeError, match="must be str"):
            sys.stdout.write(text)
        with pytest.raises(TypeError):
            sys.stdout.buffer.write("text" if text == b"bytes" else text)

    assert toy_says(behave) == ""


@pytest.mark.parametrize("which", [lambda: sys.stdout, lambda: sys.stderr.buffer])
def test_an_inline_run_has_no_descriptor_and_the_error_says_what_to_do(toy_says, which):
    def behave(command):
        with pytest.raises(io.UnsupportedOperation, match=r"capture_output=True, .*executor='subprocess'"):
            which().fileno()

    toy_says(behave)


def test_the_module_sys_can_still_be_sent_to_another_process():
    """cloudpickle, and with it joblib and dask, sends functions together with the modules that they use."""
    captured(print)
    assert pickle.loads(pickle.dumps(sys)) is sys  # noqa: S301


@pytest.mark.parametrize(
    "stream", [lambda: sys.stdout, lambda: sys.stdout.buffer, lambda: vars(sys)["stdout"]]
)
def test_a_stream_cannot_be_copied_and_the_error_is_that_of_a_file(stream):
    captured(print)
    for copied in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="cannot pickle"):
            copied(stream())


def test_a_patch_by_mock_ends_with_its_block():
    """It takes what it puts back from the dict of `sys`, where the interpreter's own is."""
    captured(print)
    before = sys.stdout
    with mock.patch("sys.stdout", new_callable=io.StringIO) as outer:
        with mock.patch("sys.stdout", new_callable=io.StringIO) as inner:
            print("inner")
        print("outer")
    assert sys.stdout is before
    assert (inner.getvalue(), outer.getvalue()) == ("inner\n", "outer\n")


def test_a_patch_by_mock_in_a_run_ends_with_its_block():
    def patch(stream):
        with mock.patch("sys.stdout", new_callable=io.StringIO):
            print("unheard")
        print("heard")

    assert captured(patch) == "heard\n"


def test_a_stream_that_is_deleted_takes_nothing_until_it_is_put_back():
    captured(print)
    before = sys.stdout
    del sys.stdout
    print("into nothing")
    sys.stdout = before
    assert sys.stdout is before
