"""What the ``jobs_*`` commands share: tables for people, JSON for programs, errors with hints."""

from __future__ import annotations

import getpass
import json
import shutil
import signal
import threading
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from types import FrameType
from typing import Any, NamedTuple, TextIO, cast

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper
from django.db import DatabaseError, InterfaceError

from jobs_api import registry
from jobs_api.database import AWAY, NOT_MIGRATED, bounds, lacks_tables
from jobs_api.exceptions import JobsApiError, NotFound
from jobs_api.management.tables import table
from jobs_api.models import JobPause, JobRun
from jobs_api.registry.job import Job
from jobs_api.runs import job_state, readers
from jobs_api.text import encodable, json_safe, one_line, storable, visible
from jobs_api.text.numbers import LARGEST_ID, amount, whole

Style = Callable[[str], str] | None
UNTAKEN = "The database did not take it: {}. Look with jobs_list or jobs_show what was done, then try again."


class Screen(OutputWrapper):
    """Where commands print: whatever callers and commands wrote is shown, and acts on no terminal."""

    def write(  # type: ignore[override]  # as in Django
        self, msg: str = "", style_func: Style = None, ending: str | None = None
    ) -> None:
        """Print; only our own colours are left to act."""
        super().write(self._spelled(visible(msg)), style_func, ending)

    def raw(self, msg: str) -> None:
        """Print as it is, for a person who asked for that."""
        super().write(self._spelled(msg))

    def columns(self) -> int | None:
        """How wide the terminal is; None where nobody looks: a file, a mail, another program."""
        return shutil.get_terminal_size().columns if self.isatty() else None

    def _spelled(self, msg: str) -> str:
        """In what this terminal can write: `jobs_show` should not break on a letter."""
        return encodable(msg, getattr(self._out, "encoding", None) or "utf-8")


class JobsCommand(BaseCommand):
    """A verb of ours: `--json` for programs, and a refusal is an error with its remedy, no traceback.

    All that it prints goes through a `Screen`, whoever sets its streams, so no command has to think of it.
    """

    requires_system_checks: Any = []
    """A crontab line must start fast; `manage.py check` is where declarations are checked."""
    bounded = True
    """Whether it waits for the database no longer than a request does; not where its work takes long."""
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
        screen = Screen(cast(TextIO, wrapper._out), wrapper.ending)
        screen.style_func = wrapper.style_func
        self._screens = {**getattr(self, "_screens", {}), name: screen}

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what every command takes."""
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run it; a database that nobody has migrated, or that does not answer, is said in one sentence."""
        given = {key: _storable(value) for key, value in options.items()}
        try:
            with bounds.bounded() if self.bounded else nullcontext():
                return super().execute(*args, **given)
        except CommandError as error:  # also for those who call it from code and print what it says
            error.args = tuple(map(visible, map(str, error.args)))
            raise
        except (DatabaseError, InterfaceError) as error:
            if lacks_tables(error):
                raise CommandError(NOT_MIGRATED) from None
            if isinstance(error, AWAY):  # no bug of ours, so nobody needs our lines of code
                raise CommandError(UNTAKEN.format(one_line(str(error)).rstrip("."))) from error
            raise

    def table(self, headings: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
        """For whoever reads this command's output."""
        return table(headings, lines, width=self.stdout.columns())

    def say(self, options: dict[str, Any], data: Any, text: str) -> None:
        """Print `data` to a program, `text` to a person."""
        written = json_safe(json.dumps(data, indent=2, default=_plain)) if options["json"] else text
        self.stdout.write(written)


def _storable(value: Any) -> Any:
    """What was given, as a database takes it; a command line may hold any bytes."""
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return storable(value) if isinstance(value, str) else value


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


@contextmanager
def refusals() -> Iterator[None]:
    """Show our own errors the way commands show them."""
    try:
        yield
    except JobsApiError as error:
        raise CommandError(error.detail) from error
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from error


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM end the command as Ctrl-C does: the attempt is handed back, and costs no try."""
    before = signal.signal(signal.SIGTERM, _interrupt) if _in_main_thread() else None
    try:
        yield
    except KeyboardInterrupt:
        raise CommandError("Interrupted; what ran in this process was handed back.", returncode=130) from None
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def _in_main_thread() -> bool:
    """Only there may signals be handled; a command called by a web request is elsewhere."""
    return threading.current_thread() is threading.main_thread()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def json_object(text: str | None) -> dict[str, Any] | None:
    """The value of `--options`; None where it is not given."""
    try:
        value = None if text is None else json.loads(text)
    except ValueError as error:
        raise CommandError(f"--options is not JSON: {error}") from None
    if value is not None and not isinstance(value, dict):
        raise CommandError("--options must be a JSON object such as '{\"days\": 7}'.")
    return value


def seconds(text: str) -> float:
    """The type of an argument that is a number of seconds."""
    number = amount(text)
    if number is None:
        raise ArgumentTypeError(f"must be a number of seconds such as 30 or 0.5, not {text[:60]!r}")
    return number


def job(name: str) -> Job:
    """The job of that name, or an error that names those there are."""
    try:
        return registry.get(name)
    except NotFound as error:
        raise CommandError(f"{error.detail} There are: {registry.names()}.") from None


def run(text: str) -> JobRun:
    """The run of that id, as readers see it, without its output."""
    found = readers.find(whole(text, LARGEST_ID) or 0)
    if found is None:
        raise CommandError(f"There is no run {text!r}. `jobs_list` names the newest of each job.")
    return found


def user() -> str:
    """Who works on this command line, for the record."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user in a container
        return ""


class Paused(NamedTuple):
    """What pausing or resuming one job has led to."""

    members: dict[str, Any]
    text: str


def paused(job: Job, verb: str, *, changed: bool, tell: bool) -> Paused:
    """Say it; `tell` of the pause, too, where the person does not know it yet."""
    pause = job_state.last_pause(job)
    told = f" {pause_told(pause, job)}" if tell and pause is not None else ""
    members = {"job": job.name, "changed": changed, "last_pause": pause_members(pause)}
    return Paused(members, f"{job.name}: {verb}{told}")


def pause_told(pause: JobPause, job: Job) -> str:
    """When it was, who asked for it, who ended it, and why."""
    said = f"from {_moment(pause.started_at, job)}{_by(pause.actor, pause.comment)}"
    if pause.ended_at is None:
        return f"{said}, until somebody resumes it"
    return f"{said} to {_moment(pause.ended_at, job)}{_by(pause.resumed_by, pause.resume_comment)}"


def _moment(instant: datetime, job: Job) -> str:
    return instant.astimezone(job.slots.zone).isoformat(timespec="seconds")


def _by(actor: str, comment: str) -> str:
    return (f" by {one_line(actor)}" if actor else "") + (f" ({one_line(comment)})" if comment else "")


def pause_members(pause: JobPause | None) -> dict[str, Any] | None:
    """The same for programs, in the words of the API."""
    if pause is None:
        return None
    begun = {"started_at": pause.started_at, "actor": pause.actor, "reason": pause.comment}
    ended = {"resumed_by": pause.resumed_by, "resume_reason": pause.resume_comment}
    return {**begun, "ended_at": pause.ended_at, **ended}


def duration(milliseconds: int | None) -> str:
    """A duration for people."""
    if milliseconds is None:
        return "-"
    return f"{milliseconds} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
