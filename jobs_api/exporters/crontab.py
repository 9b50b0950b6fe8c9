"""Debian's cron, and others that read a crontab as it does: lines in the zone of the machine."""

from __future__ import annotations

from jobs_api.exporters.common import unix
from jobs_api.exporters.common.crontab_text import LOG, USER, Crontab
from jobs_api.exporters.common.exporter import Dialect

ADVICE = """\
Debian's cron knows no CRON_TZ and reads the times below in the machine's zone: {zone} (--set zone=).
If `date` shows another zone, jobs run hours late: timedatectl set-timezone {zone}, restart cron.
"""

exporter = Crontab(
    "Debian cron",
    "crontab",
    dialect=Dialect(local=True, sunday=0),
    settings={**unix.SETTINGS, "log": LOG, "user": USER, "zone": unix.ZONE},
    longest=999,
    advice=ADVICE,
)
