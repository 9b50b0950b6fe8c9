"""What the exporters for a machine of your own share: their settings, and the words of a command line."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from shlex import quote
from typing import TYPE_CHECKING

from jobs_api.exporters.common.exporter import HTTP, Setting
from jobs_api.exporters.common.plan import Entry

if TYPE_CHECKING:
    from jobs_api.exporters.common.plan import Plan

DIRECTORY = Setting(default="/srv/app", help="the folder with manage.py, absolute")
PYTHON = Setting(default=".venv/bin/python", help="the project's Python, absolute or from there")
ENV_FILE = Setting(
    default="/etc/jobs_api/environment",
    help="NAME='value' lines with the environment of the web server: its database, its settings; mode 600",
)
SECRET_FILE = Setting(
    default="/etc/jobs_api/authorization", help="one line, Authorization: Bearer and the secret; mode 600"
)
ZONE = Setting(default="UTC", help="the machine's time zone")
WSGI = Setting(default="", help="what gunicorn serves, as mysite.wsgi:application; empty: no web server here")
CELERY = Setting(default="", help="the Celery app, as mysite, for a worker and beat; empty: none")
QUEUES = Setting(default="", help="what the worker serves, as celery,reports; empty: Celery's default queue")
BEAT_FILE = Setting(default="", help="where beat keeps its schedule; empty: in the project's folder")
PROCESSES: Mapping[str, Setting] = {"wsgi": WSGI, "celery": CELERY, "queues": QUEUES, "beat_file": BEAT_FILE}
CURL = Setting(default="/usr/bin/curl", help="curl 7.76 or newer")
SETTINGS: Mapping[str, Setting] = {
    "curl": CURL,
    "secret_file": SECRET_FILE,
    "directory": DIRECTORY,
    "python": PYTHON,
    "env_file": ENV_FILE,
}


MARGIN, RUN_DUE_SECONDS = 30, 240
"""How long after a job's timeout its caller gives up; how long a call of run-due may take."""


def patience(entry: Entry) -> int:
    """Seconds after which a caller gives up. An inline run is answered when it ends."""
    return RUN_DUE_SECONDS if entry.job is None else int(entry.job.timeout) + MARGIN


def curl(entry: Entry, header: str, *, program: str = "curl") -> list[str]:
    """The words of a call; its exit status is not 0 where the answer is an error, and its body is printed.

    `header` is `@FILE` (`ps` shows command lines), or the header itself. No --retry: a second answer would
    hide the first, and run-due starts what failed. No --location: a redirected POST becomes a GET.
    Without --data there is no Content-Length: some servers answer 411 to such a POST.
    """
    quiet = ["--silent", "--show-error", "--fail-with-body", "--max-time", str(patience(entry))]
    return [program, *quiet, "--request", "POST", "--data", "", "--header", header, entry.url]


def line(words: list[str]) -> str:
    """Words as one line for a shell."""
    return " ".join(quote(word) for word in words)


def entering(settings: Mapping[str, str]) -> str:
    """How a line for `sh` begins that is to run in the project's folder, with the variables of `env_file`.

    `.` ends the shell where there is no such file: without its environment, a command would use another
    database than the web server, and run the same slot there.
    """
    steps = [f"cd {quote(settings['directory'])}"]
    if settings["env_file"]:
        steps += ["set -a", f". {quote(settings['env_file'])}", "set +a"]
    return "".join(f"{step} && " for step in steps)


def with_environment(settings: Mapping[str, str], words: list[str]) -> str:
    """A line for `sh` that becomes the program which these words name."""
    return f"{entering(settings)}exec {line(words)}"


def managed(settings: Mapping[str, str], entry: Entry) -> list[str]:
    """The words of the management command, to be run in the project's folder; it prints what went wrong."""
    return [settings["python"], "manage.py", *entry.command, "--quiet"]


def absolute(settings: Mapping[str, str], path: str) -> str:
    """A path from the project's folder."""
    return posixpath.join(settings["directory"], path)


def preparations(plan: Plan, owner: str = "") -> list[str]:
    """How to make the file that the lines read, for people; `owner` reads it, or else root."""
    chown = f"  chown {owner} " if owner else ""
    if plan.form != HTTP:
        return _environment(plan.settings["env_file"], chown)
    if not (file := plan.settings["secret_file"]):
        return ["CRON_SECRET, one secret, has to be in the environment of the daemon."]
    return [
        "Once, as root, with CRON_SECRET set to one secret, not to a list:",
        f"  mkdir -p {quote(posixpath.dirname(file))}; install -m 600 /dev/null {quote(file)}",
        f"  printf 'Authorization: Bearer %s\\n' \"$CRON_SECRET\" >{quote(file)}",
        *([f"{chown}{quote(file)}"] if chown else []),
    ]


def _environment(file: str, chown: str) -> list[str]:
    if not file:
        return []
    return [
        f"{file} holds lines NAME='value' with the web server's environment.",
        "With another database than the web server's, a slot would run twice. Nobody else may read it.",
        "Once, as root, then write the lines into it:",
        f"  mkdir -p {quote(posixpath.dirname(file))}; touch {quote(file)}; chmod 600 {quote(file)}",
        *([f"{chown}{quote(file)}"] if chown else []),
    ]
