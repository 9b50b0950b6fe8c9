"""supervisord: keeps the web server, a worker, beat and Flower running, and calls run-due in a loop."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from shlex import quote
from typing import TYPE_CHECKING

from jobs_api.exporters.common import comments, unix
from jobs_api.exporters.common.exporter import COMMAND, Dialect, Exporter, Setting
from jobs_api.exporters.common.processes import processes

if TYPE_CHECKING:
    from jobs_api.exporters.common.plan import Plan


class Supervisord(Exporter):
    """A program for each process."""

    def render(self, plan: Plan) -> str:
        """The programs."""
        return comments.commented(self, comments.head(self, plan)) + "".join(self._programs(plan))

    def how_to_apply(self, plan: Plan) -> str:
        """The environment, and supervisorctl."""
        prefix = plan.settings["prefix"]
        lines = [
            "supervisord has no cron. Celery beat triggers each job at its time; the program",
            f"{prefix}_run-due starts whatever is due, missed or retryable. Either is enough alone.",
            *unix.preparations(plan, plan.settings["user"]),
            f"{plan.settings['log']} has to exist. Flower shows all tasks to whoever reaches its port.",
            "Apply: copy it into /etc/supervisor/conf.d, then: supervisorctl update; supervisorctl status",
        ]
        return "\n".join(lines)

    def _programs(self, plan: Plan) -> Iterator[str]:
        settings = plan.settings
        for process in processes(settings):
            command = unix.with_environment(settings, process.words)
            yield _program(settings, process.name, command, process.seconds)
        for entry in plan.entries:
            yield f"\n; {comments.marker(entry)}"
            call = unix.line(unix.managed(settings, entry))
            loop = f"{unix.entering(settings)}{_loop(call, 60 * (plan.run_due_every or 5))}"
            # To stop it is to stop the command that runs: the shell would leave it behind.
            yield _program(settings, entry.name, loop, 60, stopasgroup="true")


def _loop(call: str, seconds: int) -> str:
    """Call at each whole multiple of `seconds`, whatever the call led to."""
    return f"while true; do {call}; sleep $(({seconds} - $(date +%s) % {seconds})); done"


def _program(settings: Mapping[str, str], name: str, script: str, seconds: int, **more: str) -> str:
    name = f"{settings['prefix']}_{name}"
    keys = {
        "command": f"/bin/sh -c {quote(script)}",
        "user": settings["user"],
        "autorestart": "true",
        # After three quick failures it would give up for good: too soon for a database that starts.
        "startretries": "100",
        "stopwaitsecs": str(seconds),
        **more,
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": f"{settings['log']}/{name}.log",
    }
    lines = (f"{key}={value.replace('%', '%%')}\n" for key, value in keys.items() if value)
    return f"\n[program:{name}]\n{''.join(lines)}"


exporter = Supervisord(
    "supervisord",
    "jobs_api.conf",
    forms=(COMMAND,),
    dialect=Dialect(cron=False),
    settings={
        "directory": unix.DIRECTORY,
        "python": unix.PYTHON,
        "env_file": unix.ENV_FILE,
        "user": Setting(default="app", help="who runs them; empty: the user of supervisord"),
        "prefix": Setting(default="jobs_api", help="how the names of all programs begin"),
        "log": Setting(default="/var/log/jobs_api", help="the folder for their output"),
        **unix.PROCESSES,
        "wsgi": dataclasses.replace(unix.WSGI, default="mysite.wsgi:application"),
        "celery": dataclasses.replace(unix.CELERY, default="mysite"),
        "flower": Setting(default="127.0.0.1:5555", help="where Flower listens; empty: no Flower"),
    },
    comment=";",
)
