"""Compare the trigger for APScheduler 4 with the table of the nights in which clocks change."""

from __future__ import annotations

import pickle
from datetime import timedelta

from jobs_api.bridges.apscheduler4 import SlotTrigger
from jobs_api.schedule.slots import Schedule
from tests.jobs_api.bridges.nights import NIGHTS, span, times

for (line, zone, day), expected in NIGHTS.items():
    start, end = span(zone, day)
    trigger, fired = SlotTrigger(Schedule.parse(line, zone), start - timedelta.resolution), []
    while (fire := trigger.next()) <= end:
        fired.append(fire)
        trigger = pickle.loads(pickle.dumps(trigger))  # noqa: S301 - as a data store does
    assert times(fired) == expected, (line, zone, day, times(fired), expected)
