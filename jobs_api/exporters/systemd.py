"""systemd: a timer and a service for each job, and services for the web server, a worker and beat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from jobs_api.exporters.common import comments, folder, unix
from jobs_api.exporters.common.calendar_events import on_calendar
from jobs_api.exporters.common.exporter import COMMAND, HTTP, Dialect, Exporter, Setting
from jobs_api.exporters.common.plan import Entry
from jobs_api.exporters.common.processes import processes
from jobs_api.exporters.common.unit_files import Value, text, unit, word

if TYPE_CHECKING:
    from jobs_api.exporters.common.plan import Plan

CREDENTIAL = "authorization"
HEADER = "@${CREDENTIALS_DIRECTORY}/" + CREDENTIAL
NETWORK = {"Wants": "network-online.target", "After": "network-online.target"}


class Systemd(Exporter):
    """Timers and services."""

    def render(self, plan: Plan) -> str:
        """All units, each behind a line with the name of its file."""
        units = dict(unit for entry in plan.entries for unit in self._job(plan, entry))
        units |= dict(self._processes(plan))
        return folder.join(comments.commented(self, comments.head(self, plan)), units)

    def how_to_apply(self, plan: Plan) -> str:
        """The file of the secret or environment, and systemctl."""
        prefix = plan.settings["prefix"]
        lines = [
            *unix.preparations(plan),
            "Write the files with --output /etc/systemd/system, then look at them and start the timers:",
            f"  cd /etc/systemd/system && systemd-analyze verify {prefix}*.timer {prefix}*.service",
            f"  systemctl daemon-reload && systemctl enable --now {prefix}*.timer",
            *_starting(plan),
            f"See: systemctl list-timers; systemctl --failed; journalctl -u '{prefix}*'",
        ]
        return "\n".join(lines)

    def _job(self, plan: Plan, entry: Entry) -> Iterator[tuple[str, str]]:
        name = _name(plan, entry)
        title = text(f"{entry.name}: {entry.description}")
        yield f"{name}.timer", unit([*self._top(plan), comments.marker(entry)], _timer(entry, title))
        service = _call(plan, entry) if plan.form == HTTP else _command(plan, entry)
        about: dict[str, Value] = {"Description": title, **NETWORK}
        yield f"{name}.service", unit(self._top(plan), {"Unit": about, "Service": service})

    def _processes(self, plan: Plan) -> Iterator[tuple[str, str]]:
        for process in processes(plan.settings):
            service = {
                "Type": "notify" if process.notifies else "exec",
                **_place(plan),
                "ExecStart": _line(plan, process.words),
                "ExecReload": "/bin/kill -s HUP $MAINPID" if process.reloads else "",
                # The first signal is for the main process, which passes it on where it should.
                "KillMode": "mixed",
                "TimeoutStopSec": str(process.seconds),
                "Restart": "always",
                "RestartSec": "5",
            }
            about = {"Description": process.title, **NETWORK}
            install = {"WantedBy": "multi-user.target"}
            sections = {"Unit": about, "Service": service, "Install": install}
            yield f"{plan.settings['prefix']}_{process.name}.service", unit(self._top(plan), sections)

    def _top(self, plan: Plan) -> list[str]:
        return comments.head(self, plan)[:3]


def _starting(plan: Plan) -> list[str]:
    names = [f"{plan.settings['prefix']}_{process.name}" for process in processes(plan.settings)]
    return [f"  systemctl enable --now {' '.join(names)}"] if names else []


def _name(plan: Plan, entry: Entry) -> str:
    # No process, nor run-due, has the name of a job: "_" follows the prefix there.
    return f"{plan.settings['prefix']}{'-' if entry.job else '_'}{entry.name}"


def _timer(entry: Entry, title: str) -> dict[str, dict[str, Value]]:
    events = [event for line in entry.lines for event in on_calendar(line, entry.timezone)]
    timer = {
        "OnCalendar": events,
        # After a time without power, one call follows. The default accuracy is a minute: too coarse.
        "Persistent": "true",
        "AccuracySec": "1s",
    }
    return {"Unit": {"Description": title}, "Timer": timer, "Install": {"WantedBy": "timers.target"}}


def _call(plan: Plan, entry: Entry) -> dict[str, Value]:
    words = unix.curl(entry, HEADER, program=plan.settings["curl"])
    return {
        "Type": "oneshot",
        "DynamicUser": "yes",
        "LoadCredential": f"{CREDENTIAL}:{text(plan.settings['secret_file'])}",
        "ExecStart": " ".join(each if each == HEADER else word(each) for each in words),
        "TimeoutStartSec": str(unix.patience(entry) + unix.MARGIN),
    }


def _command(plan: Plan, entry: Entry) -> dict[str, Value]:
    timeouts = [each.job.timeout for each in plan.entries if each.job]
    longest = entry.job.timeout if entry.job else max(timeouts, default=3600)
    return {
        "Type": "oneshot",
        **_place(plan),
        "ExecStart": _line(plan, unix.managed(plan.settings, entry)),
        "TimeoutStartSec": str(round(longest) + unix.MARGIN),
        # A run of the executor "subprocess" goes on when the command that has started it ends.
        "KillMode": "process",
    }


def _place(plan: Plan) -> dict[str, str]:
    settings = plan.settings
    return {
        "User": settings["user"],
        "WorkingDirectory": text(settings["directory"]),
        "EnvironmentFile": text(settings["env_file"]),
    }


def _line(plan: Plan, words: list[str]) -> str:
    program, *rest = words
    return " ".join(map(word, [unix.absolute(plan.settings, program), *rest]))


exporter = Systemd(
    "systemd",
    "systemd/",
    forms=(HTTP, COMMAND),
    dialect=Dialect(zones=True, last_day=True),
    settings={
        **unix.SETTINGS,
        "user": Setting(default="app", help="who runs management commands, web server, worker and beat"),
        "prefix": Setting(default="jobs_api", help="how the names of all units begin"),
        **unix.PROCESSES,
    },
)
