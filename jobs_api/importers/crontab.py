"""A crontab, as `crontab -l` prints it, or a file of /etc/cron.d."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from jobs_api.importers.common import command_lines, markers
from jobs_api.importers.common.cron_fields import BadSchedule
from jobs_api.importers.common.cron_lines import of_cron
from jobs_api.importers.common.entry import CannotCarry, Entry
from jobs_api.importers.common.importer import UNZONED, Importer, Source, zone_fields
from jobs_api.importers.common.triggers import of_text
from jobs_api.text.secrets import assignment, holds_secret

VARIABLE = re.compile(r"""\s*(?:"([^"]+)"|'([^']+)'|([A-Za-z_][\w-]*))\s*=(.*)""", re.DOTALL)
WORD = re.compile(r"\s*(@\S+|(?:\S+\s+){4}\S+)\s+(.*)", re.DOTALL)
USER = re.compile(r"\s*([A-Za-z_][\w.-]*\$?)\s+(.*)", re.DOTALL)
SYSTEM_PATHS = re.compile(r"(.*/)?(etc/cron\.d/[^/]+|etc/crontab|cron\.d/[^/]+)")
"""Files whose lines have a column for the user, by their path."""
EXPORTED = "triggers the jobs that are declared in this project's jobs.py files"
"""The first comment of an export; what follows it tells how to apply it."""
DEBIAN_ZONE = "Debian's cron ignores CRON_TZ: there, this line ran in the zone of the machine."
ZONES = ("CRON_TZ",)
EXPLAINED = {
    "MAILTO": "Output is kept with each run, and failures are logged and reported; cron's mails end.",
    "MAILFROM": "Output is kept with each run; cron's mails end.",
    "PATH": "A job runs in the environment of its server or worker.",
    "SHELL": "No shell runs a job.",
    "TZ": "It is the zone of the commands, not of the schedule: jobs use the project's TIME_ZONE.",
    "DJANGO_SETTINGS_MODULE": "A job runs with the settings of its server or worker.",
}
FOR_THE_SERVER = "Set it for the server or worker, where a job runs."


class Crontab(Importer):
    """Reads crontabs by cron's own rules: `%`, variables, comments, six columns only where told so."""

    def head(self, source: Source) -> tuple[str, ...]:
        """Whose times they are."""
        return self.notes if source.timezone else (UNZONED, *self.notes)

    def read(self, source: Source) -> Iterable[Entry]:
        """Every line that is not empty is an entry."""
        state: dict[str, str] = {}
        system = source.system or bool(SYSTEM_PATHS.fullmatch(source.path))
        exported = False
        for line in source.text.split("\n"):
            exported = line.startswith("#") and (exported or EXPORTED in line)
            if not exported:
                yield from _line(line, state, source, system)


def _line(line: str, state: dict[str, str], source: Source, system: bool) -> Iterator[Entry]:
    text = line.strip()
    if not text or (text.startswith("#") and markers.BEGIN.search(text)):
        return
    if text.startswith("#"):
        yield Entry(original=(text.lstrip("#").strip(),)) if text.strip("# ") else Entry()
    elif (match := VARIABLE.fullmatch(line)) and not re.match(r"[\d*@]", text):
        name = match[1] or match[2] or match[3]
        value = re.sub(r"""^(["'])(.*)\1$""", r"\2", match[4].strip())
        state[name] = value
        note = DEBIAN_ZONE.replace("this line", "its lines") if name in ZONES else ""
        yield Entry(original=(assignment(name, value),), notes=(note or EXPLAINED.get(name, FOR_THE_SERVER),))
    else:
        yield _job(line, state, source, system)


def _job(line: str, state: dict[str, str], source: Source, system: bool) -> Entry:
    match = WORD.fullmatch(line)
    if match is None:
        return Entry(original=(line.strip(),), reason="It is not a line of a crontab.")
    try:
        return _carried(line, match[1], match[2].strip(), state, source, system)
    except (CannotCarry, BadSchedule) as error:
        hint = _column_hint(match[2], system)
        return Entry(original=(line.strip(),), reason=f"{error}{hint}")


def _column_hint(rest: str, system: bool) -> str:
    """For a file of /etc/cron.d that came without its path."""
    known = re.match(r"(root|www-data|nobody|ubuntu|deploy|django)\s+\S", rest.strip())
    return f" If {known[1]} is the user, as in /etc/cron.d, use --system." if known and not system else ""


def _carried(line: str, when: str, rest: str, state: dict[str, str], source: Source, system: bool) -> Entry:
    notes: list[str] = []
    if system:
        column = USER.fullmatch(rest)
        if column is None:
            raise CannotCarry("It has no column for the user, which a file of /etc/cron.d needs.")
        rest = column[2]
        notes.append(f"It ran as the user {column[1]}; a job runs as the user of its server or worker.")
    timezone = state.get("CRON_TZ") or source.timezone
    schedule = of_cron(when, notes, timezone)
    if (trigger := of_text(rest)) is not None:
        return Entry(original=(line.strip(),), fields=trigger)
    known = {name: value for name, value in state.items() if not holds_secret(value, name)}
    call = command_lines.read(_before_percent(rest), known)
    fields: dict[str, Any] = {"name": call.command, "schedule": schedule, **zone_fields(timezone)}
    if "CRON_TZ" in state:
        notes.append(DEBIAN_ZONE)
    return Entry(
        original=(line.strip(),),
        fields={**fields, **call.job_fields},
        notes=(*notes, *call.all_notes),
    )


def _before_percent(command: str) -> str:
    r"""What cron hands to the shell: % ends it and begins standard input, \% is a percent sign."""
    parts = re.split(r"(?<!\\)%", command)
    if len(parts) > 1:
        raise CannotCarry("A % in a crontab begins the command's standard input: pass it as an option.")
    return parts[0].replace("\\%", "%")


importer = Crontab(
    "crontab, or a file of /etc/cron.d",
    reads_file=True,
    example="crontab mycrontab --timezone Europe/Berlin",
)
