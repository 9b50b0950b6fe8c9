"""wrangler reads its configuration and builds the Worker, without sending it anywhere."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

from jobs_api.exporters.common import folder
from tools.schedulers.scene import program
from tools.schedulers.validating import Validator, replaced

WRANGLER = "wrangler@4.86.0"
QUIET = {"CI": "1", "WRANGLER_SEND_METRICS": "false", "NO_COLOR": "1"}
WRONG = re.compile(r"WARNING|ERROR|Unexpected|Expected")


def check(text: str) -> list[str]:
    """What is wrong with these files: unknown members are warnings, so warnings count."""
    with tempfile.TemporaryDirectory(prefix="jobs-api-validator-") as name:
        folder.write(text, Path(name))
        env = {**os.environ, **QUIET, "HOME": name, "XDG_CONFIG_HOME": name}
        found = subprocess.run(
            [program("wrangler"), "deploy", "--dry-run"],
            cwd=name,
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
        )
    said = (found.stdout + found.stderr).splitlines()
    return [line.strip() for line in said if WRONG.search(line)] or ["failed"] * bool(found.returncode)


validator = Validator(
    title="wrangler deploy --dry-run",
    exporters=("cloudflare",),
    check=check,
    broken={
        "a misspelled member": replaced('"triggers"', '"trigers"'),
        "one line instead of a list": replaced('"crons": [', '"crons": "x", "y": ['),
        "a name that is none": replaced('"name": "jobs"', '"name": 7'),
        "another file of the Worker": replaced('"main": "worker.js"', '"main": "other.js"'),
        "a brace too few": replaced("export default {", "export default"),
    },
    needs=("node",),
    npm=(WRANGLER,),
)
