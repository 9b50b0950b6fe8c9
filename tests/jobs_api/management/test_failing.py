"""A command that cannot do its work: one line on stderr, an exit status for a crontab, never a traceback."""

import io
import os
import pkgutil
import stat
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import (
    DatabaseError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
    connection,
)

from jobs_api import database
from jobs_api.exceptions import DatabaseBusy
from jobs_api.management import commands, failing
from jobs_api.management.screen import NobodyReads, Screen
from jobs_api.models import JobRun
from tests.conftest import NOON, stored_run

from .calling import in_a_shell, manage
from .processes import environment
from .processes import manage as manage_in_a_shell
from .test_common import KEYS, WITHOUT_DATABASE

pytestmark = pytest.mark.django_db
NAMES = [module.name for module in pkgutil.iter_modules(commands.__path__)]


def refusing(error):
    """A database that answers every statement with this error."""

    def refuse(*args):
        raise error

    return connection.execute_wrapper(refuse)


def caused(error, **members):
    """The error with that of its driver."""
    error.__cause__ = type("DriverError", (Exception,), members)()
    return error


@pytest.mark.parametrize("case", [case for case in KEYS if case not in WITHOUT_DATABASE])
def test_every_command_says_that_the_database_is_locked_and_is_exit_status_75(declare, case):
    run = stored_run(declare(), NOON)
    line = [str(run.pk) if word in ("RUN", "QUEUED") else word for word in KEYS[case][0]]
    with refusing(OperationalError("database is locked")):
        said = manage(*line)
    assert (said.code, said.out) == (75, "")
    assert said.err == (
        "CommandError: The database was not available: database is locked. Another process holds a lock, "
        "which passes. See with jobs_list or jobs_show what was done, then try again."
    )


REFUSALS = {
    "no tables": (OperationalError("no such table: jobs_api_jobrun"), "run `manage.py migrate`"),
    "an old table": (OperationalError("no such column: note"), "run `manage.py migrate`"),
    "no tables in PostgreSQL": (caused(ProgrammingError("x"), sqlstate="42P01"), "run `manage.py migrate`"),
    "a lock": (OperationalError("canceling statement due to lock timeout"), "holds a lock, which passes"),
    "nobody there": (
        OperationalError('connection to server at "db", port 5432 failed: Connection refused'),
        "Is it up?",
    ),
    "too slow": (OperationalError("The database did not answer in time."), "Is it up?"),
    "no such host": (OperationalError('could not translate host name "db" to address'), "Is it up?"),
    "gone": (InterfaceError("connection already closed"), "Is it up?"),
    "no such database": (OperationalError('FATAL:  database "shop" does not exist'), "Create it, then run"),
    "no folder": (OperationalError("unable to open database file"), "Does its folder exist"),
    "only reads": (InternalError("cannot execute UPDATE in a read-only transaction"), "takes no writes"),
    "a file to read": (OperationalError("attempt to write a readonly database"), "takes no writes"),
    "another password": (
        OperationalError('FATAL:  password authentication failed for user "shop"'),
        "Are user and password right?",
    ),
    "no right": (
        caused(ProgrammingError("permission denied for table jobs_api_jobrun"), sqlstate="42501"),
        "lacks a right on our tables",
    ),
    "full": (OperationalError("FATAL:  sorry, too many clients already"), "no connection to spare"),
    "no database": (DatabaseError("file is not a database"), "Its file is damaged"),
    "something new": (OperationalError("\n"), "The database was not available: OperationalError. See "),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_each_refusal_of_the_database_has_its_hint(case):
    error, hint = REFUSALS[case]
    with refusing(error):
        said = manage("jobs_list")
    assert (said.code, said.out) == (75, "")
    assert said.err.startswith("CommandError: The database ")
    assert hint in said.err
    assert "\n" not in said.err


@pytest.mark.parametrize(
    "said",
    [
        "connection failed: postgres://shop:hunter2@db/shop",
        "invalid dsn: password=hunter2 host=db",
        "invalid dsn: password='hunter2' host=db",
        "no pg_hba.conf entry for hunter2",
    ],
)
def test_no_password_is_shown(settings, monkeypatch, said):
    monkeypatch.setitem(settings.DATABASES["default"], "PASSWORD", "hunter2")
    assert "hunter2" not in failing.without_secrets(said)
    assert "***" in failing.without_secrets(said)


def test_a_bug_keeps_its_traceback():
    with refusing(ProgrammingError('syntax error at or near "FORM"')), pytest.raises(ProgrammingError):
        manage("jobs_list")


SETTINGS = {
    "a text for a number": (
        {"DATABASE_SECONDS": "ten"},
        "JOBS_API['DATABASE_SECONDS'] must be a number above 0",
    ),
    "below 0": ({"RETENTION_DAYS": -1}, "JOBS_API['RETENTION_DAYS'] must be a number above 0"),
    "a list": (["EXECUTOR"], "JOBS_API must be a dictionary"),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_a_wrong_setting_is_one_line(settings, case):
    value, said = SETTINGS[case]
    settings.JOBS_API = value
    answer = manage("jobs_list")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith(f"CommandError: {said}")


@pytest.mark.parametrize(
    ("error", "code"),
    [(ImproperlyConfigured("Please supply the ENGINE value."), 1), (DatabaseBusy(), 75)],
    ids=lambda value: type(value).__name__,
)
def test_what_is_configured_wrong_or_busy_is_one_line(monkeypatch, error, code):
    def refuse(*args, **options):
        raise error

    monkeypatch.setattr(database, "now", refuse)
    said = manage("jobs_reap")
    assert (said.code, said.err) == (code, f"CommandError: {error}")


# -- a shell ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["jobs_list", "jobs_reap", "jobs_prune"])
def test_ctrl_c_is_exit_status_130_and_no_traceback(declare, name):
    declare()
    stderr = io.StringIO()
    with refusing(KeyboardInterrupt()):
        assert in_a_shell(name, stderr=stderr) == 130
    assert stderr.getvalue() == ""


@pytest.mark.parametrize(
    "line", [["jobs_list"], ["jobs_list", "--json"], ["jobs_run_due"], ["jobs_list", "--help"]]
)
def test_a_reader_that_has_enough_ends_it_quietly(declare, monkeypatch, line):
    """`jobs_list | head`."""
    declare()
    reading, writing = os.pipe()
    os.close(reading)
    stderr = io.StringIO()
    with open(writing, "w") as pipe:
        monkeypatch.setattr("sys.stdout", pipe)
        assert in_a_shell(*line, stdout=pipe, stderr=stderr) == 141
        assert stat.S_ISCHR(os.fstat(writing).st_mode)  # what is left in the buffer goes nowhere
    assert stderr.getvalue() == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("line", [["jobs_list"], ["jobs_run_due", "--json"]])
def test_a_disk_that_is_full_is_one_line_and_exit_status_74(declare, line):
    """`jobs_run nightly >> /var/log/jobs.log`."""
    declare()
    stderr = io.StringIO()
    with open("/dev/full", "w") as full:
        assert in_a_shell(*line, stdout=full, stderr=stderr) == 74
    assert stderr.getvalue() == "The output could not be written: No space left on device.\n"


def test_a_process_without_standard_output_does_its_work(declare, toy, monkeypatch):
    """`jobs_run nightly >&-`."""
    toy(lambda command, **options: None)
    declare()
    monkeypatch.setattr("sys.stdout", None)
    monkeypatch.setattr("sys.stderr", None)
    call_command("jobs_run", "nightly")
    assert JobRun.objects.get().state == "succeeded"


def test_an_error_has_no_colour_either_where_nobody_wants_any(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    shown = []
    for variable, value in (("NO_COLOR", ""), ("NO_COLOR", "1"), ("TERM", "dumb")):
        with monkeypatch.context() as environ:
            environ.setenv("TERM", "xterm")
            environ.setenv("NO_COLOR", "")
            environ.setenv(variable, value)
            screen = Screen(Terminal())
            screen.style_func = lambda text: f"\x1b[31m{text}\x1b[0m"
            screen.write("no")
            shown.append(screen.getvalue())
    assert shown == ["\x1b[31mno\n\x1b[0m", "no\n", "no\n"]


def test_a_pipe_that_is_not_ours_is_not_taken_for_it(monkeypatch):
    """A broker or a database that hangs up is no reader who has enough."""

    def hangs_up(*args, **options):
        raise BrokenPipeError("broker")

    monkeypatch.setattr(database, "now", hangs_up)
    with pytest.raises(BrokenPipeError) as error:
        in_a_shell("jobs_reap")
    assert not isinstance(error.value, NobodyReads)


def test_a_stream_without_a_file_can_be_silenced():
    Screen(io.StringIO()).silence()


# -- real databases ---------------------------------------------------------------------------

ABSENT = {
    "sqlite": {
        "a folder": (
            "sqlite:///{folder}",
            "unable to open database file. Does its folder exist",
        ),
        "no tables": (
            "sqlite:///{folder}/db.sqlite3",
            "The database is not migrated: run `manage.py migrate`.",
        ),
    },
    "postgresql": {
        "no database": ("{none}", "does not exist. Create it, then run `manage.py migrate`."),
    },
}[connection.vendor]


@pytest.mark.each_database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("case", ABSENT)
def test_a_shell_gets_one_line_and_75_for_a_database_that_is_not_there(tmp_path, case):
    """Pain 23: a traceback of the driver, sixty lines long, in the mail of cron."""
    url, hint = ABSENT[case]
    none = urlsplit(environment()["DATABASE_URL"])._replace(path="/none").geturl()
    url = url.format(folder=tmp_path, none=none)
    said = manage_in_a_shell("jobs_run", "fine", DATABASE_URL=url)
    assert (said.returncode, said.stdout) == (75, "")
    (line,) = said.stderr.splitlines()
    assert line.startswith("CommandError: The database ")
    assert hint in line
