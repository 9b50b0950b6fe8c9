"""systemd reads its units; it says what it ignores on standard error, and exits 0."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from jobs_api.exporters.common import folder
from tools.schedulers.validating import Validator, replaced

ABSENT = ("is not executable: No such file or directory",)
"""What is on the machine of whoever uses the units, and not here."""


def check(text: str) -> list[str]:
    """What it says against these units."""
    with tempfile.TemporaryDirectory(prefix="jobs-api-validator-") as place:
        paths = folder.write(text, Path(place))
        command = ["systemd-analyze", "verify", "--man=no", *map(str, paths)]
        found = subprocess.run(command, capture_output=True, text=True, timeout=120)
    lines = (found.stdout + found.stderr).splitlines()
    return [line.replace(place, "") for line in lines if not line.endswith(ABSENT)]


validator = Validator(
    title="systemd-analyze verify",
    exporters=("systemd",),
    check=check,
    broken={
        "an hour of 25": replaced("*-*-* 03:15:00", "*-*-* 25:15:00"),
        "an unknown zone": replaced("03:15:00 UTC", "03:15:00 Gotham/City"),
        "an unknown key": replaced("Persistent=", "Persistant="),
        "an unknown section": replaced("[Timer]", "[Timed]"),
        "no command": replaced("ExecStart=", "# ExecStart="),
        "a quote that is left open": replaced('?source=systemd"', "?source=systemd"),
        "a kind of kill that there is not": replaced("KillMode=process", "KillMode=politely"),
    },
    needs=("systemd-analyze",),
)
