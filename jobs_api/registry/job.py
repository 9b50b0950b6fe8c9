"""`Job`: what a host declares."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jobs_api import conf
from jobs_api.registry import commands
from jobs_api.schedule.slots import Schedule, around

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo


DURATIONS = ("timeout", "retry_backoff", "catch_up_window", "expires", "grace")


@dataclasses.dataclass(frozen=True, eq=False)
class Job:
    """One declared job: a management command with a schedule and policies.

    Durations are seconds; a timedelta is turned into them. Nothing is checked while it is made:
    `jobs_api.registry.validation` checks every field when the apps are ready, so that one look shows
    all errors at once.
    """

    name: str
    """Slug, unique over all apps; the `job_name` of its runs."""
    _: dataclasses.KW_ONLY
    command: str = ""
    """The management command; the job's name where empty."""
    args: Sequence[str] = ()
    """Fixed positional arguments."""
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Fixed keyword arguments."""
    params: type[BaseModel] | None = None
    """Which options a caller may send; None: none."""
    schedule: str | None = None
    """Five-field cron or @hourly and the like; None: on demand only."""
    timezone: str | None = None
    """IANA zone of the schedule; None: TIME_ZONE."""
    timeout: float = 3600
    max_attempts: int = 3
    retry_backoff: float = 60
    """Seconds before the first retry, doubling with each; 0: at once."""
    overlap: str = "skip"
    """"skip": no two slots of this job at once; "allow"."""
    catch_up: str = "latest"
    """What run-due does about missed slots: "latest", "all" or "none"."""
    catch_up_window: float = 24 * 3600
    """How far back run-due looks for them."""
    expires: float | None = None
    """A slot older than this is not started any more."""
    executor: str | None = None
    """A name such as "celery", or the dotted path of an `Executor`; None: JOBS_API["EXECUTOR"]."""
    executor_options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """What that executor lets a job choose, such as {"queue": "reports"}; see docs/executors.md."""
    grace: float | None = None
    """How late before the job counts as missed; None: the smaller of 1 h and half its gap."""
    description: str = ""
    """For people; the command's help text where empty."""

    def __post_init__(self) -> None:
        for name in DURATIONS:
            value = getattr(self, name)
            if isinstance(value, timedelta):
                object.__setattr__(self, name, value.total_seconds())
        object.__setattr__(self, "command", self.command or self.name)

    @cached_property
    def slots(self) -> Schedule:
        """The schedule in its zone, as `jobs_api.schedule.slots` takes it."""
        return Schedule.parse(self.schedule, self.timezone or conf.default_timezone())

    @cached_property
    def help_text(self) -> str:
        """What the job does, for people: its own words, else the command's help text."""
        if self.description:
            return self.description
        try:
            text = commands.load(self.command).help or ""
        except Exception:  # noqa: BLE001 - a command that cannot be imported: check E040 tells why
            return ""
        return " ".join(text.split())

    def next_run_date(self, now: datetime) -> datetime | None:
        """When the job is due next; None where it is on demand only."""
        return around(self.slots, now).following

    @property
    def exclusive(self) -> bool:
        """Whether only one slot of this job may be held at a time."""
        return self.overlap != "allow"

    @property
    def executor_name(self) -> str:
        """The executor that runs this job."""
        return self.executor or conf.config().executor

    @property
    def routing(self) -> dict[str, Any]:
        """The options for its executor: the setting's, then its own."""
        return {**conf.config().executor_options.get(self.executor_name, {}), **self.executor_options}

    def backoff(self, tries: int) -> timedelta:
        """How long to wait after `tries` tries (1 = the first) have failed."""
        return timedelta(seconds=self.retry_backoff * 2 ** min(max(tries - 1, 0), 20))

    def grace_at(self, now: datetime) -> timedelta:
        """How late a slot around `now` may be before it counts as missed."""
        if self.grace is not None:
            return timedelta(seconds=self.grace)
        window = around(self.slots, now)
        if window.previous is None or window.following is None:
            return timedelta(hours=1)
        gap = window.following.timestamp() - window.previous.timestamp()
        return timedelta(seconds=min(3600, gap / 2))


def aliases(name: str, field: FieldInfo) -> list[str]:
    """The names by which a caller may send what a field of `params` holds, the first one first."""
    alias = field.validation_alias
    if alias is None or isinstance(alias, str):
        return [alias or name]
    return [choice for choice in getattr(alias, "choices", []) if isinstance(choice, str)]
