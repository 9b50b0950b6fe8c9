"""`Plan`: what is exported, the same for every platform; `Entry`: one scheduled call."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from urllib.parse import urlencode

from jobs_api.registry.job import Job
from jobs_api.text import one_line

RUN_DUE = "run-due"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Entry:
    """One scheduled call: of a job, or of run-due."""

    job: Job | None
    """None: run-due."""
    lines: tuple[str, ...]
    """Five-field cron lines in the platform's dialect, at least one; together they fire at each slot."""
    timezone: str
    """The zone of the lines: the job's, or UTC."""
    surplus: bool = False
    """Whether the lines also fire where no slot is: those calls find the slot done, and change nothing."""
    base_url: str = ""
    """With the path of our URLs and without a slash at its end: https://shop.example.com/api."""
    source: str = ""
    """Who calls, for the record: the platform's name."""
    max_late: int | None = None
    """Seconds; a call that would start an older slot starts none."""

    @property
    def name(self) -> str:
        """The job's name, or run-due."""
        return self.job.name if self.job else RUN_DUE

    @property
    def query(self) -> Mapping[str, str]:
        """What the URL's query says."""
        late = {} if self.max_late is None else {"max_late": str(self.max_late)}
        return {"source": self.source, **late}

    @property
    def url(self) -> str:
        """Where to POST to."""
        path = f"/jobs/{self.job.name}/run" if self.job else "/run-due"
        return f"{self.base_url}{path}?{urlencode(self.query)}"

    @property
    def command(self) -> tuple[str, ...]:
        """The management command and its arguments, behind manage.py."""
        flags = tuple(f"--{name.replace('_', '-')}={value}" for name, value in self.query.items())
        return ("jobs_run", self.job.name, *flags) if self.job else ("jobs_run_due", *flags)

    @property
    def description(self) -> str:
        """One line about it, for people."""
        return (
            one_line(self.job.help_text) if self.job else "Start every job that is due, missed or retryable."
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Refusal:
    """A job that the platform cannot schedule."""

    job: Job
    reason: str
    """A sentence, with what to do instead."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """What is exported to one platform."""

    entries: tuple[Entry, ...]
    """The jobs in the order of their names, run-due last."""
    refused: tuple[Refusal, ...]
    form: str
    """`HTTP` or `COMMAND`."""
    settings: Mapping[str, str]
    """The exporter's settings, defaults filled in."""
    written_by: str
    """The command line that writes this export."""
    on_demand: tuple[str, ...] = ()
    """The names of the jobs that have no schedule: nothing is exported for them."""
    run_due_every: int | None = None
    """Minutes; None: run-due is not exported."""
