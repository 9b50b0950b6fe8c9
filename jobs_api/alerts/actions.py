"""The commands that help, for each kind of incident."""

from __future__ import annotations

import shlex

from jobs_api.models import Incident

Steps = list[tuple[str, str]]
"""What a command does, and the command."""


def steps(incident: Incident) -> Steps:
    """What a person who was just woken may want to type, most useful first."""
    return [
        *_of_kind(incident),
        ("be quiet until it is over", f"{_MANAGE} jobs_alerts ack {incident.pk}"),
    ]


_MANAGE = "manage.py"


def _of_kind(incident: Incident) -> Steps:
    run, job = incident.run, shlex.quote(incident.job_name)
    if incident.kind == "source_silent":
        source = shlex.quote(str(incident.facts.get("source", "")))
        return [
            ("who calls, and when", f"{_MANAGE} jobs_list --sources"),
            ("it is not to call any more", f"{_MANAGE} jobs_forget {source}"),
        ]
    if incident.kind == "token_expiring":
        name = shlex.quote(incident.subject)
        return [
            ("what it may do", f"{_MANAGE} jobs_token list"),
            ("when its successor is in use", f"{_MANAGE} jobs_token revoke {name}"),
        ]
    if incident.kind == "overdue" and run is not None:
        return [
            ("look at it", f"{_MANAGE} jobs_show {run} --follow"),
            ("stop it", f"{_MANAGE} jobs_cancel {run}"),
        ]
    if run is not None:
        shown = [("look at it", f"{_MANAGE} jobs_show {run}")]
        return shown if incident.kind == "slow" else [*shown, ("run it again", f"{_MANAGE} jobs_rerun {run}")]
    if incident.run_date is not None:
        slot = incident.run_date.isoformat()
        return [("run it now", f"{_MANAGE} jobs_run {job} --run-date {slot}")]
    return [("look at it", f"{_MANAGE} jobs_list")]
