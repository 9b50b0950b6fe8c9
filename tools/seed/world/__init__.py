"""What the seeded database holds: `fill` writes it, always the same for the same moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from tools.seed.world import alerts, audit, days, jobs, past, people, sources


def fill(now: datetime, *, lease: timedelta = timedelta(days=1)) -> None:
    """Fill an empty database with the year before `now`.

    Args:
        lease: how long the runs that are running seem to live from now on. Nobody renews it: nothing runs.
    """
    with transaction.atomic():
        people.write(now)
        jobs.write(now)
        runs = past.write(now, lease)
        sources.write(now, runs)
        audit.write(now, runs)
        days.write(now)
    alerts.write(now, runs)
