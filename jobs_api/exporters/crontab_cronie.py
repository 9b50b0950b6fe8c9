"""cronie, the cron of Red Hat, Fedora, SUSE and Arch: each line in the zone of its job."""

from __future__ import annotations

from jobs_api.exporters.common import unix
from jobs_api.exporters.common.crontab_text import LOG, USER, Crontab
from jobs_api.exporters.common.exporter import Dialect

ADVICE = """\
For cronie only: Debian's cron and busybox ignore CRON_TZ and would run jobs hours late.
A time that the clock skips in spring is not run by cronie: run-due starts it.
"""

exporter = Crontab(
    "cronie",
    "crontab",
    dialect=Dialect(zones=True, sunday=0),
    settings={**unix.SETTINGS, "log": LOG, "user": USER},
    cron_tz=True,
    longest=999,
    advice=ADVICE,
)
