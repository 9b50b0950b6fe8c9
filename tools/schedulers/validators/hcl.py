"""Terraform's language, by HashiCorp's parser in npm's @cdktf/hcl2json: it knows the syntax only.

What was read is looked at here: the arguments of the resource, as its provider documents them.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tools.schedulers.scene import npm_package, program
from tools.schedulers.validating import Validator, replaced

HCL2JSON, SECONDS = "@cdktf/hcl2json@0.21.0", 120
PRINT = """\
const {parse} = require(process.argv[1]);
const text = require("fs").readFileSync(process.argv[2], "utf8");
parse("main.tf", text).then(
  (found) => console.log(JSON.stringify(found)),
  (error) => { console.error(String(error)); process.exit(1); });
"""
RESOURCE = "google_cloud_scheduler_job"
ARGUMENTS = {
    *("name", "description", "region", "schedule", "time_zone", "attempt_deadline"),
    *("retry_config", "http_target"),
}
TARGET = {"http_method", "uri", "headers"}


def check(text: str) -> list[str]:
    """What the parser says, else what is wrong with the arguments."""
    with tempfile.TemporaryDirectory(prefix="jobs-api-validator-") as folder:
        path = Path(folder) / "main.tf"
        path.write_text(text)
        words = [program("node"), "-e", PRINT, str(npm_package("@cdktf/hcl2json")), str(path)]
        found = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS)
    if found.returncode:
        return (found.stderr or found.stdout).strip().splitlines()[-1:] or [f"exit {found.returncode}"]
    return _faults(json.loads(found.stdout))


def _faults(read: dict[str, Any]) -> list[str]:
    jobs = read.get("resource", {}).get(RESOURCE, {})
    wrong = [] if jobs else ["it has no job"]
    for name, (job,) in jobs.items():
        (target,) = job.get("http_target", [{}])
        wrong += [f"{name}: {each}" for each in sorted(ARGUMENTS ^ job.keys())]
        wrong += [f"{name}: http_target: {each}" for each in sorted(TARGET ^ target.keys())]
        if target.get("headers") != {"Authorization": "Bearer ${var.cron_secret}"}:
            wrong.append(f"{name}: the secret is not that of the variable")
    (secret,) = read.get("variable", {}).get("cron_secret", [{}])
    return wrong if secret.get("sensitive") is True else [*wrong, "cron_secret is not sensitive"]


validator = Validator(
    title="Cloud Scheduler: @cdktf/hcl2json",
    exporters=("cloud-scheduler-terraform",),
    check=check,
    needs=("node",),
    npm=(HCL2JSON,),
    broken={
        "a block that is not closed": replaced("  retry_config {\n", "  retry_config\n"),
        "a string that is not closed": replaced('http_method = "POST"', 'http_method = "POST'),
        "an unknown argument": replaced("time_zone ", "timezone "),
        "a secret that is shown": replaced("sensitive   = true", "sensitive   = false"),
        "a secret as text": replaced("Bearer ${var.cron_secret}", "Bearer 1234"),
    },
)
