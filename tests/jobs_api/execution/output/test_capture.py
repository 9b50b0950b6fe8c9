"""Whatever way a command writes, its run has each line once; outside of a run nothing changes."""

import contextlib
import io
import logging
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command

from jobs_api.execution.capture import capturing
from jobs_api.runs.output import Output, rest

from .recording import captured

LOUD = logging.getLogger("tests.loud")

WAYS = {
    "print": lambda command: print("said"),
    "print to stderr": lambda command: print("said", file=sys.stderr),
    "the command's stdout": lambda command: command.stdout.write("said"),
    "the command's stderr": lambda command: command.stderr.write("said"),
    "its stdout with a style": lambda command: command.stdout.write(command.style.SUCCESS("said")),
    "its stdout with a style function": lambda command: command.stdout.write("said", command.style.ERROR),
    "sys.stdout": lambda command: sys.stdout.write("said\n"),
    "lines": lambda command: sys.stdout.writelines(["said", "\n"]),
    "bytes": lambda command: sys.stdout.buffer.write(b"said\n"),
    "bytes to stderr": lambda command: (sys.stderr.buffer.write(b"said\n"), sys.stderr.flush()),
    "bytes to the command's stdout": lambda command: command.stdout.buffer.write(b"said\n"),
    "a text layer of its own": lambda command: io.TextIOWrapper(
        sys.stdout.buffer, "utf-8", write_through=True
    ).write("said\n"),
    "a stream set to an encoding": lambda command: (
        sys.stdout.reconfigure(encoding="utf-8", line_buffering=True),
        print("said"),
    ),
    "a stream kept from before": lambda command: command.kept.write("said\n"),
}


@pytest.mark.parametrize("way", WAYS)
def test_each_way_of_writing_is_captured_once(toy_says, way):
    captured(print)  # from now on the standard streams are routed
    kept = sys.stdout

    def write(command):
        command.kept = kept
        WAYS[way](command)

    assert toy_says(write) == "said\n"


def test_streams_are_captured_in_the_order_of_writing(toy_says):
    def write(command):
        print("one")
        command.stderr.write("two")
        sys.stderr.write("three\n")
        command.stdout.write("four", ending="")

    assert toy_says(write) == "one\ntwo\nthree\nfour"


def test_what_handle_returns_is_output(monkeypatch):
    monkeypatch.setattr(
        "tests.toys.management.commands.toy.Command.handle", lambda self, **options: "returned"
    )
    assert captured(lambda stream: call_command("toy", stdout=stream, stderr=stream)) == "returned\n"


def test_a_run_is_no_terminal_also_if_the_server_has_one(monkeypatch, toy_says):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    seen = []
    toy_says(lambda command: seen.extend([sys.stdout.isatty(), command.style.ERROR("plain")]))
    assert seen == [False, "plain"]


def test_a_command_may_redirect_its_own_output(toy_says):
    kept = io.StringIO()

    def write(command):
        with contextlib.redirect_stdout(kept):
            print("elsewhere")
        print("here")

    assert (toy_says(write), kept.getvalue()) == ("here\n", "elsewhere\n")


def test_a_command_can_pass_on_what_a_child_process_says(toy_says):
    child = [sys.executable, "-c", "print('child')"]
    said = toy_says(lambda command: print(subprocess.check_output(child, text=True), end=""))
    assert said == "child\n"


def test_twelve_runs_in_threads_at_once_are_not_mixed():
    together = threading.Barrier(12)

    def work(number):
        def write(stream):
            together.wait(10)
            for line in range(40):
                print(number, line)
                sys.stderr.write(f"{number} {line}\n")
                LOUD.warning("%d %d", number, line)
                time.sleep(0)

        return captured(write)

    with ThreadPoolExecutor(12) as pool:
        said = list(pool.map(work, range(12)))
    for number, text in enumerate(said):
        lines = text.splitlines()
        assert len(lines) == 120
        assert [int(line.split()[-1]) for line in lines] == [line for line in range(40) for _ in range(3)]
        assert {int(line.split()[-2]) for line in lines} == {number}


def test_a_run_within_a_run_keeps_its_output_to_itself():
    inner = []

    def outer(stream):
        print("before")
        inner.append(captured(lambda stream: print("inside")))
        print("after")

    assert captured(outer) == "before\nafter\n"
    assert inner == ["inside\n"]


def test_output_written_before_an_exception_is_kept():
    output = Output(100)

    def run():
        with capturing(output):
            print("so far")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        run()
    assert rest(output.parts(), 0) == b"so far\n"


def test_outside_of_a_run_everything_passes_through(capsys):
    captured(lambda stream: print("inside"))
    print("outside")
    print("outside, too", file=sys.stderr)
    sys.stdout.writelines(["line\n"])
    assert capsys.readouterr() == ("outside\nline\n", "outside, too\n")


def test_a_thread_beside_a_run_passes_through(capsys):
    def run(stream):
        beside = threading.Thread(target=print, args=["beside"])
        beside.start()
        beside.join()
        print("inside")

    assert captured(run) == "inside\n"
    assert capsys.readouterr().out == "beside\n"


def test_the_streams_keep_their_other_attributes(capsysbinary):
    captured(print)
    sys.stdout.buffer.write(b"raw\xff")
    sys.stdout.flush()
    assert (sys.stdout.encoding.lower(), sys.stdout.isatty()) == ("utf-8", False)
    assert capsysbinary.readouterr().out == b"raw\xff"


def test_capsys_works_again_in_the_next_test_after_a_run(capsys):
    assert captured(lambda stream: print("inside")) == "inside\n"
    print("seen by capsys")
    assert capsys.readouterr().out == "seen by capsys\n"
    print("and again")
    assert capsys.readouterr().out == "and again\n"


def test_a_stream_replaced_by_the_host_is_routed_too():
    elsewhere = io.StringIO()
    with contextlib.redirect_stdout(elsewhere):
        assert captured(lambda stream: print("inside")) == "inside\n"
        print("outside")
    assert elsewhere.getvalue() == "outside\n"


def test_streams_are_routed_once_however_many_runs_there_were(capsys):
    captured(print)
    routed = sys.stdout, sys.stderr
    for _ in range(3):
        captured(print)
    assert (sys.stdout, sys.stderr) == routed
