"""Cron classes as projects have them, but for the import."""

from __future__ import annotations

from typing import ClassVar

from jobs_api.compat.django_cron import CronJobBase, Schedule


class Cleanup(CronJobBase):
    """Delete stale baskets.

    Nothing else.
    """

    RUN_EVERY_MINS = 60
    RETRY_AFTER_FAILURE_MINS = 5
    MIN_NUM_FAILURES = 3

    schedule = Schedule(run_every_mins=RUN_EVERY_MINS, retry_after_failure_mins=RETRY_AFTER_FAILURE_MINS)
    code = "shop.cleanup"
    calls: ClassVar[list[object]] = []

    def do(self):
        self.calls.append(self.prev_success_cron)
        return f"{len(self.calls)} baskets deleted"


class Backup(CronJobBase):
    RUN_AT_TIMES = ["14:00", "1:15"]
    schedule = Schedule(run_at_times=RUN_AT_TIMES)
    code = "ooi_parts.dbbackup_run"
    calls: ClassVar[list[str]] = []

    def do(self):
        self.calls.append("backup")


class Uneven(CronJobBase):
    schedule = Schedule(run_every_mins=7)
    code = "shop.uneven"
    calls: ClassVar[list[str]] = []

    def do(self):
        self.calls.append("uneven")


class EachMinute(CronJobBase):
    schedule = Schedule(run_every_mins=1, retry_after_failure_mins=60)
    code = "shop.each_minute"

    def do(self):
        pass


class Broken(CronJobBase):
    schedule = Schedule(run_every_mins=60)
    code = "shop.broken"

    def do(self):
        raise ValueError("There is no such basket.")


class Exits(CronJobBase):
    schedule = Schedule(run_every_mins=60)
    code = "a.class.that.exits"

    def do(self):
        raise SystemExit(3)


class Monthly(CronJobBase):
    schedule = Schedule(run_monthly_on_days=[1, 10])
    code = "shop.monthly"
    ALLOW_PARALLEL_RUNS = True

    def do(self):
        pass


class Same(Cleanup):
    """With the code of another."""


class WithoutCode(CronJobBase):
    schedule = Schedule(run_every_mins=5)


class WithoutSchedule(CronJobBase):
    code = "shop.without_schedule"


class BadTime(CronJobBase):
    schedule = Schedule(run_at_times=["25:00"])
    code = "shop.bad_time"


class NoCron:
    code = "shop.none"
    schedule = Schedule(run_every_mins=5)
