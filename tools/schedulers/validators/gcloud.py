"""gcloud, where it is installed: its own parser reads each command, and it runs the script for two jobs.

It does so twice, against a stand-in of the API on this machine: the second run must change nothing.
"""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from jobs_api.exporters.common.comments import MARK
from tools.schedulers.cloud_scheduler_api import SECRET, serving
from tools.schedulers.scene import program
from tools.schedulers.validating import Validator, complaints, replaced

SECONDS = 120
JOB = f"\n\n# {MARK}"
"""What stands before each job."""
VERBS = {"create": "--headers=Authorization=x", "update": "--update-headers=Authorization=x"}
"""With what the files of flags hold at run time."""


def check(text: str) -> list[str]:
    """What the shell says, else what gcloud says about each job, as it is created and as it is updated."""
    if wrong := complaints("sh", "-n", "{file}", text=text, file="script.sh"):
        return wrong
    jobs = re.findall(r"^job (\S+) \\\n((?:  .+\n)+)", text, re.MULTILINE)
    flags = {name: " ".join(lines.replace("\\\n", " ").split()) for name, lines in jobs}
    common = re.search(r"--http-method=\S+", text)
    if not flags or common is None:
        return ["it creates no job"]
    start = "gcloud scheduler jobs {verb} http {name} --location=europe-west1 {common} {more} {flags}"
    commands = [
        start.format(verb=verb, name=name, common=common[0], more=more, flags=each)
        for name, each in flags.items()
        for verb, more in VERBS.items()
    ]
    return lint(commands) or applied(_with_two_jobs(text), list(flags)[:2])


def _with_two_jobs(text: str) -> str:
    """Each call of gcloud takes a second."""
    return JOB.join(text.split(JOB)[:3]) + "\n"


def applied(text: str, names: list[str]) -> list[str]:
    """What is wrong with what the script makes."""
    with tempfile.TemporaryDirectory(prefix="jobs-api-validator-") as folder, serving() as api:
        (Path(folder) / "script.sh").write_text(text)
        (Path(folder) / "token").write_text("stand-in")
        made = []
        for _ in range(2):
            found = subprocess.run(
                ["sh", "script.sh"],
                cwd=folder,
                env=_environment(folder, api.url),
                capture_output=True,
                text=True,
                timeout=SECONDS,
            )
            if found.returncode:
                return (found.stderr.strip() or f"exit {found.returncode}").splitlines()
            made.append(copy.deepcopy(api.jobs))
    wrong = [] if list(made[0]) == names else [f"it made {list(made[0])}"]
    wrong += [] if made[0] == made[1] else ["a second run changed something"]
    return wrong + [
        f"{name}: no header" for name, job in made[1].items() if _header(job) != f"Bearer {SECRET}"
    ]


def _environment(folder: str, url: str) -> dict[str, str]:
    """gcloud calls nothing but the stand-in, and reads no account of this machine."""
    settings = {
        "CONFIG": folder,
        "CORE_PROJECT": "stand-in",
        "CORE_DISABLE_PROMPTS": "1",
        "CORE_DISABLE_USAGE_REPORTING": "1",
        "COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1",
        "AUTH_ACCESS_TOKEN_FILE": f"{folder}/token",
        "API_ENDPOINT_OVERRIDES_CLOUDSCHEDULER": url,
        "API_ENDPOINT_OVERRIDES_SECRETMANAGER": url,
    }
    return {**os.environ, "HOME": folder, **{f"CLOUDSDK_{key}": value for key, value in settings.items()}}


def _header(job: dict[str, Any]) -> str:
    return str(job.get("httpTarget", {}).get("headers", {}).get("Authorization", ""))


def lint(commands: list[str]) -> list[str]:
    """What gcloud says against them."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump([{"command_string": command} for command in commands], file)
        file.flush()
        words = [program("gcloud"), "meta", "lint-gcloud-commands", f"--commands-file={file.name}"]
        found = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS)
    if found.returncode:
        return [found.stderr]
    said = json.loads(found.stdout)
    wrong = [
        f"{each['command_string'][:60]}: {each['error_message']}" for each in said if not each["success"]
    ]
    return wrong if len(said) == len(commands) else [f"it read {len(said)} of {len(commands)}", *wrong]


validator = Validator(
    title="Cloud Scheduler: gcloud",
    exporters=("cloud-scheduler-gcloud",),
    check=check,
    needs=("gcloud", "sh"),
    broken={
        "an unknown flag": replaced("--time-zone=", "--timezone="),
        "a method that there is not": replaced("--http-method=post", "--http-method=send"),
        "no schedule": replaced("--schedule=", "--description="),
        "a text for a number": replaced("--max-doublings=5", "--max-doublings=five"),
        "a quote that is not closed": replaced("--uri='", "--uri="),
        "a header of another name": replaced('"Authorization": "Bearer', '"Authorisation": "Bearer'),
        "an update with the flags to create": replaced('$verb.json"', 'create.json"'),
    },
)
