"""The commands that help, for each kind of incident."""

from __future__ import annotations

import shlex
from urllib.parse import urlencode

from jobs_api.alerts import links
from jobs_api.models import Incident
from jobs_api.text import unbroken

_MANAGE = "manage.py"
AGAIN, NOW = "run it again", "run it now"
Steps = list[tuple[str, str]]
"""What a command does, and the command."""


def steps(incident: Incident) -> Steps:
    """What a person who was just woken may want to type, most useful first."""
    curl = over_http(incident)
    scope = "trigger" if incident.kind in ("missed", "late") else "operate"
    same = [(f"the same without a shell, with a token of the scope {scope}", curl)] if curl else []
    quiet = ("be quiet until it is over", f"{_MANAGE} jobs_alerts ack {incident.pk}")
    # A name that a caller invented may hold anything: it makes no line of its own.
    return [(what, unbroken(command)) for what, command in (*_of_kind(incident), *same, quiet)]


def makes_up(incident: Incident) -> Steps:
    """For a slot that stays behind though a newer one has succeeded."""
    again = [step for step in _of_kind(incident) if step[0] in (AGAIN, NOW)]
    return [*again, ("its last runs", f"{_MANAGE} jobs_list {_word(incident.job_name)}")]


def over_http(incident: Incident) -> str:
    """The same as the command that helps most, for who has no shell there; "" where it has no address."""
    run, job = incident.run, incident.job_name
    if incident.kind in ("failed", "overdue") and run is not None:
        address = links.page("rerun" if incident.kind == "failed" else "cancel", run)
    elif incident.kind in ("missed", "late") and run is None and incident.run_date is not None:
        slot = urlencode({"run_date": incident.run_date.isoformat()})
        address = f"{trigger}?{slot}" if (trigger := links.page("trigger", job)) else ""
    else:
        return ""
    return f'curl -X POST {shlex.quote(address)} -H "Authorization: Bearer $TOKEN"' if address else ""


def _of_kind(incident: Incident) -> Steps:
    run, job = incident.run, _word(incident.job_name)
    if incident.kind == "source_silent":
        return [
            ("who calls, and when", f"{_MANAGE} jobs_list --sources"),
            ("it is not to call any more", f"{_MANAGE} jobs_forget {_forgotten(incident)}"),
        ]
    if incident.kind == "token_expiring":
        name = _word(incident.subject)
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
        return shown if incident.kind == "slow" else [*shown, (AGAIN, f"{_MANAGE} jobs_rerun {run}")]
    if incident.run_date is not None:
        slot = incident.run_date.isoformat()
        callers = ("who calls, and when", f"{_MANAGE} jobs_list --sources")
        return [callers, (NOW, f"{_MANAGE} jobs_run --run-date {slot} {job}")]
    return [("look at it", f"{_MANAGE} jobs_list")]


def _word(text: str) -> str:
    """The last word of a command line, whatever it begins with."""
    return f"-- {shlex.quote(text)}" if text.startswith("-") else shlex.quote(text)


def _forgotten(incident: Incident) -> str:
    """The arguments that forget just what is silent: a source, by whom, and for which job."""
    facts = {key: str(incident.facts.get(key) or "") for key in ("source", "actor", "part")}
    words = [f"--by={shlex.quote(facts['actor'])}"] if "actor" in incident.facts else []
    if facts["part"]:
        run_due = facts["part"] == "run-due"
        words.append("--run-due" if run_due else f"--job={shlex.quote(facts['part'])}")
    return " ".join([*words, _word(facts["source"])])
