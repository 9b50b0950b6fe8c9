"""launchd, the cron of macOS: a property list for each job, in the zone of the Mac."""

from __future__ import annotations

import plistlib
from collections.abc import Iterator
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from jobs_api.exporters.common import comments, folder, unix
from jobs_api.exporters.common.cron_fields import fields
from jobs_api.exporters.common.exporter import COMMAND, HTTP, Dialect, Exporter, Setting
from jobs_api.exporters.common.plan import Entry

if TYPE_CHECKING:
    from jobs_api.exporters.common.plan import Plan

KEYS = ("Minute", "Hour", "Day", "Month", "Weekday")
MOST = 1000
"""So many times one property list may name."""


class Launchd(Exporter):
    """Property lists."""

    def render(self, plan: Plan) -> str:
        """All property lists, each behind a line with the name of its file."""
        lists = {f"{_label(plan, entry)}.plist": self._list(plan, entry) for entry in plan.entries}
        return folder.join(comments.commented(self, comments.head(self, plan)), lists)

    def how_to_apply(self, plan: Plan) -> str:
        """The file of the secret or environment, the zone, and launchctl."""
        settings = plan.settings
        where, domain = "~/Library/LaunchAgents", "gui/$(id -u)"
        if settings["user"]:
            where, domain = "/Library/LaunchDaemons", "system"
        lines = [
            f"launchd reads times in the zone of the Mac, which has to be {settings['zone']} (--set zone=).",
            *unix.preparations(plan, settings["user"] or "you"),
            f"Write the files with --output {where}, then for each of them:",
            f"  plutil -lint FILE && launchctl bootstrap {domain} FILE",
            "A Mac that slept calls once when it wakes. See: launchctl print, and the log.",
        ]
        return "\n".join(lines)

    def refuses(self, entry: Entry) -> str:
        """Schedules with too many times."""
        count = sum(prod(map(len, _named(line).values())) for line in entry.lines)
        return f"names {count} times of the calendar, more than {MOST}" if count > MOST else ""

    def _list(self, plan: Plan, entry: Entry) -> str:
        data = plistlib.dumps(dict(_keys(plan, entry)), sort_keys=False).decode()
        opening = "<plist "
        told = "".join(f"<!-- {line} -->\n" for line in [comments.head(self, plan)[0], _marker(entry)])
        return data.replace(opening, told + opening, 1)


def _marker(entry: Entry) -> str:
    # Two dashes would end the comment. In the strings of JSON, a dash may be written so.
    return comments.marker(entry).replace("--", r"-\u002d")


def _keys(plan: Plan, entry: Entry) -> Iterator[tuple[str, Any]]:
    settings = plan.settings
    yield "Label", _label(plan, entry)
    if settings["user"]:
        yield "UserName", settings["user"]
    yield "ProgramArguments", _words(plan, entry)
    yield "StartCalendarInterval", _times(entry)
    yield "StandardOutPath", settings["log"]
    yield "StandardErrorPath", settings["log"]
    if plan.form == COMMAND:
        # A run of the executor "subprocess" goes on when the command that has started it ends.
        yield "AbandonProcessGroup", True


def _words(plan: Plan, entry: Entry) -> list[str]:
    settings = plan.settings
    if plan.form == HTTP:
        return unix.curl(entry, f"@{settings['secret_file']}", program=settings["curl"])
    return ["/bin/sh", "-c", unix.with_environment(settings, unix.managed(settings, entry))]


def _times(entry: Entry) -> list[dict[str, int]]:
    """Each combination of the values of an entry's lines; what is not named is any."""
    return [
        dict(zip(named, values, strict=True))
        for named in map(_named, entry.lines)
        for values in product(*named.values())
    ]


def _named(line: str) -> dict[str, tuple[int, ...]]:
    return {key: values for key, values in zip(KEYS, fields(line), strict=True) if values is not None}


def _label(plan: Plan, entry: Entry) -> str:
    # run-due never has the name of a job, which holds no dot.
    return f"{plan.settings['prefix']}.{'job.' if entry.job else ''}{entry.name}"


exporter = Launchd(
    "launchd (macOS)",
    "launchd/",
    forms=(HTTP, COMMAND),
    dialect=Dialect(local=True),
    settings={
        **unix.SETTINGS,
        "zone": unix.ZONE,
        "log": Setting(default="/var/log/jobs_api.log", help="where output is appended"),
        "user": Setting(
            default="", help="for a daemon: who runs it; empty: an agent of the user who logs in"
        ),
        "prefix": Setting(default="local.jobs_api", help="how all labels begin"),
    },
)
