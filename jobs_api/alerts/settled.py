"""Why an incident is over: it may have been settled otherwise than by a success."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from jobs_api import database, registry
from jobs_api.alerts.findings import Findings
from jobs_api.alerts.reading import Reading
from jobs_api.alerts.silences import subject_of
from jobs_api.alerts.wording import here, slot_of
from jobs_api.database import alias
from jobs_api.models import Incident, JobRun, State, Token
from jobs_api.monitoring.report import JobReport
from jobs_api.monitoring.source_report import SourceReport
from jobs_api.text.spans import span


class Settled(NamedTuple):
    """How an incident ended."""

    why: str
    """In a sentence."""
    recovered: bool = True
    """Whether it works again; else it is only not expected any more."""
    tell: bool = True
    """Whether to send that: not where another incident says more."""
    left: str = ""
    """What is left to do, in a few words: a slot that nothing runs any more."""


def settled(over: list[Incident], reading: Reading, found: Findings) -> Mapping[int, Settled]:
    """How each of these ended, by its id; two statements at most, for tokens and for slots left behind."""
    left = _left_behind(over)
    tokens = _tokens([each.subject for each in over if each.kind == "token_expiring"])
    ends: dict[int, Settled] = {}
    for incident in over:
        report = reading.jobs.get(incident.job_name)
        if incident.job_name and report is None:
            ends[incident.pk] = Settled("The job is not declared any more.", recovered=False)
        elif incident.kind == "source_silent":
            ends[incident.pk] = _source(incident, reading)
        elif incident.kind == "token_expiring":
            ends[incident.pk] = _token(incident, tokens.get(incident.subject), reading)
        elif incident.kind == "late" and ("missed", incident.subject) in found.wrong:
            ends[incident.pk] = Settled("Its grace is over: it counts as missed.", False, tell=False)
        elif report is not None and incident.kind in _OF_A_JOB:
            ends[incident.pk] = _with_slot(
                _OF_A_JOB[incident.kind](incident, report), left.get(incident.pk, "")
            )
        else:  # a kind of another version
            ends[incident.pk] = Settled("It is not found any more.")
    return ends


def _left_behind(over: list[Incident]) -> Mapping[int, str]:
    """Which slots stay as they are though a newer one has succeeded: nothing makes up for them by itself."""
    about = [each for each in over if each.kind in ("failed", "missed")]
    slots = [each.run_date for each in about if each.run_date is not None]
    if not slots:
        return {}
    rows = database.rows().filter(job_name__in={each.job_name for each in about}, run_date__in=set(slots))
    wanted = rows.only("job_name", "run_date", "state", "next_attempt_at")
    runs: dict[tuple[str, datetime | None], JobRun] = {(run.job_name, run.run_date): run for run in wanted}
    return {each.pk: _behind(each, runs.get((each.job_name, each.run_date))) for each in about}


def _behind(incident: Incident, run: JobRun | None) -> str:
    job = registry.find(incident.job_name)
    if incident.run_date is None or job is None:
        return ""
    slot, before = slot_of(incident.run_date, job), incident.times - 1
    more = f", and maybe {before} before it" if before else ""
    if run is None:  # "all" makes up for it, and "latest" only as long as it is the latest
        never = incident.kind == "missed" and job.catch_up != "all"
        return f"the slot {slot} was not run{more}" if never else ""
    if run.state == State.FAILED and run.next_attempt_at is None:  # one that is lost is reaped, and retried
        return f"the slot {slot} stays failed{more}"
    return ""


def _with_slot(end: Settled, left: str) -> Settled:
    """Who reads that it works again should not think that all is done."""
    if not left or not end.recovered:
        return end
    return end._replace(why=f"{end.why} {left[0].upper()}{left[1:]}.", left=left)


def _failed(incident: Incident, report: JobReport) -> Settled:
    run = report.last_started
    if run is None:
        return Settled("No run of the job is stored any more.", recovered=False)
    slot = slot_of(run.run_date, report.job)
    if run.state == State.SUCCEEDED:
        return Settled(f"The slot {slot} succeeded.")
    return Settled(f"The slot {slot} was cancelled.", recovered=False)


def _begun(incident: Incident, report: JobReport) -> Settled:
    newest, slot = report.standing.newest_run_date, incident.run_date
    if newest is not None and slot is not None and newest >= slot:
        return Settled(f"The slot {slot_of(newest, report.job)} has a run.")
    return Settled("No slot of it is missing: its schedule was changed, or it was paused.", recovered=False)


def _overdue(incident: Incident, report: JobReport) -> Settled:
    run = report.last_started
    if run is not None and run.pk == incident.run and run.finished_at is not None:
        return Settled(f"The slot {slot_of(run.run_date, report.job)} has ended: {run.state}.")
    return Settled("No attempt of it hangs any more.")


def _slow(incident: Incident, report: JobReport) -> Settled:
    run = report.last_started
    if run is None or run.duration_ms is None:
        return Settled("No run of it is slow any more.")
    return Settled(f"The slot {slot_of(run.run_date, report.job)} took {span(run.duration_ms / 1000)}.")


_OF_A_JOB: Mapping[str, Callable[[Incident, JobReport], Settled]] = {
    "failed": _failed,
    "missed": _begun,
    "late": _begun,
    "overdue": _overdue,
    "slow": _slow,
}


def _source(incident: Incident, reading: Reading) -> Settled:
    last = next((each for report in reading.report.sources for each in _calls(report, incident)), None)
    if last is None:
        return Settled("It was forgotten (jobs_forget).", recovered=False)
    if last > incident.since:
        return Settled(f"It called again at {here(last)}.")
    return Settled("It is not expected to call any more.", recovered=False)


def _calls(report: SourceReport, incident: Incident) -> list[datetime]:
    parts = [*report.jobs, *([report.run_due] if report.run_due else [])]
    found = [part.last_at for part in parts if subject_of(report, part) == incident.subject]
    return [report.last_at] if subject_of(report) == incident.subject else found


def _tokens(names: list[str]) -> Mapping[str, Token]:
    if not names:
        return {}
    return {row.name: row for row in Token.objects.using(alias()).filter(name__in=names)}


def _token(incident: Incident, token: Token | None, reading: Reading) -> Settled:
    if token is None or token.revoked_at is not None:
        return Settled("It was revoked.")
    if token.expires_at is None or token.expires_at > reading.at:
        if token.expires_at is not None and token.expires_at.isoformat() == incident.facts.get("expires_at"):
            return Settled("Nothing uses it any more.")
        ends = "never" if token.expires_at is None else f"at {here(token.expires_at)}"
        return Settled(f"It expires {ends} now.")
    return Settled(f"It expired at {here(token.expires_at)}, and nobody has replaced it.", False)
