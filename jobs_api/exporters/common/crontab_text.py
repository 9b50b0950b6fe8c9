"""The text of a crontab, for each daemon that reads one."""

from __future__ import annotations

import dataclasses
import posixpath
from collections.abc import Iterator
from shlex import quote
from typing import TYPE_CHECKING

from jobs_api.exporters.common import comments, unix
from jobs_api.exporters.common.curl import HEADER
from jobs_api.exporters.common.exporter import COMMAND, HTTP, Exporter, Setting
from jobs_api.exporters.common.faults import BadOption
from jobs_api.exporters.common.plan import Entry

if TYPE_CHECKING:
    from jobs_api.exporters.common.plan import Plan

LOG = Setting(
    default="/var/log/jobs_api/cron.log", help="where output is appended; empty: cron mails it, if it can"
)
USER = Setting(
    default="", help="for a file in /etc/cron.d: whose lines these are; empty: for the crontab of a user"
)
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclasses.dataclass(frozen=True)
class Crontab(Exporter):
    """A crontab; what the daemons read differently is in the fields."""

    _: dataclasses.KW_ONLY
    forms: tuple[str, ...] = (HTTP, COMMAND)
    variables: bool = True
    """Whether it reads NAME=value lines."""
    percent: bool = True
    """Whether a % ends the command and has to be escaped."""
    longest: int = 0
    """How many characters of a command it reads; 0: all."""
    cron_tz: bool = False
    """Whether CRON_TZ=ZONE is the zone of the lines below it."""
    advice: str = ""
    """What is special about this daemon, for the head; {NAME} is a setting."""

    def render(self, plan: Plan) -> str:
        """The crontab."""
        top = comments.commented(self, comments.head(self, plan))
        return top + "\n".join([*self._variables(), *self._lines(plan)]) + "\n"

    def how_to_apply(self, plan: Plan) -> str:
        """The file of the secret or environment, the log, and the daemon's own way."""
        owner = plan.settings.get("user") or "the-user-of-these-lines"
        lines = [*self.advice.format(**plan.settings).splitlines(), *unix.preparations(plan, owner)]
        if log := plan.settings["log"]:
            lines.append(f"Their user has to be able to write to {log}, or nothing runs. Once, as root:")
            file = quote(log)
            lines.append(f"  mkdir -p {quote(posixpath.dirname(log))}; touch {file}")
            lines.append(f"  chown {owner} {file}")
        return "\n".join([*lines, *self.installing(plan)])

    def installing(self, plan: Plan) -> list[str]:
        """How the daemon gets the file."""
        if plan.settings.get("user"):
            return ["Apply: install -m 644 FILE /etc/cron.d/jobs_api (a name without a dot)."]
        return [
            "Apply: crontab FILE. It replaces the whole crontab of the user, so look at crontab -l before.",
            "For a file of its own in /etc/cron.d: --set user=NAME",
        ]

    def _variables(self) -> Iterator[str]:
        if self.variables:
            yield "SHELL=/bin/sh"
            yield f"PATH={PATH}"

    def _lines(self, plan: Plan) -> Iterator[str]:
        zone = ""
        for entry in plan.entries:
            yield ""
            if self.cron_tz and entry.timezone != zone:
                zone = entry.timezone
                yield f"CRON_TZ={zone}"
            yield f"# {comments.marker(entry)}"
            command = self._checked(entry, self._escaped(_command(plan, entry)))
            for line in entry.lines:
                yield " ".join(filter(None, [line, plan.settings.get("user"), command]))

    def _checked(self, entry: Entry, command: str) -> str:
        if self.longest and len(command) > self.longest:
            problem = f"its command has {len(command)} characters, and {self.title} reads {self.longest}"
            raise BadOption(f"{entry.name}: {problem}. Use a shorter address or shorter paths.")
        return command

    def _escaped(self, command: str) -> str:
        return command.replace("%", r"\%") if self.percent else command


def _command(plan: Plan, entry: Entry) -> str:
    log = plan.settings["log"]
    if plan.form == HTTP:
        call = _call(plan, entry)
    else:
        call = unix.with_environment(plan.settings, unix.managed(plan.settings, entry))
        call = f"{{ {call}; }}" if log else call
    return f"{call} >>{quote(log)} 2>&1" if log else call


def _call(plan: Plan, entry: Entry) -> str:
    file = plan.settings["secret_file"]
    words = unix.curl(entry, f"@{file or '-'}", program=plan.settings["curl"])
    # The answer has no newline at its end.
    line = unix.line([*words[:-1], "--write-out", r"\n", words[-1]])
    return line if file else f"{HEADER} | {line}"
