"""Cron lines for schedulers that know no zone but one."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from jobs_api.schedule.foreign_lines import Target, foreign_lines
from jobs_api.schedule.slots import Schedule
from jobs_api.schedule.utc_boxes import jump

NAMES_OF_UTC = {"UTC", "Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Universal", "Zulu"}
NAMES_OF_UTC |= {"Etc/GMT", "GMT", "Etc/Greenwich", "Greenwich", "GMT0", "Etc/GMT0"}


def utc_lines(slots: Schedule, now: datetime) -> tuple[str, ...]:
    """The lines in UTC that fire at each slot, and at some other times, which change nothing."""
    return _lines(slots, zones=False, now=now)


def local_lines(slots: Schedule, zone: str, now: datetime) -> tuple[str, ...]:
    """The lines for a scheduler that reads them in that zone; none if it is neither UTC nor the job's."""
    if zone == slots.timezone:
        return _lines(slots, zones=True, now=now)
    return utc_lines(slots, now) if zone in NAMES_OF_UTC else ()


def _lines(slots: Schedule, *, zones: bool, now: datetime) -> tuple[str, ...]:
    target = Target(zones=zones, sunday=None, last_day=False, lines=None, floor=1)
    return foreign_lines(slots, target, now.astimezone(UTC).year).lines


def interval_of(slots: Schedule, now: datetime) -> int | None:
    """The seconds between two slots, if they are always equally far apart; None if not."""
    minute, hour, *days = (slots.expression or "- -").split()
    match = re.fullmatch(r"\*(?:/(\d+))?|\d+", minute)
    if match is None or [hour, *days] != ["*"] * 4:
        return None
    minutes = int(match[1] or 1) if minute.startswith("*") else 60
    # A clock that moves by half an hour moves an hourly job, too.
    moves = jump(slots.timezone, now.astimezone(UTC).year)
    return None if 60 % minutes or moves % minutes else minutes * 60
