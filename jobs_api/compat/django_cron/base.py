"""`CronJobBase` and `Schedule`, as the classes of a project use them. Imports no model."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

UNREAD = object()


class BadCronJobError(AssertionError):
    """A cron class that cannot be run; `hint` tells what to write instead."""

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(f"{problem} {hint}".rstrip())
        self.problem, self.hint = problem, hint


class Schedule:
    """When a class runs. Days of the week count from Monday, 0."""

    def __init__(
        self,
        run_every_mins: float | None = None,
        run_at_times: Sequence[str] | None = None,
        retry_after_failure_mins: float | None = None,
        run_on_days: Sequence[int] | None = None,
        run_monthly_on_days: Sequence[int] | None = None,
        *,
        run_weekly_on_days: Sequence[int] | None = None,
        run_tolerance_seconds: float = 0,
    ) -> None:
        self.run_every_mins = run_every_mins
        self.run_at_times = [] if run_at_times is None else run_at_times
        self.retry_after_failure_mins = retry_after_failure_mins
        self.run_on_days = run_weekly_on_days if run_on_days is None else run_on_days
        self.run_weekly_on_days = self.run_on_days
        self.run_monthly_on_days = run_monthly_on_days
        self.run_tolerance_seconds = run_tolerance_seconds


@dataclasses.dataclass(frozen=True, slots=True)
class PreviousRun:
    """The newest run of a class that succeeded, with the names that django-cron's log had."""

    code: str
    start_time: datetime
    end_time: datetime
    message: str = ""
    is_success: bool = True


class CronJobBase:
    """What every cron class is: it has a `code`, a `schedule` and `do()`.

    `do()` may return text, which goes to the run's output. What it raises makes the run a failed one.
    """

    code: ClassVar[str]
    schedule: ClassVar[Schedule]
    ALLOW_PARALLEL_RUNS: ClassVar[bool] = False
    MIN_NUM_FAILURES: ClassVar[int] = 10
    """After so many failures in a row FailedRunsNotificationCronJob sends mail."""
    _previous: PreviousRun | object | None = UNREAD

    def do(self) -> Any:
        """The work; every class has its own."""
        raise NotImplementedError(f"{type(self).__name__} has no do().")

    @property
    def prev_success_cron(self) -> PreviousRun | None:
        """The newest run that succeeded, read when it is asked for; None before there is one."""
        if self._previous is UNREAD:
            from jobs_api.compat.django_cron.previous import newest_success

            self._previous = newest_success(type(self))
        return self._previous  # type: ignore[return-value]

    @prev_success_cron.setter
    def prev_success_cron(self, previous: PreviousRun | None) -> None:
        self._previous = previous

    def set_prev_success_cron(self, prev_success_cron: PreviousRun | None) -> None:
        """Put another in its place, for a test."""
        self._previous = prev_success_cron

    def get_prev_success_cron(self) -> PreviousRun | None:
        """The same as `prev_success_cron`."""
        return self.prev_success_cron

    @classmethod
    def get_time_until_run(cls) -> timedelta:
        """How long until it is due next; 0 where it is not in CRON_CLASSES, or no slot is known."""
        from jobs_api import clock
        from jobs_api.compat.django_cron.classes import next_slot

        now = clock.host()
        following = next_slot(cls, now)
        return timedelta() if following is None else following - now
