"""schemathesis against the WSGI application, in this process: what it is told, and the world that it finds.

All its checks are on. What it cannot know is said here, as checks of our own: which statuses from 500 up are
answers, and which refusals of well-formed requests depend on the declared jobs.
"""

from __future__ import annotations

import dataclasses
import gc
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.utils import timezone
from pydantic import BaseModel
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.transport.wsgi import WSGITransport

from jobs_api import Job
from jobs_api.models import JobAttempt, State
from tests import documented
from tests.conftest import stored_run
from tests.jobs_api.api.endpoints import YEARLY, bearer, newest_run, newest_slot

ANSWERS = {"failed", "attempts-exhausted", "retry-later", "submit-failed", "jobs-unwell"}
"""Problem types with a status from 500 up that are answers, and no faults of the server."""

PHASES = ("examples", "coverage", "fuzzing", "stateful")
OF_SOCKETS = ("max_redirects", "verify", "cert", "proxies")

ONLY_THE_SERVER_KNOWS = re.compile(
    r"`run_date` .*"  # no slot, no day of the calendar, or in the future
    r"|The body and the query name two different `run_date`s.*"
    r"|'[-\w]+' has not been due yet\."
    r"|`options`: '[-\w]+' accepts none.*"
    r"|Unknown option: .*"
    r"|`options\.\w+`: .*"
    r"|From `start` to `end` there are .*"
    r"|'[-\w]+' has no schedule, so .*"
    r"|`end` \(exclusive\) must be later than `start`\."
    r"|`end` is in the future: .*"
    r"|`start` is older than the retention of runs: .*"
    r"|`(since|until|start|end)` must be ISO 8601 .*"  # a leap second, or a day that the calendar lacks
    r"|`until` is in the past: .*"
    r"|`cursor` must be the `next` of an earlier page, unchanged\."
    r"|`attempt`: this run has attempts .*"
    r"|The body contains the character U\+0000.*"
    r"|The body is not valid JSON: .*surrogates not allowed.*",
    re.DOTALL,
)
"""Why a request may be refused that is as the document asks."""


class Params(BaseModel):
    """The options of a job that takes some."""

    say: str = ""


def world(declare: Callable[..., Job], executor: Callable[..., str]) -> dict[str, list[Any]]:
    """Jobs of each kind with runs in every state; returns values for what only this database knows."""
    now = timezone.now()
    good = declare("good", params=Params, **YEARLY)
    bad = declare("bad", options={"fail": True}, retry_backoff=3600, **YEARLY)
    away = declare("away", executor=executor(lambda job, lease: None), **YEARLY)
    declare("on-demand", schedule=None)
    runs = [newest_run(good, attempt=2), newest_run(bad, State.FAILED, reason="error", tries=3)]
    runs.append(newest_run(away, State.QUEUED, next_attempt_at=now))
    JobAttempt.objects.create(run=runs[0], attempt=1, state=State.FAILED, reason="lost", executor="inline")
    earlier = now - timedelta(days=200)
    for number, state in enumerate((State.CANCELLED, State.SKIPPED, State.FAILED, State.RUNNING)):
        runs.append(stored_run(good, earlier - timedelta(days=number), state=state))
    dates = [newest_slot(good).isoformat(), newest_slot(good).date().isoformat()]
    names = [good.name, bad.name, away.name, "on-demand"]
    days = [(now - timedelta(days=number)).date().isoformat() for number in (300, 200, 1)]
    return {"names": names, "runs": [run.pk for run in runs], "dates": dates, "days": days}


KNOWN = {
    "path.name": "names",
    "path.run_id": "runs",
    "query.run_date": "dates",
    "body.run_date": "dates",
    "body.start": "days",
    "body.end": "days",
}
"""Which of these values are good where: most requests would be of nothing else, or refused."""


def configuration(
    found: dict[str, list[Any]], phases: Collection[str], *, examples: int, seed: int, repeatable: bool
) -> dict[str, Any]:
    """What schemathesis is told, as its own configuration file would say it.

    Args:
        found: values that only the database knows, by name.
        phases: which of its phases are run.
        repeatable: draw the same each time, and none of it from answers, which times are part of.
    """
    sources = {"extra-data-sources": {"responses": not repeatable}}
    accepted = ["2xx", "401", "403", "404", "409", "422", "500", "503"]  # see `refused_for_a_reason`
    return {
        "seed": seed,
        "workers": 1,
        "headers": bearer("trigger", "read", "operate"),
        "dictionaries": {name: {"values": values} for name, values in found.items()},
        "parameters": {at: {"dictionary": name, "probability": 0.8} for at, name in KNOWN.items()},
        "phases": {
            name: {"enabled": name in phases, **(sources if name == "fuzzing" else {})} for name in PHASES
        },
        "generation": {
            "max-examples": examples,
            "deterministic": repeatable,
            "no-shrink": repeatable,
            "database": "none",
            "with-security-parameters": False,  # or most requests would bear a token that is none
        },
        "checks": {
            "not_a_server_error": {
                "expected-statuses": ["2xx", "4xx", "500", "503"]
            },  # see `no_fault_of_ours`
            "positive_data_acceptance": {"expected-statuses": accepted},
        },
    }


@schemathesis.check
def no_fault_of_ours(ctx: Any, response: Any, case: Any) -> None:
    """A status from 500 up is one of the documented outcomes."""
    if response.status_code >= 500:
        slug = response.json()["type"].rpartition("/")[2]
        assert slug in ANSWERS, f"{response.status_code} {slug}: {response.json()['detail']}"


@schemathesis.check
def refused_for_a_reason(ctx: Any, response: Any, case: Any) -> None:
    """A request as the document asks is refused only for what the document cannot say."""
    if response.status_code == 422 and case.meta is not None and case.meta.generation.mode.is_positive:
        detail = response.json()["detail"]
        assert ONLY_THE_SERVER_KNOWS.fullmatch(detail), detail


@schemathesis.check
def as_documented(ctx: Any, response: Any, case: Any) -> None:
    """The answer has the members and headers that are documented, and no others."""
    headers = {name: ", ".join(values) for name, values in response.headers.items()}
    fault = documented.fault(
        case.method, case.formatted_path, response.status_code, headers, response.content
    )
    assert fault is None, fault


def _in_process(send: Callable[..., Any]) -> Callable[..., Any]:
    """Leave out what only sockets have, which their check of tokens passes on to a WSGI application too."""

    def sending(self: WSGITransport, case: Any, **options: Any) -> Any:
        if options.get("session") is None:
            options = {name: value for name, value in options.items() if name not in OF_SOCKETS}
        return send(self, case, **options)

    return sending


@dataclasses.dataclass
class Report:
    """What a run of schemathesis saw."""

    answered: Counter[tuple[str, int]] = dataclasses.field(default_factory=Counter)
    """How often each operation answered each status."""
    faults: list[str] = dataclasses.field(default_factory=list)
    """What is wrong, with the request that shows it."""


def fuzz(config: dict[str, Any]) -> Report:
    """Run the phases."""
    told = schemathesis.Config.from_dict(config)
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", WSGIHandler(), config=told)
    report = Report()
    with patch.object(WSGITransport, "send", _in_process(WSGITransport.send)):
        for event in from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished):
                report.answered.update(_answered(event.recorder))
                report.faults += _faults(event)
            elif isinstance(event, events.NonFatalError | events.FatalError):
                report.faults.append(repr(event))
    del schema, event
    gc.collect()  # its threads have ended; their connections would keep the test database from being dropped
    return report


def _answered(recorder: ScenarioRecorder) -> Iterator[tuple[str, int]]:
    for case_id, interaction in recorder.interactions.items():
        if interaction.response is not None and case_id in recorder.cases:
            yield recorder.cases[case_id].value.operation.label, interaction.response.status_code


def _faults(event: events.ScenarioFinished) -> Iterator[str]:
    for checks in event.recorder.checks.values():
        for check in checks:
            if (info := check.failure_info) is not None:
                yield f"{event.phase.value}, {check.name}: {info.failure}\n{info.code_sample}"
