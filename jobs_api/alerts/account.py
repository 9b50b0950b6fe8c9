"""What is told about an incident: read once, then written for people and for programs."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from jobs_api import registry
from jobs_api.alerts import links
from jobs_api.alerts.actions import Steps, makes_up, steps
from jobs_api.alerts.excerpts import bounded, error_line, last_lines
from jobs_api.alerts.wording import here, slot_of
from jobs_api.models import Incident, JobRun, State
from jobs_api.monitoring.outlook import Outlook, ordinal, outlook
from jobs_api.monitoring.run_report import output
from jobs_api.outgoing import without_secrets
from jobs_api.registry.job import Job
from jobs_api.runs import pausing, readers
from jobs_api.text import one_line
from jobs_api.text.spans import between

WITHOUT_OUTPUT = ("missed", "late", "source_silent", "token_expiring")
WIDTH = 10


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """An incident with its job and its run as they are now."""

    incident: Incident
    at: datetime
    over: bool
    """Whether it tells that it is over."""
    job: Job | None
    run: JobRun | None
    """None also where it is not stored any more."""
    look: Outlook | None
    output: str
    """The last lines."""
    links: dict[str, str]

    @classmethod
    def of(cls, incident: Incident, event: str, at: datetime) -> Account:
        """Read what the message needs: at most three statements."""
        job = registry.find(incident.job_name) if incident.job_name else None
        run = None if incident.run is None else readers.find(incident.run)
        over = event == "recovered"
        look, lines = None, ""
        if run is not None and not over:
            look = outlook(run, None if job is None else pausing.last_pause(job), at)
            lines = _output(incident, run)
        found = links.links(incident)
        return cls(incident, at, over, job, run, look, lines, found)

    @property
    def error(self) -> str:
        """The error of the run's newest attempt in a line, if it failed."""
        return "" if self.over or self.run is None else error_line(self.run.error)

    @property
    def attempt(self) -> str:
        """ "2 of 3, it is tried again from 03:04 on"; "" without a run."""
        if self.run is None or self.over:
            return ""
        most = f" of {self.job.max_attempts}" if self.job is not None else ""
        return f"{ordinal(self.run)}{most}{self._tried_again()}"

    def clock(self, instant: datetime) -> str:
        """An instant in the job's zone, which is named; without a job, in the site's."""
        return here(instant) if self.job is None else slot_of(instant, self.job)

    def text(self, headline: str) -> str:
        """For people: what they can do stands before the output, as some channels cut the end."""
        lines = [f"{headline}.", *self.reasons(), *([self.error] if self.error else [])]
        if pages := self.pages():
            lines += ["", *(f"{label}: {url}" for label, url in pages)]
        lines += ["", *(f"{name + ':':<{WIDTH}} {value}" for name, value in self.rows())]
        if self.steps():
            lines += ["", *(f"{what[0].upper()}{what[1:]}:\n    {command}" for what, command in self.steps())]
        if self.output:
            lines += ["", "Last lines of output:", *(f"    {line}" for line in self.output.split("\n"))]
        return "\n".join(lines)

    def reasons(self) -> list[str]:
        """Why it is so, or is not any more: a sentence or two."""
        incident = self.incident
        why = incident.over if self.over else incident.detail
        found = [bounded(without_secrets(one_line(why)), 500)] if why else []
        if not self.over and incident.closed_at is not None:  # the channel took nothing until then
            ended = bounded(without_secrets(one_line(incident.over)), 500)
            found.append(f"By now this is over, since {self.clock(incident.closed_at)}. {ended}")
        return found

    def pages(self) -> list[tuple[str, str]]:
        """What a person may open in the dashboard, most useful first; none without one."""
        act = "Open incident" if self.incident.closed_at is not None else "Acknowledge or mute"
        labels = {"run": "Open run", "job": "Open job", "sources": "Open sources", "incident": act}
        found = [(label, self.links[name]) for name, label in labels.items() if name in self.links]
        return [each for each in found if each[0] != "Open job" or "run" not in self.links]

    def rows(self) -> list[tuple[str, str]]:
        """Facts under their names."""
        return [(name, value) for name, value in self._rows() if value]

    def steps(self) -> Steps:
        """The commands that help."""
        if self.over:
            return makes_up(self.incident) if self.incident.facts.get("left") else []
        return steps(self.incident)

    def _rows(self) -> list[tuple[str, str]]:
        incident, job = self.incident, self.job
        ended = incident.closed_at or self.at
        lasted = f"{'lasted' if incident.closed_at else 'for'} {between(incident.since, ended)}"
        times = f"{incident.times} slots so far" if incident.times > 1 else ""
        acknowledged = incident.acknowledged_at is not None and not self.over
        return [
            ("Slot", self.clock(incident.run_date) if incident.run_date is not None else ""),
            ("Since", f"{self.clock(incident.since)}, {lasted}"),
            ("Slots", times),
            ("Flaps", self._flaps()),
            ("Run", str(incident.run) if incident.run is not None else ""),
            ("Try", self.attempt),
            ("Noted by", one_line(incident.acknowledged_by) if acknowledged else ""),
            ("Comment", bounded(one_line(incident.comment), 300) if acknowledged else ""),
            ("Owner", one_line(job.owner) if job is not None else ""),
            ("Runbook", one_line(job.runbook) if job is not None else ""),
            ("Admin", "" if "run" in self.links else self.links.get("admin", "")),
            ("API", self.links.get("api", "")),
            ("Output", self.links.get("output", "")),
        ]

    def _tried_again(self) -> str:
        if self.look is None:
            return ""
        if not self.look.expected:
            return f"; it is not tried again: {self.look.why}"
        when = "" if self.look.at is None else f" from {self.clock(self.look.at)} on"
        return f"; it is tried again{when}: {self.look.why}"

    def _flaps(self) -> str:
        number = self.incident.facts.get("flaps")
        if not number:
            return ""
        return f"number {number} within a few hours; those to come are told only if they last for 15 min"


def _output(incident: Incident, run: JobRun) -> str:
    if incident.kind in WITHOUT_OUTPUT or run.state == State.QUEUED or not run.attempt:
        return ""
    parts = output(run, run.attempt)
    return "" if parts is None else last_lines(parts)
