"""What tests ask the other bridges, asked of the one for APScheduler 4, where that can be imported."""

from __future__ import annotations

import pickle
from datetime import timedelta

import django
from apscheduler import AsyncScheduler, Scheduler
from apscheduler.triggers.interval import IntervalTrigger

from jobs_api.bridges.apscheduler4 import SlotTrigger, add_jobs
from jobs_api.exceptions import WrongUse
from jobs_api.schedule.slots import Schedule
from tests.jobs_api.bridges.nights import NIGHTS, span, times


def its_trigger_is_exact_in_the_nights_in_which_clocks_change() -> None:
    for (line, zone, day), expected in NIGHTS.items():
        start, end = span(zone, day)
        trigger, fired = SlotTrigger(Schedule.parse(line, zone), start - timedelta.resolution), []
        while (fire := trigger.next()) and fire <= end:
            fired.append(fire)
            trigger = pickle.loads(pickle.dumps(trigger))  # noqa: S301 - as a data store does
        assert times(fired) == expected, (line, zone, day, times(fired), expected)


def what_is_not_wanted_any_more_is_removed_and_the_hosts_own_stay() -> None:
    with Scheduler() as scheduler:
        scheduler.add_schedule(print, IntervalTrigger(hours=1), id="own")
        for _ in range(2):
            add_jobs(scheduler, "tick_*")
            found = {schedule.id for schedule in scheduler.get_schedules()}
            assert found == {"own", "jobs_api: tick_ok", "jobs_api: tick_fails", "jobs_api: run-due"}, found
        add_jobs(scheduler, "tick_ok", run_due_every=None)
        found = {schedule.id for schedule in scheduler.get_schedules()}
        assert found == {"own", "jobs_api: tick_ok"}, found


def a_scheduler_that_must_be_awaited_is_refused() -> None:
    try:
        add_jobs(AsyncScheduler())
    except WrongUse:
        return
    raise AssertionError("nothing would be scheduled, in silence")


if __name__ == "__main__":
    django.setup()
    its_trigger_is_exact_in_the_nights_in_which_clocks_change()
    what_is_not_wanted_any_more_is_removed_and_the_hosts_own_stay()
    a_scheduler_that_must_be_awaited_is_refused()
