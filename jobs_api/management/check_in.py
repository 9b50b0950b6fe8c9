"""`manage.py jobs_alerts check-in`: set up the monitors that watch from outside, and see how check-ins go."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser

from jobs_api import check_ins, database
from jobs_api.check_ins import checking, dead_man, defining, settings
from jobs_api.check_ins.monitor import MonitorError
from jobs_api.database.bounds import elsewhere
from jobs_api.management import base
from jobs_api.management.facts import Fact, Facts
from jobs_api.management.tables import moment
from jobs_api.text import one_line

HELP = "set up monitors that watch from outside (Healthchecks, Cronitor, a dead man's switch), and show them"
NONE = (
    'No monitor is configured. Write JOBS_API["CHECK_INS"] = {"DEAD_MAN": "https://..."}: the address that a '
    "monitor wants to be called; see docs/check-ins.md."
)


def add_arguments(parser: CommandParser) -> None:
    """Define what follows `check-in`."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--show", action="store_true", help="what to configure, and how check-ins go (default)")
    what.add_argument(
        "--create",
        action="store_true",
        help="create or change the monitors of all jobs by the API of Healthchecks and Cronitor",
    )
    what.add_argument("--ping", action="store_true", help="call the dead man's switch once, show the answer")
    parser.add_argument(
        "--period",
        type=base.seconds,
        metavar="SECONDS",
        help="how often somebody calls, for the dead man's switch (default: as seen lately)",
    )


def handle(command: base.JobsCommand, options: dict[str, Any]) -> None:
    """Do it."""
    if options["ping"]:
        _ping(command, options)
    elif options["create"]:
        _create(command, options)
    else:
        _show(command, options)


# -- --show -----------------------------------------------------------------------------------


def _show(command: base.JobsCommand, options: dict[str, Any]) -> None:
    shown, at = check_ins.status(), database.now()
    period = _period(options, at)
    headings = ("monitor", "last success", "failing since", "given up", "reason")
    lines = [
        (each.name, _when(each.last_success), _when(each.failing_since), each.failures or "-", each.reason)
        for each in shown
    ]
    members = [dataclasses.asdict(each) for each in shown]
    wrong = [f"{fault.text} {fault.hint}" for fault in checking.faults()]
    payload = {"monitors": members, "dead_man": _proposal(period), "problems": wrong}
    table = command.table(headings, lines) if lines else NONE
    command.show(options, payload, table, "", Facts(_advice(period)), *(["", *wrong] if wrong else []))


def _when(at: datetime | None) -> str:
    return "-" if at is None else moment(at)


def _period(options: Mapping[str, Any], at: datetime) -> timedelta | None:
    given = options.get("period")
    return timedelta(seconds=max(given, 60)) if given else defining.expected_period(at)


def _proposal(period: timedelta | None) -> dict[str, Any]:
    configured = bool(settings.dead_man())
    if period is None:
        return {"configured": configured, "period_seconds": None, "grace_seconds": None}
    grace = int(defining.grace_of(period).total_seconds())
    return {"configured": configured, "period_seconds": int(period.total_seconds()), "grace_seconds": grace}


def _advice(period: timedelta | None) -> list[Fact]:
    """What to set at the monitor of the dead man's switch."""
    missing = "not configured: nobody notices if nothing calls any more"
    state = "configured" if settings.dead_man() else missing
    if period is None:
        when = "not known before somebody has called for an hour; run-due every five minutes: --period 300"
        return [Fact("dead man's switch", state), Fact("period", when)]
    grace = _minutes(defining.grace_of(period))
    return [
        Fact("dead man's switch", state),
        Fact("period", f"{_minutes(period)}: expect a ping so often"),
        Fact("grace", f"{grace}: then report it"),
    ]


def _minutes(span: timedelta) -> str:
    return f"{span.total_seconds() / 60:g} min"


# -- --create ---------------------------------------------------------------------------------


def _create(command: base.JobsCommand, options: dict[str, Any]) -> None:
    if not settings.entries():
        raise CommandError(NONE)
    at = database.now()
    period = _period(options, at)
    with elsewhere():  # other servers answer in their own time
        done = list(defining.define_all(at=at))
        switch = _dead_man(period)
    lines = [(each.monitor, each.job, each.key, each.result) for each in done]
    payload = {"jobs": [each._asdict() for each in done], "dead_man": switch}
    table = command.table(("monitor", "job", "key", "result"), lines) if lines else "No job is for a monitor."
    command.show(options, payload, table, "", *([switch["result"]] if switch else []))
    if not all(each.ok for each in done) or not switch.get("ok", True):
        sys.exit(1)


def _dead_man(period: timedelta | None) -> dict[str, Any]:
    """A check for the dead man's switch, where there is none and Healthchecks can make one."""
    able = any(entry.name == "healthchecks" and entry.options.get("API_KEY") for entry in settings.entries())
    if settings.dead_man() or not able:
        return {}
    if period is None:
        text = "The dead man's switch needs to know how often somebody calls: add --period SECONDS."
        return {"ok": True, "result": text}
    try:
        address = defining.define_dead_man(period)
    except MonitorError as error:
        return {"ok": False, "result": f"No check was made for the dead man's switch: {error}."}
    text = f'Put this address into JOBS_API["CHECK_INS"]["DEAD_MAN"], and keep it secret: {one_line(address)}'
    return {"ok": True, "result": text}


# -- --ping -----------------------------------------------------------------------------------


def _ping(command: base.JobsCommand, options: dict[str, Any]) -> None:
    if not settings.dead_man():
        text = 'JOBS_API["CHECK_INS"] has no DEAD_MAN: `jobs_alerts check-in` shows what it needs.'
        raise CommandError(text)
    with elsewhere():
        try:
            answer = dead_man.ping(settings.dead_man())
        except MonitorError as error:
            raise CommandError(f"The monitor took no ping: {error}.") from None
    said = one_line(answer)[:200].replace(settings.dead_man(), "...")
    command.show(options, {"answer": said}, f"The monitor answered: {said or '(nothing, with 200)'}")
