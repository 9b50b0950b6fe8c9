"""CronJobs of Kubernetes: batch/v1 and v1beta1, lists, files with many documents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from jobs_api.importers.common import command_lines, intervals, yaml_files
from jobs_api.importers.common.call import Call
from jobs_api.importers.common.cron_fields import BadSchedule, checked, mended
from jobs_api.importers.common.cron_lines import of_cron
from jobs_api.importers.common.entry import CannotCarry, Entry, Unreadable
from jobs_api.importers.common.importer import Importer, Source, zone_fields
from jobs_api.importers.common.triggers import of_text
from jobs_api.text.secrets import masked

POLICIES = {"Forbid": "skip", "Allow": "allow", "Replace": "skip"}
REPLACE = "concurrencyPolicy Replace ended the old run; here the new slot is skipped (see also timeout)."
EVERY = re.compile(r"@every\s+(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?")
ZONED = re.compile(r"(?:CRON_)?TZ=(\S+)\s+(.*)")
VARIABLE = re.compile(r"(?<!\$)\$\([\w.-]+\)")
STEPPED = re.compile(r"\*/\d+")


class Kubernetes(Importer):
    """Reads manifests; only the command, the schedule and the policies of a CronJob have a place in a job."""

    def read(self, source: Source) -> Iterable[Entry]:
        """Every CronJob is an entry; other kinds of objects are left alone."""
        found = [
            item for document in yaml_files.documents(source.text, "kubernetes") for item in _items(document)
        ]
        if not found:
            raise Unreadable("There is no CronJob in it.")
        for item in found:
            yield _entry(item, source)


def _items(document: Any) -> Iterator[Mapping[str, Any]]:
    if not isinstance(document, Mapping):
        return
    if document.get("kind") == "CronJob":
        yield document
    elif isinstance(document.get("items"), list):
        for item in document["items"]:
            yield from _items(item)


def _entry(item: Mapping[str, Any], source: Source) -> Entry:
    try:
        return _carried(item, source)
    except (CannotCarry, BadSchedule) as error:
        return Entry(original=yaml_files.lines(item), reason=str(error))


def _carried(item: Mapping[str, Any], source: Source) -> Entry:
    metadata, spec = _part(item, "metadata"), _part(item, "spec")
    job = _part(_part(spec, "jobTemplate"), "spec")
    pod = _part(_part(job, "template"), "spec")
    notes: list[str] = []
    name, when = metadata.get("name"), spec.get("schedule")
    _require_rendered(name, when)
    schedule, zone = _schedule(str(when), spec.get("timeZone") or source.timezone, notes)
    words = _words(pod)
    original = (f"{metadata.get('namespace', 'default')}/{name}: {when}: {' '.join(words)}",)
    if (trigger := of_text(" ".join(words))) is not None:
        return Entry(original=original, fields=trigger)
    call = command_lines.read_words(words)
    _require_known(call)
    fields = {"name": str(name), **call.job_fields, "schedule": schedule, **zone_fields(zone)}
    fields |= _policies(spec, job, call, notes)
    notes = [*call.all_notes, *notes, *_around(pod)]
    off = "It is suspended there." if spec.get("suspend") is True else ""
    return Entry(original=original, fields=fields, notes=tuple(notes), reason=off)


def _require_rendered(name: Any, when: Any) -> None:
    if yaml_files.is_template(name) or yaml_files.is_template(when):
        raise CannotCarry(yaml_files.RENDER.format(name="kubernetes"))
    if not isinstance(name, str) or not isinstance(when, str):
        raise CannotCarry("It has no name or no schedule.")


def _require_known(call: Call) -> None:
    for word in call.args:
        if match := VARIABLE.search(word):
            raise CannotCarry(
                f"Kubernetes fills in {match[0]}: let the command read it from its environment."
            )


def _part(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, Mapping) else {}


def _words(pod: Mapping[str, Any]) -> list[str]:
    containers = pod.get("containers")
    if not isinstance(containers, list) or not containers or not isinstance(containers[0], Mapping):
        raise CannotCarry("It has no container.")
    if len(containers) > 1:
        raise CannotCarry("It has more than one container.")
    words = [*_listed(containers[0].get("command")), *_listed(containers[0].get("args"))]
    if not words:
        raise CannotCarry("Its command stands in the image, not here.")
    if any(map(yaml_files.is_template, words)):
        raise CannotCarry(yaml_files.RENDER.format(name="kubernetes"))
    return words


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str) or not isinstance(value, list):
        raise CannotCarry("Its command is not a list.")
    if not all(isinstance(word, (str, int, float)) for word in value):
        raise CannotCarry("Its command is not a list of words.")
    return [str(word) for word in value]


def _policies(
    spec: Mapping[str, Any], job: Mapping[str, Any], call: Call, notes: list[str]
) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    policy = spec.get("concurrencyPolicy")
    if isinstance(policy, str) and policy in POLICIES:
        fields["overlap"] = POLICIES[policy]
    if policy == "Replace":
        notes.append(REPLACE)
    for name, value in (
        ("timeout", job.get("activeDeadlineSeconds")),
        ("expires", spec.get("startingDeadlineSeconds")),
    ):
        if isinstance(value, int) and value > 0:
            fields[name] = value
    tries = job.get("backoffLimit")
    if isinstance(tries, int) and 0 <= tries <= 100:
        fields["max_attempts"] = tries + 1
    return fields


def _around(pod: Mapping[str, Any]) -> Iterator[str]:
    """What of the pod has no place in a job."""
    container = pod["containers"][0]
    names = [name for name in ("image", "resources", "volumeMounts", "envFrom") if container.get(name)]
    names += [
        masked(f"env {variable.get('name')}")
        for variable in _members(container, "env")
        if isinstance(variable, Mapping) and variable.get("name") != "PYTHONUNBUFFERED"
    ]
    if pod.get("initContainers"):
        names.append("initContainers")
    if names:
        yield f"The job runs in its server or worker, without what the pod had: {', '.join(names)}."


def _members(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []


# -- robfig/cron -----------------------------------------------------------------------------


def _schedule(when: str, zone: Any, notes: list[str]) -> tuple[str, str | None]:
    line = " ".join(when.split())
    if match := ZONED.fullmatch(line):
        zone, line = match[1], match[2]
    if line.startswith("@every"):
        notes.append(intervals.NOTE)
        return intervals.line(_every(line)), str(zone or "UTC")
    if zone is None:
        notes.append("Without timeZone, Kubernetes takes the zone of its controller, nearly always UTC.")
    zone = str(zone or "UTC")
    plain = mended(line.replace("?", "*"))
    fields = plain.split()
    if len(fields) == 5 and _by_or(fields[2], fields[4]):
        fields[2] = STEPPED.sub(lambda match: match[0].replace("*", "1-31"), fields[2])
        fields[4] = STEPPED.sub(lambda match: match[0].replace("*", "0-6"), fields[4])
        notes.append("Kubernetes joins */n of one day field and the other by OR; so does this line.")
        checked(" ".join(fields), zone)
        return " ".join(fields), zone
    return of_cron(plain, notes, zone), zone


def _by_or(day: str, weekday: str) -> bool:
    """Whether Kubernetes joins both by OR, where Debian's cron, and a job, would by AND."""
    return day != "*" and weekday != "*" and bool(STEPPED.search(day) or STEPPED.search(weekday))


def _every(line: str) -> timedelta:
    match = EVERY.fullmatch(line)
    if match is None:
        raise CannotCarry(f"{line[:40]!r} cannot be read: write a cron line.")
    hours, minutes, seconds = (int(number or 0) for number in match.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


importer = Kubernetes(
    "CronJobs of Kubernetes (YAML)",
    reads_file=True,
    example="kubernetes cronjobs.yaml",
    notes=("Where concurrencyPolicy is missing, Kubernetes allows runs to overlap; a job does not.",),
)
