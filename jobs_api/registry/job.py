"""`Job`: what a host declares."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jobs_api import conf
from jobs_api.registry import callables, commands
from jobs_api.schedule.slots import Schedule, around, gap_around

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo


MOST_GRACE = timedelta(hours=1)
"""How late a slot may be that says nothing else, before it is missed."""
JOBS_CALL = "jobs_call"
"""The command of jobs that call something."""
DURATIONS = ("timeout", "retry_backoff", "catch_up_window", "expires", "grace")


@dataclasses.dataclass(frozen=True, eq=False)
class Job:
    """One declared job: a management command, or a callable, with a schedule and policies.

    Durations are seconds; a timedelta is converted. The constructor checks nothing:
    `jobs_api.registry.validation` checks every field when the apps are ready, so that all errors are
    reported together.
    """

    name: str
    """Slug, unique over all apps; the `job_name` of its runs."""
    _: dataclasses.KW_ONLY
    command: str = ""
    """The management command; if empty, the job's name."""
    call: str | None = None
    """Instead of a command: the dotted path of what is called with `args` and `options`."""
    args: Sequence[str] = ()
    """Fixed positional arguments."""
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Fixed keyword arguments."""
    params: type[BaseModel] | None = None
    """A pydantic model of the options that a caller may send; None: no options."""
    schedule: str | None = None
    """Five-field cron or @hourly and the like; None: on demand only."""
    timezone: str | None = None
    """IANA zone of the schedule; None: TIME_ZONE."""
    timeout: float = 3600
    max_attempts: int = 3
    retry_backoff: float = 60
    """Seconds before the first retry; each further retry waits twice as long. 0: at once."""
    overlap: str = "skip"
    """"skip": never two slots of this job at once; "allow": any number."""
    catch_up: str = "latest"
    """What run-due does about missed slots: "latest", "all" or "none"."""
    catch_up_window: float = 24 * 3600
    """How far back run-due looks for missed slots, in seconds."""
    expires: float | None = None
    """A slot older than this is no longer started; None: no limit."""
    executor: str | None = None
    """A name such as "celery", or the dotted path of an `Executor`; None: JOBS_API["EXECUTOR"]."""
    executor_options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Options for that executor, such as {"queue": "reports"}; see docs/executors.md."""
    grace: float | None = None
    """How late a slot may be before it is missed; None: half the time between slots, at most 1 h."""
    description: str = ""
    """For people; if empty, the command's help text."""
    owner: str = ""
    """Who answers for it: a person or a team. Shown in lists and alerts; alerts may go by it."""
    runbook: str = ""
    """The http(s) address of what to do when it fails; every alert shows it."""
    tags: Sequence[str] = ()
    """Words to group and filter by; alerts may go by them."""

    def __post_init__(self) -> None:
        for name in DURATIONS:
            value = getattr(self, name)
            if isinstance(value, timedelta):
                object.__setattr__(self, name, value.total_seconds())
        if isinstance(self.tags, list):
            object.__setattr__(self, "tags", tuple(self.tags))
        object.__setattr__(self, "command", self.command or (self.name if self.call is None else JOBS_CALL))

    @cached_property
    def slots(self) -> Schedule:
        """The schedule in its zone, as the functions of `jobs_api.schedule.slots` expect it."""
        return Schedule.parse(self.schedule, self.timezone or conf.default_timezone())

    @cached_property
    def help_text(self) -> str:
        """What the job does, for people: its description, or else what the command or the callable says."""
        if self.description:
            return self.description
        try:
            if self.call is not None:
                return callables.help_text(self.call)
            text = commands.load(self.command).help or ""
            return " ".join(str(text).split())
        except (Exception, SystemExit):  # noqa: BLE001 - what cannot be imported: check W040 tells why
            return ""

    def next_run_date(self, now: datetime) -> datetime | None:
        """When the job is due next; None if it is on demand only."""
        return around(self.slots, now).following

    @property
    def exclusive(self) -> bool:
        """Whether at most one slot of this job may run at a time."""
        return self.overlap != "allow"

    @property
    def executor_name(self) -> str:
        """The executor that runs this job."""
        return self.executor or conf.config().executor

    @property
    def routing(self) -> dict[str, Any]:
        """The options for its executor: those of the setting, overridden by its own."""
        return {**conf.config().executor_options.get(self.executor_name, {}), **self.executor_options}

    def backoff(self, tries: int) -> timedelta:
        """How long to wait after the given number of failed tries (1 or more)."""
        return timedelta(seconds=self.retry_backoff * 2 ** min(max(tries - 1, 0), 20))

    def grace_at(self, now: datetime) -> timedelta:
        """How late a slot around `now` may be before it is missed."""
        if self.grace is not None:
            return timedelta(seconds=self.grace)
        gap = gap_around(self.slots, now)
        return MOST_GRACE if gap is None else min(MOST_GRACE, gap / 2)


def aliases(name: str, field: FieldInfo) -> list[str]:
    """The names under which a caller may send the value of a field of `params`, in order."""
    alias = field.validation_alias
    if alias is None or isinstance(alias, str):
        return [alias or name]
    return [choice for choice in getattr(alias, "choices", []) if isinstance(choice, str)]
