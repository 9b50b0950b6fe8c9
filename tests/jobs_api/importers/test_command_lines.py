"""What a line of shell runs: one management command whose arguments are known, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

CARRIED: dict[str, tuple[str, list[str], dict[str, Any]]] = {
    "./manage.py sync": ("sync", [], {}),
    "cd /a; ./manage.py sync --x=1 2": ("sync", ["--x=1", "2"], {}),
    "python3.12 -X dev -W error -u manage.py sync": ("sync", [], {}),
    "A=1 B='2 3' ./manage.py sync": ("sync", [], {}),
    "./manage.py sync 'a b' \"c d\" e\\ f": ("sync", ["a b", "c d", "e f"], {}),
    './manage.py sync "it\'s" \'say "x"\'': ("sync", ["it's", 'say "x"'], {}),
    "./manage.py sync a'b'\"c\"": ("sync", ["abc"], {}),
    "./manage.py sync '$HOME' '*' '`x`' '~'": ("sync", ["$HOME", "*", "`x`", "~"], {}),
    "./manage.py sync \"\" ''": ("sync", ["", ""], {}),
    "./manage.py sync a#b # a comment": ("sync", ["a#b"], {}),
    "./manage.py sync >x 2>&1 <&- 3 </dev/null": ("sync", ["3"], {}),
    "./manage.py sync 2 >x": ("sync", ["2"], {}),
    "./manage.py sync x2>y": ("sync", ["x2"], {}),
    "./manage.py sync \\%d": ("sync", ["%d"], {}),
    "timeout 1.5h ./manage.py sync": ("sync", [], {"timeout": 5400}),
    "timeout -s INT -k 5s 2m ./manage.py sync": ("sync", [], {"timeout": 120}),
    "timeout 0 ./manage.py sync": ("sync", [], {}),
    "flock -n /l ./manage.py sync": ("sync", [], {"overlap": "skip"}),
    "flock -E 0 -n /l timeout 9 ./manage.py sync": ("sync", [], {"overlap": "skip", "timeout": 9}),
    "flock /l -c './manage.py sync a'": ("sync", ["a"], {"overlap": "skip"}),
    "flock -n /l bash -c \"timeout 5 ./manage.py sync 'a b'\"": (
        "sync",
        ["a b"],
        {"overlap": "skip", "timeout": 5},
    ),
    "bash -c 'bash -c \"./manage.py sync\"'": ("sync", [], {}),
    "(cd /srv && ./manage.py sync) >> log 2>&1": ("sync", [], {}),
    "{ cd /srv && ./manage.py sync; } > log": ("sync", [], {}),
    "cd /srv || exit 1; ./manage.py sync": ("sync", [], {}),
    "[ -f /etc/shop ] && ./manage.py sync": ("sync", [], {}),
    "test -d /srv && ./manage.py sync": ("sync", [], {}),
    "./manage.py sync || true": ("sync", [], {}),
    "docker exec -it --env A=1 web ./manage.py sync": ("sync", [], {}),
    "docker compose -p shop run --rm -e A=1 web ./manage.py sync": ("sync", [], {}),
    "sudo -iu shop ./manage.py sync": ("sync", [], {}),
    "env -i A=1 ./manage.py sync": ("sync", [], {}),
    "./manage.py sync --settings a.b --pythonpath=/x": ("sync", [], {}),
}


@pytest.mark.parametrize("text", CARRIED)
def test_a_line_that_runs_one_management_command_becomes_its_job(text: str, line: Callable[..., Any]) -> None:
    command, args, more = CARRIED[text]
    fields = dict(line(text).fields)
    assert fields.pop("name") == command
    assert list(fields.pop("args", [])) == args
    assert fields == {"schedule": "0 3 * * *", **more}


LEFT = {
    "./manage.py a && ./manage.py b": "more than one command",
    "./manage.py a; ./manage.py b": "more than one command",
    "./manage.py a & ./manage.py b": "more than one command",
    "./manage.py a | ./manage.py b": "pipes its output",
    "cat x | ./manage.py a": "pipes its output",
    "./manage.py a < x": "standard input",
    "./manage.py a <<< x": "standard input",
    "./manage.py a $(date)": "computes $(date)",
    './manage.py a "x $(date) y"': "computes $(date)",
    "./manage.py a $((1 + (2 * 3)))": "computes $((",
    "./manage.py a `date`": "computes `date`",
    "./manage.py a $NAME": "The value of $NAME",
    "./manage.py a ${NAME:-x}": "computes ${NAME:-x}",
    "./manage.py a *.csv": "expands *.csv",
    "./manage.py a ~/x": "expands ~",
    "./manage.py a [ab]": "expands",
    './manage.py a "x': "does not end",
    "./manage.py $(date)": "computes",
    "./manage.py a%b": "begins the command's standard input",
    "while true; do ./manage.py a; done": "program of the shell",
    "if true; then ./manage.py a; fi": "program of the shell",
    "f() { ./manage.py a; }; f": "program of the shell",
    "! ./manage.py a": "program of the shell",
    "case x in y) ./manage.py a;; esac": "program of the shell",
    "[ 1 -eq 1 ] && ./manage.py a": "only if",
    "[ ! -f /lock ] && ./manage.py a": "only if",
    "test $(date +\\%d) = 01 && ./manage.py a": "only if",
    "./manage.py a && curl -X POST https://example.com/done": "more than one command",
    "timeout soon ./manage.py a": "duration of its timeout",
    "bash nightly.sh": "script of the shell",
    "bash -c": "script of the shell",
    "bash -c \"./manage.py a '$(date)'\"": "computes $(date)",
    "docker start web": "no management command here",
    "python": "no management command",
    "python -m http.server": "module 'http.server'",
    "python -c 'import shop'": "program of its own",
    "python nightly.py": "'nightly.py' is not a management command",
    "./manage.py": "names no management command",
    "nice": "no management command",
    "A=1": "no management command",
    " ".join(["nice"] * 200) + " ./manage.py a": "not a management command",
    "sh -c " * 3 + "x": "script of the shell",
}


@pytest.mark.parametrize("text", LEFT)
def test_any_other_line_stands_in_a_comment_with_its_reason(text: str, line: Callable[..., Any]) -> None:
    entry = line(text)
    assert entry.fields is None
    assert LEFT[text] in entry.reason


def test_a_column_for_the_user_is_never_guessed(line: Callable[..., Any]) -> None:
    text = "root ./manage.py sync"
    assert "use --system" in line(text).reason
    assert line(text, system=True).fields["name"] == "sync"
    assert line(text, path="/etc/cron.d/shop").fields["name"] == "sync"
    assert line(text, path="/home/ann/cron.d.txt").fields is None
    assert "no column for the user" in line("./manage.py sync", path="/etc/crontab").reason


def test_a_variable_of_the_crontab_has_its_value_unless_that_is_a_secret(read: Callable[..., Any]) -> None:
    lines = ['TO = "a b"', "TO_PASSWORD=horse", '0 3 * * * ./manage.py a "$TO" ${TO}']
    *_, first, second = read("crontab", "\n".join([*lines, "0 4 * * * ./manage.py a $TO_PASSWORD"])).entries
    assert first.fields["args"] == ["a b", "a b"]
    assert "The value of $TO_PASSWORD" in second.reason
