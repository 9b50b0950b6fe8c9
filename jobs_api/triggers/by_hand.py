"""What a person orders by hand is recorded in the audit: with the claim that it makes, or why it makes none.

A trigger is by hand if it is forced or a rerun, if it gives a reason, if a person stands before it at a
terminal, or if it comes from the admin or the dashboard. What a schedule sends writes no entry.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

from jobs_api import audit
from jobs_api.runs.types import PEOPLE, RUN_DUE, Lease
from jobs_api.triggers.request import Request, Result

COURIERS = (RUN_DUE, "executor")
"""Triggers of ours that start what others have ordered."""


class Order:
    """What a person has ordered, to be recorded once."""

    def __init__(self, request: Request, *, tells_refusals: bool) -> None:
        self._tells = tells_refusals
        self._recorded = False
        trigger = request.trigger
        self._fields: dict[str, Any] = {
            "actor": trigger.actor,
            "reason": trigger.comment,
            "job": request.job.name,
            "details": _details(request),
        }
        self._action = request.action

    @property
    def recorded(self) -> bool:
        """Whether it has claimed an attempt, or was answered."""
        return self._recorded

    def claimed(self, lease: Lease) -> None:
        """Record it in the transaction of the claim: neither exists without the other.

        The run tells the rest. An attempt that is parked, and claimed again, is recorded once.
        """
        if not self._recorded:
            self._record(lease.started_at, f"attempt {lease.attempt}", lease.run_id, lease.run_date)
            self._recorded = True

    def answered(self, result: Result, at: datetime) -> None:
        """Record that it has started nothing, and why, unless it has."""
        if self._tells and not self._recorded:
            run = None if result.run is None else result.run.id
            self._record(at, str(result.outcome), run, result.run_date, refused=True)

    def _record(
        self, at: datetime, result: str, run: int | None, run_date: datetime, *, refused: bool = False
    ) -> None:
        about = {"run": run, "run_date": run_date, **self._fields}
        audit.record(self._action, at=at, result=result, refused=refused, **about)


def _details(request: Request) -> dict[str, Any]:
    """Whether it was forced, and the names of its options: their values may be secrets."""
    forced = {"force": True} if request.force and request.action == "trigger" else {}
    return {**forced, **({"options": sorted(request.options)} if request.options else {})}


def ordered(request: Request) -> Request:
    """The request with its order, if a person gives it.

    One who only gives a reason may have no more than the scope to trigger, or be a program: if it starts
    nothing, it is not recorded, so that its repeats write nothing.
    """
    if request.trigger.kind in COURIERS:
        return request
    insists = request.force or request.by_hand or audit.origin().kind in PEOPLE
    if not (insists or request.trigger.comment):
        return request
    return dataclasses.replace(request, order=Order(request, tells_refusals=insists))
