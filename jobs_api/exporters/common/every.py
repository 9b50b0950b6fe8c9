"""How often run-due is called: a length of time that a cron line can say."""

from __future__ import annotations

import re

from jobs_api.exporters.common.faults import BadOption

HOUR, DAY = 60, 24 * 60
NONE = "none"
STEPS = tuple(minutes for minutes in range(1, HOUR) if HOUR % minutes == 0) + tuple(
    minutes for minutes in range(HOUR, DAY + 1, HOUR) if DAY % minutes == 0
)
"""In minutes: what divides an hour or a day."""


class BadInterval(BadOption):
    """No cron line says it; `str()` names the nearest that can be said."""


def minutes_of(text: str) -> int | None:
    """`5m`, `2h` or `1d` in minutes; None for `none`.

    Raises:
        BadInterval: it is not one of these, or divides neither an hour nor a day.
    """
    if text == NONE:
        return None
    match = re.fullmatch(r"(\d{1,4})(m|h|d)", text, re.ASCII)
    if match is None:
        raise BadInterval(f'--run-due-every: "{text:.40}" is not a length of time: write 5m, 1h, 1d or none.')
    minutes = int(match[1]) * {"m": 1, "h": HOUR, "d": DAY}[match[2]]
    if minutes not in STEPS:
        raise BadInterval(
            f"--run-due-every: no cron line says every {text}, which divides neither an hour nor a day: "
            f"write {_near(minutes)}."
        )
    return minutes


def _near(minutes: int) -> str:
    below = [step for step in STEPS if step < minutes]
    above = [step for step in STEPS if step > minutes]
    return " or ".join(map(text_of, below[-1:] + above[:1]))


def text_of(minutes: int) -> str:
    """As `minutes_of` reads it."""
    if minutes % DAY == 0:
        return f"{minutes // DAY}d"
    return f"{minutes // HOUR}h" if minutes % HOUR == 0 else f"{minutes}m"


def line_of(minutes: int) -> str:
    """The cron line."""
    if minutes < HOUR:
        return "* * * * *" if minutes == 1 else f"*/{minutes} * * * *"
    hours = minutes // HOUR
    return {1: "0 * * * *", 24: "0 0 * * *"}.get(hours, f"0 */{hours} * * *")
