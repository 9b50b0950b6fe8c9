"""gcloud's own parser of its commands, where it is installed, and `sh -n`: offline, nothing is called."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile

from tools.schedulers.scene import program
from tools.schedulers.validating import Validator, complaints, replaced

SECONDS = 120
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
    return lint(commands)


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
    },
)
