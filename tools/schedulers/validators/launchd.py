"""Python's own reader of property lists; without macOS there is no `plutil -lint`."""

from __future__ import annotations

import plistlib
from xml.parsers.expat import ExpatError

from jobs_api.exporters.common import folder
from tools.schedulers.validating import Validator, replaced

RANGES = {"Minute": 59, "Hour": 23, "Day": 31, "Month": 12, "Weekday": 7}
"""As `man launchd.plist` has them."""


def check(text: str) -> list[str]:
    """What is wrong with these property lists."""
    return [f"{name}: {fault}" for name, part in folder.split(text).items() for fault in _faults(name, part)]


def _faults(name: str, part: str) -> list[str]:
    try:
        job = plistlib.loads(part.encode())
    except (ExpatError, ValueError) as error:
        return [str(error)]
    times = [pair for time in job.get("StartCalendarInterval", []) for pair in time.items()]
    faults = [f"{key} {value}" for key, value in times if not 0 <= value <= RANGES.get(key, -1)]
    if job.get("Label") != name.removesuffix(".plist"):
        faults.append("its label is not its name")
    if not all(isinstance(word, str) for word in job.get("ProgramArguments", [0])):
        faults.append("its arguments are not all text")
    return faults


validator = Validator(
    title="plistlib",
    exporters=("launchd",),
    check=check,
    broken={
        "a tag that is left open": replaced("</array>", ""),
        "an hour of 25": replaced("<integer>3</integer>", "<integer>25</integer>"),
        "an unknown unit of time": replaced("<key>Hour</key>", "<key>Ours</key>"),
        "a label that is not its name": replaced("<string>local.", "<string>remote."),
    },
)
