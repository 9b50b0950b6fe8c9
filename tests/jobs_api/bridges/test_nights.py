"""Pain 12: objects that ask our next slot are exact in the nights in which clocks change."""

from __future__ import annotations

import pickle
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from celery import Celery
from celery.beat import Scheduler

from jobs_api.bridges.apscheduler import SlotTrigger
from jobs_api.bridges.celery_beat import SlotSchedule
from jobs_api.schedule.slots import Schedule
from tests.jobs_api.bridges.nights import NIGHTS, span, times

MINUTE = timedelta(minutes=1)
CASES = pytest.mark.parametrize(
    ("case", "expected"), NIGHTS.items(), ids=lambda value: "-".join(map(str, value))
)


@CASES
def test_the_trigger_of_apscheduler_is_exact(case, expected):
    line, zone, day = case
    start, end = span(zone, day)
    trigger = SlotTrigger(Schedule.parse(line, zone))
    fired, before, now = [], None, start.astimezone(ZoneInfo(zone))  # as a scheduler of that zone asks
    while (fire := trigger.get_next_fire_time(before, now)) <= end:
        fired.append(fire)
        before = now = fire.astimezone(ZoneInfo(zone))
        trigger = pickle.loads(pickle.dumps(trigger))  # noqa: S301 - as a job store does
    assert times(fired) == expected


@CASES
def test_the_schedule_of_celery_beat_is_exact(case, expected):
    """Beat itself, with a clock that jumps from one of its wake-ups to the next."""
    line, zone, day = case
    start, end = span(zone, day)
    beat = Beat(line, zone, start - MINUTE)
    while beat.now <= end:
        beat.now += timedelta(seconds=max(beat.tick(), 0.001))
    assert times(beat.sent) == expected
    assert all(late < timedelta(seconds=1) for late in beat.late)


class Beat(Scheduler):
    """A scheduler of Celery with one entry, and a clock of its own."""

    def __init__(self, line, zone, now):
        self.now, self.sent, self.late = now, [], []
        self.zone = ZoneInfo(zone)
        app = Celery("toys", set_as_current=False)
        app.conf.timezone = zone
        schedule = SlotSchedule(Schedule.parse(line, zone), nowfun=lambda: self.now.astimezone(self.zone))
        app.conf.beat_schedule = {"one": {"task": "toy", "schedule": schedule}}
        super().__init__(app)

    def setup_schedule(self):
        self.merge_inplace(self.app.conf.beat_schedule)

    def apply_entry(self, entry, producer=None):
        slot = entry.schedule.newest()
        self.sent.append(slot)
        self.late.append(self.now - slot)

    @property
    def producer(self):
        return None
