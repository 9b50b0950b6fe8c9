"""A time as cron writes it, as the schedule of a job."""

from __future__ import annotations

from jobs_api.importers.common.cron_fields import checked, mended
from jobs_api.importers.common.entry import CannotCarry

REBOOT = "@reboot is not a time: start it with the server, or let run-due catch up what was missed."


def of_cron(when: str, notes: list[str], timezone: str | None = None) -> str:
    """The schedule of a time such as `0 3 * * *` or `@daily`; what was changed is noted.

    Raises:
        CannotCarry, BadSchedule: it is none.
    """
    line = " ".join(when.split())
    if line.lower() == "@reboot":
        raise CannotCarry(REBOOT)
    plain = mended(line)
    if plain != line:
        notes.append(f'"{line}" has a step beyond its range: cron takes the first value only.')
    checked(plain, timezone)
    return line.lower() if line.startswith("@") else plain
