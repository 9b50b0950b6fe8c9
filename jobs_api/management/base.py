"""Shared by the ``jobs_*`` commands: tables for people, JSON for programs, errors with hints."""

from __future__ import annotations

import getpass
import io
import json
import os
import sys
from argparse import ArgumentTypeError
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import datetime
from typing import Any, NoReturn, TextIO, cast

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper

from jobs_api import registry
from jobs_api.audit import acting
from jobs_api.database import bounds, unsupported
from jobs_api.exceptions import JobsApiError, NotFound
from jobs_api.execution import process_end
from jobs_api.execution.current import current_run
from jobs_api.management import failing, helping
from jobs_api.management.facts import Facts
from jobs_api.management.screen import NobodyReads, Screen, Unwritable
from jobs_api.management.tables import Table
from jobs_api.models import JobRun
from jobs_api.registry import discovery
from jobs_api.registry.job import Job
from jobs_api.runs import readers
from jobs_api.runs.state_machine import HOST
from jobs_api.text import json_safe, storable, visible
from jobs_api.text.numbers import LARGEST_ID, amount, whole


class JobsCommand(BaseCommand):
    """One of our commands: `--json` for programs; a refusal is shown with its remedy, without a traceback.

    All its output goes through a `Screen`, whoever sets its streams.
    """

    requires_system_checks: Any = []
    """A crontab line must start fast; `manage.py check` checks the declarations."""
    bounded = True
    """Whether it waits for the database as long as a request at most. False where its work takes long."""
    examples: Sequence[str] = ()
    """Command lines for `--help`, without the command's name."""
    statuses: Mapping[int, str] = {}
    """What its exit statuses mean, where they mean something else than in `helping.USUAL`."""
    _screens: dict[str, Screen]

    @property
    def stdout(self) -> Screen:
        """Standard output."""
        return self._screens["stdout"]

    @stdout.setter
    def stdout(self, wrapper: OutputWrapper) -> None:
        self._put("stdout", wrapper)

    @property
    def stderr(self) -> Screen:
        """Standard error."""
        return self._screens["stderr"]

    @stderr.setter
    def stderr(self, wrapper: OutputWrapper) -> None:
        self._put("stderr", wrapper)

    def _put(self, name: str, wrapper: OutputWrapper) -> None:
        stream = cast(TextIO | None, wrapper._out)  # None in a process that was started without it
        screen = Screen(io.StringIO() if stream is None else stream, wrapper.ending)
        screen.style_func = wrapper.style_func
        self._screens = {**getattr(self, "_screens", {}), name: screen}

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Its parser, whose help ends with examples and exit statuses."""
        prog = f"{os.path.basename(prog_name)} {subcommand}"
        kwargs.setdefault("formatter_class", helping.Formatter)
        kwargs.setdefault("epilog", helping.epilog(prog, self.examples, self.statuses))
        return super().create_parser(prog_name, subcommand, **kwargs)

    def run_from_argv(self, argv: list[str]) -> None:
        """Run it from a shell: Ctrl-C, or a reader that has gone (`head`), ends it without a traceback."""
        try:
            try:
                super().run_from_argv(argv)
            finally:
                try:
                    self.stdout.flush()  # here, where somebody can say what is wrong, not when Python exits
                finally:
                    process_end.do_it()
        except Unwritable as error:
            self._give_up_printing(error)
        except KeyboardInterrupt:
            sys.exit(failing.INTERRUPTED)

    def _give_up_printing(self, error: Unwritable) -> NoReturn:
        """End it without a traceback: what it had to do is done."""
        nobody_reads = isinstance(error, NobodyReads)
        if not nobody_reads:
            with suppress(Unwritable):
                self.stderr.write(f"The output could not be written: {error}.")
        for screen in (self.stdout, self.stderr):
            screen.silence()
        sys.exit(failing.NOBODY_READS if nobody_reads else failing.UNWRITABLE)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments of every command."""
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run it. A database that is not migrated, or does not respond, is an error of one sentence."""
        stored = {key: _storable(value) for key, value in options.items()}
        if reason := unsupported():
            raise CommandError(reason)
        try:
            failing.require_valid_setting()
            with _somebody(), bounds.bounded() if self.bounded else nullcontext():
                return super().execute(*args, **stored)
        except CommandError as error:  # also for code that calls it and prints the message
            _make_visible(error)
            raise
        except Exception as error:
            known = failing.of(error)
            if known is None:
                raise
            _make_visible(known)
            raise known from error

    def table(
        self, headings: Sequence[str], lines: Iterable[Sequence[Any]], drop: Sequence[str] = ()
    ) -> Table:
        """A table for `show`; `drop` names the columns that a narrow terminal leaves out first."""
        return Table.of(headings, lines, drop)

    def show(self, options: dict[str, Any], payload: Any, *parts: str | Table | Facts) -> None:
        """Print the payload to a program, the parts to a person, each beginning a line."""
        if options["json"]:
            self.stdout.write(json_safe(json.dumps(payload, indent=2, default=_plain)))
            return
        for part in parts:
            if isinstance(part, str):
                self.stdout.write(part)
            else:
                self.stdout.table(part, colour=wish(options))


def wish(options: dict[str, Any]) -> bool | None:
    """Whether the person requested colours, or none; None if nothing was requested."""
    return False if options.get("no_color") else options.get("force_color") or None


def _make_visible(error: CommandError) -> None:
    error.args = tuple(map(visible, map(str, error.args)))


def _storable(value: Any) -> Any:
    """The value as a database can store it; a command line may hold any bytes."""
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return storable(value) if isinstance(value, str) else value


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn our own errors into errors of a command."""
    try:
        yield
    except (JobsApiError, ImproperlyConfigured) as error:
        raise failing.of(error) or error from error


def json_object(text: str | None) -> dict[str, Any] | None:
    """The value of `--options`; None without it."""
    try:
        value = None if text is None else json.loads(text)
    except ValueError as error:
        raise CommandError(f"--options is not JSON: {error}") from None
    if value is not None and not isinstance(value, dict):
        raise CommandError("--options must be a JSON object such as '{\"days\": 7}'.")
    return value


def seconds(text: str) -> float:
    """The type of an argument in seconds."""
    number = amount(text)
    if number is None:
        raise ArgumentTypeError(f"must be a number of seconds such as 30 or 0.5, not {text[:60]!r}")
    return number


def job(name: str) -> Job:
    """The job of that name; otherwise an error that names all jobs."""
    try:
        return registry.get(name)
    except NotFound as error:
        raise CommandError(f"{error.detail} {discovery.known()}") from None


def run(text: str) -> JobRun:
    """The run with that id, as readers see it, without its output."""
    found = readers.find(whole(text, LARGEST_ID) or 0)
    if found is None:
        raise CommandError(f"There is no run {text!r}. `jobs_list` shows the newest of each job.")
    return found


def run_or_newest(text: str) -> JobRun:
    """The run with that id, or else the newest run of the job with that name, declared or not."""
    found = readers.find(whole(text, LARGEST_ID) or 0) or readers.newest(text)
    if found is not None:
        return found
    if registry.find(text) is not None:
        raise CommandError(f"The job {text!r} has no run yet.")
    return run(text)


def user() -> str:
    """The user of this command line, for the record."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user in a container
        return ""


def traceparent() -> str:
    """The trace context of whoever started this command: as OpenTelemetry hands it on in an environment."""
    return os.environ.get("TRACEPARENT", "")


def at_a_terminal() -> bool:
    """Whether a person stands before this command line: cron, a service and a pipe have no terminal."""
    try:
        return sys.stdin.isatty()
    except (AttributeError, ValueError):  # None, or closed
        return False


def _somebody() -> AbstractContextManager[None]:
    """Who acts, for the audit: the user of this command line; inside a run, its job."""
    return nullcontext() if current_run() else acting("command", actor=user(), address=HOST)


def duration(milliseconds: int | None) -> str:
    """A duration for people."""
    if milliseconds is None:
        return "-"
    return f"{milliseconds} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
