"""Workflows of GitHub Actions that run on a schedule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jobs_api.importers.common import command_lines, yaml_files
from jobs_api.importers.common.call import Call
from jobs_api.importers.common.cron_fields import BadSchedule
from jobs_api.importers.common.cron_lines import of_cron
from jobs_api.importers.common.entry import CannotCarry, Entry, Unreadable
from jobs_api.importers.common.importer import Importer, Source
from jobs_api.importers.common.triggers import LONGEST, of_text
from jobs_api.text.secrets import masked

MANAGE = re.compile(r"manage\w*\.py\s|django-admin\s|-m django\s")
ONLY_IF = re.compile(r"(?:\$\{\{)?\s*github\.event\.schedule\s*==\s*(?:'([^']+)'|\"([^\"]+)\")\s*(?:\}\})?")
EXPRESSION = re.compile(r"\$\{\{.*?\}\}")


class GitHubActions(Importer):
    """Reads workflows: each step that runs a management command, at each time of the schedule."""

    def read(self, source: Source) -> Iterable[Entry]:
        """Every step that runs manage.py, once for each time."""
        scheduled = False
        for workflow in yaml_files.documents(source.text, "github-actions"):
            times = list(_times(workflow))
            scheduled = scheduled or bool(times)
            if times:
                yield from _workflow(workflow, times)
        if not scheduled:
            raise Unreadable("It has no `on: schedule:`.")


def _times(workflow: Any) -> Iterator[Mapping[str, Any]]:
    """The items of `on: schedule:`; YAML 1.1 reads the key `on` as true."""
    if not isinstance(workflow, Mapping):
        return
    on = workflow.get("on", workflow.get(True))
    times = on.get("schedule") if isinstance(on, Mapping) else None
    if isinstance(times, list):
        yield from (time for time in times if isinstance(time, Mapping))


def _workflow(workflow: Mapping[str, Any], times: list[Mapping[str, Any]]) -> Iterator[Entry]:
    jobs = workflow.get("jobs")
    for key, job in (jobs if isinstance(jobs, Mapping) else {}).items():
        steps = [step for step in _steps(job) if MANAGE.search(step["run"]) or of_text(step["run"])]
        if len(steps) > 1:
            yield Entry(
                original=yaml_files.lines({key: {"steps": steps}}),
                reason=f"It runs more than one command. {command_lines.WRAPPER_HINT}",
            )
        elif not steps:
            yield Entry(original=yaml_files.lines({key: job}), reason="It runs no management command.")
        else:
            for time in times:
                yield from _entry(str(key), workflow, job, steps[0], time)


def _steps(job: Any) -> list[dict[str, Any]]:
    steps = job.get("steps") if isinstance(job, Mapping) else None
    found = steps if isinstance(steps, list) else []
    return [dict(step) for step in found if isinstance(step, Mapping) and isinstance(step.get("run"), str)]


def _entry(
    key: str,
    workflow: Mapping[str, Any],
    job: Mapping[str, Any],
    step: dict[str, Any],
    time: Mapping[str, Any],
) -> Iterator[Entry]:
    original = (f"{time.get('cron')}: {key}", *step["run"].strip().splitlines())
    conditions = [str(each["if"]) for each in (job, step) if "if" in each]
    only = [match[1] or match[2] for text in conditions if (match := ONLY_IF.fullmatch(text.strip()))]
    if only and time.get("cron") not in only:
        return
    notes = [
        f"Its condition is not carried over: {masked(text)}."
        for text in conditions
        if not ONLY_IF.fullmatch(text)
    ]
    if "strategy" in job:
        notes.append("It ran once for each member of its matrix; the job runs once.")
    if (trigger := of_text(step["run"])) is not None:
        yield Entry(original=original, fields=trigger)
        return
    try:
        _require_shell(step)
        call = _call(step["run"])
        zone = str(time.get("timezone") or "UTC")
        schedule = of_cron(str(time.get("cron")), notes, zone)
    except (CannotCarry, BadSchedule) as error:
        yield Entry(original=original, reason=str(error))
        return
    fields = {"name": call.command if key in ("build", "run", "job") else key, **call.job_fields}
    fields |= {"schedule": schedule, "timezone": zone, **_policies(workflow, job, notes)}
    variables = [each["env"] for each in (workflow, job, step) if isinstance(each.get("env"), Mapping)]
    if env := [str(name) for each in variables for name in each]:
        notes.append(f"The job runs without the variables of the workflow: {', '.join(env)}.")
    yield Entry(original=original, fields=fields, notes=(*call.all_notes, *notes))


def _require_shell(step: Mapping[str, Any]) -> None:
    shell = str(step.get("shell", "bash")).split() or ["bash"]
    if shell[0] not in ("bash", "sh"):
        raise CannotCarry(f"Its step is a program of {shell[0][:40]}: make a management command of it.")


def _call(script: str) -> Call:
    """What the script of a step runs: its one line with manage.py; lines that prepare are dropped."""
    if len(script) > LONGEST:
        raise CannotCarry(command_lines.TOO_LONG)
    lines = script.replace("\\\n", " ").splitlines()
    kept = [line for line in lines if MANAGE.search(f"{line} ")]
    if len(kept) > 1:
        raise CannotCarry(f"It runs more than one command. {command_lines.WRAPPER_HINT}")
    if EXPRESSION.search(kept[0]):
        raise CannotCarry("GitHub fills in ${{ }} at each run: let the command read it from its settings.")
    call = command_lines.read(kept[0])
    call.dropped = [line.strip() for line in lines if line.strip() and line not in kept] + call.dropped
    return call


def _policies(workflow: Mapping[str, Any], job: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    minutes = job.get("timeout-minutes")
    if isinstance(minutes, (int, float)) and not isinstance(minutes, bool) and minutes > 0:
        fields["timeout"] = minutes * 60
    concurrency = job.get("concurrency", workflow.get("concurrency"))
    if concurrency is not None:
        fields["overlap"] = "skip"
        if isinstance(concurrency, Mapping) and concurrency.get("cancel-in-progress"):
            notes.append("cancel-in-progress ended the old run; here the new slot is skipped.")
    return fields


importer = GitHubActions(
    "workflows of GitHub Actions (YAML)",
    reads_file=True,
    example="github-actions .github/workflows/nightly.yml",
    notes=("Steps that fetch code and install packages are not needed: a job runs where the project runs.",),
)
