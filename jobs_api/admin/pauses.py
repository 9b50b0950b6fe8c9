"""Pauses of jobs: who paused what, until when, why, and who resumed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import Q

from jobs_api import database, registry
from jobs_api.admin.base import ShowingAdmin
from jobs_api.admin.filters import JobFilter, choice
from jobs_api.admin.forms import PauseForm
from jobs_api.admin.orders import Order, Told
from jobs_api.admin.showing import fact
from jobs_api.clock import expression
from jobs_api.models import JobPause
from jobs_api.runs import pausing


def _state(pause: JobPause) -> str:
    return "in force" if pause.is_in_force(database.guess()) else "over"


def _pause(name: str, data: Mapping[str, Any], actor: str) -> Told:
    job, at = registry.get(name), database.now()
    change = pausing.pause(job, actor=actor, comment=data["reason"], at=at, until=data["until"])
    return Told(messages.SUCCESS, "Paused" if change.changed else "It was paused so already")


def _resume(pause: JobPause, data: Mapping[str, Any], actor: str) -> Told:
    job, at = registry.get(pause.job_name), database.now()
    if not pause.is_in_force(at):
        return Told(messages.WARNING, "This pause is over: nothing was changed")
    change = pausing.resume(job, actor=actor, comment=data["reason"], at=at)
    return Told(messages.SUCCESS, "Resumed" if change.changed else "It was resumed already")


def _in_force(value: str) -> Q:
    in_force = Q(ended_at=None) & (Q(until=None) | Q(until__gt=expression(None)))
    return in_force if value == "in force" else ~in_force


class JobPauseAdmin(ShowingAdmin):
    """Pauses."""

    list_display = (
        fact("job", lambda pause: pause.job_name),
        fact("state", _state),
        fact("paused at", lambda pause: pause.started_at),
        fact("by", lambda pause: pause.actor),
        fact("why", lambda pause: pause.comment),
        fact("until", lambda pause: pause.until),
        fact("ended at", lambda pause: pause.ended_at),
        fact("resumed by", lambda pause: pause.resumed_by),
    )
    list_filter = (JobFilter, choice("state", ("in force", "over"), _in_force))
    orders = (
        Order("resume", "Resume", _resume),
        Order("pause", "Pause jobs", _pause, form=PauseForm, of_rows=False),
    )
    groups: ClassVar = (
        (None, [*list_display, fact("why it was resumed", lambda pause: pause.resume_comment)]),
    )
