"""supervisord's own parser reads the programs, without starting any."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from tools.schedulers.scene import PYTHON
from tools.schedulers.validating import Validator, replaced

READ = """
import sys
from supervisor.options import ServerOptions
options = ServerOptions()
options.realize(["-c", sys.argv[1]], doc="")
programs = [program for group in options.process_group_configs for program in group.process_configs]
assert len(programs) == 5, [program.name for program in programs]
"""


def check(text: str) -> list[str]:
    """What is wrong with these programs."""
    with tempfile.TemporaryDirectory(prefix="jobs-api-validator-") as place:
        path = Path(place) / "supervisord.conf"
        # The folder of the logs and the user are those of another machine.
        own = text.replace("/var/log/jobs_api/", f"{place}/").replace("\nuser=app\n", "\n")
        path.write_text(f"[supervisord]\n{own}")
        command = [str(PYTHON), "-c", READ, str(path)]
        found = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return (found.stdout + found.stderr).strip().splitlines()[-1:] if found.returncode else []


validator = Validator(
    title="supervisord's parser",
    exporters=("supervisord",),
    check=check,
    broken={
        "no command": replaced("command=", "comand="),
        "a % that is not doubled": replaced("%% 300", "% 300"),
        "seconds that are none": replaced("stopwaitsecs=60", "stopwaitsecs=soon"),
        "a program less": replaced("[program:jobs_api_beat]", "[prog:jobs_api_beat]"),
    },
)
