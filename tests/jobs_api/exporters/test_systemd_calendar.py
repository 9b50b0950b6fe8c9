"""systemd itself tells when a timer would fire: it is compared with the slots of the job."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from jobs_api.exporters import all_exporters
from jobs_api.exporters.common.calendar_events import on_calendar
from jobs_api.schedule.slots import in_utc
from tests.jobs_api.exporters.toys import BERLIN, NEW_YORK, plan_for, toy

SINCE = datetime(2026, 11, 20, tzinfo=UTC)
MOST = 60
LINES = (
    "0 3 * * *",
    "*/2 * * * *",
    "7-59/13 */5 * * *",
    "0 9-17/4 * * MON-FRI",
    "15,45 22-23,0-1 * * 0",
    "0 0 1,15-17,31 */2 *",
    "30 4 * JAN,MAR-MAY *",
    "0 6 1,15 * 1",
    "0 6 */2 * 1",
    "0 0 29 2 *",
    "0 5 L * *",
    "0 5 LW * *",
    "0 5 10,L * *",
    "0 5 * * MON#2",
    "0 5 * * 5L",
    "0 5 1 * 7",
    "@hourly",
    "@weekly",
    "@yearly",
)
GAP, REPEATED = datetime(2027, 3, 28, 1, tzinfo=UTC), datetime(2027, 10, 31, 0, tzinfo=UTC)
"""02:00 to 03:00 does not exist in Berlin; 02:00 to 03:00 twice."""

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")


def fires(event, since, count=MOST):
    """The instants of a calendar event, as systemd finds them."""
    base = since.strftime("%Y-%m-%d %H:%M:%S UTC")
    command = ["systemd-analyze", "calendar", f"--iterations={count}", f"--base-time={base}", event]
    found = subprocess.run(
        command, capture_output=True, text=True, timeout=30, env={**os.environ, "TZ": "UTC"}
    )
    assert found.returncode == 0, found.stderr
    times = re.findall(r"(?:Next elapse|Iter(?:ation|\.) #\d+): \w+ (\S+ \S+) UTC", found.stdout)
    return [datetime.fromisoformat(time).replace(tzinfo=UTC) for time in times]


def timer(job, since, until):
    """When the exported timer fires, and the slots; the start is not among them."""
    (entry,) = plan_for(all_exporters()["systemd"], job, run_due="none").entries
    events = [event for line in entry.lines for event in on_calendar(line, entry.timezone)]
    found = {fire for event in events for fire in fires(event, since) if fire < until}
    slots = set(in_utc(job.slots, since + timedelta(seconds=1), until))
    return found, slots, entry.surplus


def window(line, zone):
    """From SINCE to before the first slot that systemd was not asked for, and before a clock change."""
    changes = {BERLIN: GAP, NEW_YORK: datetime(2027, 3, 14, 7, tzinfo=UTC)}
    events = on_calendar_of(line, zone)
    last = min(fires(event, SINCE)[-1] for event in events)
    return SINCE, min(last, changes.get(zone, last))


def on_calendar_of(line, zone):
    (entry,) = plan_for(all_exporters()["systemd"], toy("some", line, zone), run_due="none").entries
    return [event for each in entry.lines for event in on_calendar(each, entry.timezone)]


@pytest.mark.parametrize("zone", ["UTC", NEW_YORK])
@pytest.mark.parametrize("line", LINES)
def test_a_timer_fires_at_each_slot(line, zone):
    since, until = window(line, zone)
    found, slots, surplus = timer(toy("some", line, zone), since, until)
    assert slots <= found
    assert surplus or found == slots
    assert slots or zone == NEW_YORK  # else nothing was compared: some fire after a clock change only


def test_a_time_that_the_clock_skips_is_left_to_run_due():
    nightly = toy("nightly", "30 2 * * *", BERLIN)
    day = timedelta(days=1)
    found, slots, _ = timer(nightly, GAP - day, GAP + day)
    assert slots - found == {GAP}, "the slot after the jump"


def test_a_time_that_occurs_twice_is_called_for():
    nightly = toy("nightly", "30 2 * * *", BERLIN)
    half = timedelta(hours=12)
    found, slots, _ = timer(nightly, REPEATED - half, REPEATED + half)
    assert slots == {REPEATED + timedelta(minutes=30)}
    assert slots <= found  # systemd 252 calls once; a second call would change nothing
