"""supercronic, a cron for containers: the container's environment, output to its log, one zone."""

from __future__ import annotations

import dataclasses

from jobs_api.exporters.common import unix
from jobs_api.exporters.common.crontab_text import LOG, Crontab
from jobs_api.exporters.common.exporter import Dialect, Setting

ADVICE = """\
supercronic has one zone for the whole file: UTC, where no clock change repeats or skips a time.
It passes on the environment of the container, and writes output and exit status to its own log.
"""


class Supercronic(Crontab):
    """It is started with the name of its file."""

    def installing(self, _plan: object) -> list[str]:
        """How it is started."""
        return ["Test: supercronic -test FILE. Start: supercronic FILE, as the container's command."]


exporter = Supercronic(
    "supercronic",
    "crontab",
    settings={
        **unix.SETTINGS,
        "env_file": dataclasses.replace(unix.ENV_FILE, default=""),
        "secret_file": Setting(
            default="", help="as for Debian's cron; empty: CRON_SECRET is in the environment"
        ),
        "log": dataclasses.replace(LOG, default=""),
    },
    dialect=Dialect(sunday=0),
    percent=False,
    cron_tz=True,
    advice=ADVICE,
)
