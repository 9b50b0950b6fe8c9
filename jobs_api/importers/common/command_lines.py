"""Read a command line that runs a management command: through a shell, wrappers and containers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence

from jobs_api.importers.common import wrappers
from jobs_api.importers.common.call import Call
from jobs_api.importers.common.entry import CannotCarry
from jobs_api.importers.common.shell import Simple, Word, commands
from jobs_api.importers.common.triggers import LONGEST

PREPARATIONS = {
    *(
        "cd",
        ".",
        "source",
        "export",
        "set",
        "umask",
        "ulimit",
        "sleep",
        "true",
        ":",
        "unset",
        "shopt",
        "trap",
    ),
    *("pushd", "workon", "date", "echo", "printf", "mkdir", "touch"),
}
"""Commands before the one that counts: they prepare its environment, which jobs_api has."""
TESTS = ("[", "[[", "test")
OUTPUT = {
    *("tee", "logger", "cat", "mail", "mailx", "ts", "cronolog", "rotatelogs", "systemd-cat", "grep", "sed"),
    *("tail", "head", "multilog", "awk", "gzip", "mutt", "sendmail"),
}
"""Commands behind a |: they handle the output, which jobs_api keeps with the run."""
MESSAGES = ("echo", "printf", "true", ":", "logger", "mail", "exit", "date", "deactivate", "popd")
PINGS = re.compile(
    r"https?://[^/\s]*(hc-ping\.com|healthchecks\.|cronitor\.|nosnch\.in|deadmanssnitch|betteruptime|"
    r"betterstack|uptimerobot|uptime-kuma|cronhub|dead-?mans?|/api/push/|heartbeat)",
    re.IGNORECASE,
)
PING_NOTE = "Whether the job is missed is told by jobs_api (/api/health/jobs), so no ping was kept."
KEYWORDS = ("if", "for", "while", "until", "case", "function", "{", "}", "!", "then", "do", "else", "fi")
PYTHON = re.compile(r"(python|pypy)[0-9.]*t?(\.exe)?")
MANAGE = re.compile(r"manage\w*(\.py)?|django-admin(\.py)?")
PYTHON_OPTIONS_WITH_VALUE = ("-W", "-X")
GROUP = re.compile(r"\s*(?:\((.*)\)|\{\s(.*?);?\s*\})\s*([\d&]?[<>].*)?", re.DOTALL)
WRAPPER_HINT = "Write a management command that runs both, so that they succeed or fail together."

WIDEST = 1000
"""Characters of a variable, and words of a container."""
TOO_LONG = "It is too long to be read: make a management command of it."


def read(text: str, known: Mapping[str, str] | None = None) -> Call:
    """What a line of shell runs. `known`: variables whose values the source gives.

    Raises:
        CannotCarry: not exactly one management command whose arguments are known.
    """
    if len(text) > LONGEST:
        raise CannotCarry(TOO_LONG)
    call = Call()
    _line(text, {name: value for name, value in (known or {}).items() if len(value) < WIDEST}, call, 0)
    return call


def read_words(words: Sequence[str]) -> Call:
    """What a program with these arguments runs; no shell reads them."""
    if sum(map(len, words)) > LONGEST or len(words) > WIDEST:
        raise CannotCarry(TOO_LONG)
    call = Call()
    _words([Word(word, word) for word in words], {}, call, 0)
    return call


def _line(text: str, known: Mapping[str, str], call: Call, depth: int) -> None:
    if depth > wrappers.DEEPEST:
        raise CannotCarry("Its shells are nested too deeply.")
    text = _ungrouped(text, known, call)
    found = commands(text, known)
    for command in found:
        if command.words and command.words[0].text in KEYWORDS:
            raise CannotCarry("It is a program of the shell: move it into a management command.")
    core = _core(found, call)
    _redirects(core, call)
    if core.background:
        call.dropped.append("&")
    _words(core.words, known, call, depth)


def _ungrouped(text: str, known: Mapping[str, str], call: Call) -> str:
    """What stands in ( ) or { }, if that is the whole line but for redirects."""
    match = GROUP.fullmatch(text)
    if match is None:
        return text
    for outside in commands(match[3] or "", known):
        if outside.words:
            return text
        _redirects(outside, call)
    return match[1] or match[2]


def _core(found: list[Simple], call: Call) -> Simple:
    """The one command that counts; the others are dropped if they may be."""
    rest = list(found)
    while rest and _prepares(rest[0]) and len(rest) > 1:
        call.dropped.append(rest.pop(0).shown)
    if not rest:
        raise CannotCarry("It runs nothing.")
    core, *others = rest
    for other in others:
        if other.before == "|" and _name(other) in OUTPUT:
            call.dropped.append(f"| {other.shown}")
        elif PINGS.search(other.shown) and _name(other) in ("curl", "wget"):
            call.dropped.append(f"{other.before} {other.shown}")
            call.notes.append(PING_NOTE)
        elif other.before in (";", "||", "&&") and _name(other) in MESSAGES:
            call.dropped.append(f"{other.before} {other.shown}")
        elif other.before == "|":
            raise CannotCarry("It pipes its output into another program: let a management command do both.")
        else:
            raise CannotCarry(f"It runs more than one command ({other.before}). {WRAPPER_HINT}")
    return core


def _prepares(command: Simple) -> bool:
    if not command.words:
        return True
    if all(wrappers.ASSIGNMENT.match(word.raw) for word in command.words):
        return True
    name = _name(command)
    if name in TESTS:
        _require_harmless(command)
        return True
    pings = PINGS.search(command.shown) and name in ("curl", "wget")
    return bool(pings) or name in PREPARATIONS or (name == "exit" and command.before == "||")


def _require_harmless(test: Simple) -> None:
    """Whether a file is there is of no interest here; any other condition says when the job is due."""
    words = [word.text for word in test.words if word.text not in (*TESTS, "]", "]]")]
    if len(words) != 2 or not re.fullmatch(r"-[a-z]", words[0]) or "$(" in words[1] or "`" in words[1]:
        raise CannotCarry(
            f"It runs only if {test.shown[:60]}: say it by the schedule (MON#1 is the first Monday, "
            "L the last day of the month), or let the command look."
        )


def _name(command: Simple) -> str:
    return os.path.basename(command.words[0].text) if command.words else ""


def _redirects(command: Simple, call: Call) -> None:
    for redirect in command.redirects:
        if "<" in redirect and not redirect.endswith("/dev/null") and "<&" not in redirect:
            raise CannotCarry("It reads a file as its standard input: pass its name as an option.")
        call.dropped.append(redirect)


def _words(words: list[Word], known: Mapping[str, str], call: Call, depth: int) -> None:
    """Take off one wrapper after the other, until manage.py is at the front."""
    for _ in range(wrappers.MOST):
        if not words:
            break
        shell = wrappers.shell_text(words, call)
        if shell is not None:
            _line(shell, known, call, depth + 1)
            return
        inner = wrappers.unwrapped(words, call)
        if inner is None:
            break
        words = inner
    _manage(words, call)


def _manage(words: list[Word], call: Call) -> None:
    rest = _behind_python(words)
    if not rest:
        raise CannotCarry("It runs no management command.")
    name = os.path.basename(rest[0].text)
    if not MANAGE.fullmatch(name):
        raise CannotCarry(
            f"{name[:60]!r} is not a management command: write one that does its work, or leave it there."
        )
    rest = list(_without_settings(rest[1:], call))
    if not rest:
        raise CannotCarry("It names no management command.")
    for word in rest:
        if word.computed:
            raise CannotCarry(_computed(word.computed))
    call.command, call.args = rest[0].text, [word.text for word in rest[1:]]
    if call.command == "crontab" and call.args[:1] == ["run"]:
        raise CannotCarry("django-crontab wrote it from CRONJOBS: import them with `jobs_import cronjobs`.")
    if call.command == "runcrons":
        raise CannotCarry(
            "It starts the classes of django-cron: import them with `jobs_import cron-classes`; "
            "`jobs_run_due` takes its place."
        )


def _computed(text: str) -> str:
    """Why an argument is not known, and what to do."""
    if re.fullmatch(r"\$\{?\w+\}?", text):
        return f"The value of {text} is not in this file: let the command read it from its environment."
    if text.startswith(("$", "`")):
        return (
            f"The shell computes {text} at each run: let the command compute it, for example from "
            "current_run().run_date."
        )
    return f"The shell expands {text}: let the command find the files."


def _behind_python(words: list[Word]) -> list[Word]:
    """The words from manage.py on: behind an interpreter and its options."""
    if not words or not PYTHON.fullmatch(os.path.basename(words[0].text)):
        return words
    rest = words[1:]
    while rest and rest[0].text.startswith("-"):
        option = rest[0].text
        if option == "-m" and len(rest) > 1:
            if rest[1].text == "django":
                return [Word("django-admin", "-m django"), *rest[2:]]
            raise CannotCarry(f"It runs the module {rest[1].text[:60]!r}, not a management command.")
        if option.startswith("-c"):
            raise CannotCarry("It runs a program of its own: make a management command of it.")
        rest = rest[2:] if option in PYTHON_OPTIONS_WITH_VALUE else rest[1:]
    return rest


def _without_settings(words: list[Word], call: Call) -> Iterator[Word]:
    """Without the options that choose the settings: a job runs with those of its server or worker."""
    skip = False
    for word in words:
        if skip or word.text.startswith(("--settings=", "--pythonpath=")):
            call.dropped.append(word.raw)
            skip = False
        elif word.text in ("--settings", "--pythonpath"):
            call.dropped.append(word.raw)
            skip = True
        else:
            yield word
