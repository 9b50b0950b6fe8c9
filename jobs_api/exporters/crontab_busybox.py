"""busybox crond, the cron of Alpine: no variables, and % is a character like others."""

from __future__ import annotations

from jobs_api.exporters.common import unix
from jobs_api.exporters.common.crontab_text import LOG, Crontab
from jobs_api.exporters.common.exporter import Dialect

ADVICE = """\
busybox crond reads the times below in the machine's zone: {zone} (--set zone=). Without /etc/localtime
and TZ it is UTC. It ignores NAME=value lines, so these lines use no variables. Alpine: apk add curl.
"""


class Busybox(Crontab):
    """Its crontabs lie in one folder, by user."""

    def installing(self, _plan: object) -> list[str]:
        """Where it looks."""
        return ["Apply: crontab FILE, which replaces the user's crontab: look at crontab -l before."]


exporter = Busybox(
    "busybox crond",
    "crontab",
    dialect=Dialect(local=True, sunday=0),
    settings={**unix.SETTINGS, "log": LOG, "zone": unix.ZONE},
    variables=False,
    percent=False,
    advice=ADVICE,
)
