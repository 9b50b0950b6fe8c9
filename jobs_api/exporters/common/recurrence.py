"""A cron line in UTC as a Recurrence trigger of Azure Logic Apps.

Source: learn.microsoft.com/azure/logic-apps/logic-apps-workflow-actions-triggers, "Recurrence trigger" and
"Trigger conditions". A schedule lists hours, minutes and, by week, days; days of the month and months are a
condition.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from jobs_api.schedule.boxes import ALL_MONTHS, DATES, WEEKDAYS, Box, boxes_of

NAMES = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def recurrence(line: str) -> dict[str, Any]:
    """The trigger.

    All times are listed, also those of `*/5`: an interval alone begins when the workflow is deployed, and not
    on the hour.

    Args:
        line: as `jobs_api.schedule.foreign_lines` writes it, without `L`.
    """
    (box,), _ = boxes_of(line)
    weekly = box.days.kind == WEEKDAYS
    schedule: dict[str, Any] = {"hours": sorted(box.hours), "minutes": sorted(box.minutes)}
    if weekly:
        schedule["weekDays"] = [NAMES[day] for day in sorted(box.days.values)]
    trigger = {
        "type": "Recurrence",
        "recurrence": {
            "frequency": "Week" if weekly else "Day",
            "interval": 1,
            "timeZone": "UTC",
            "schedule": schedule,
        },
    }
    conditions = [{"expression": text} for text in _conditions(box)]
    return {**trigger, "conditions": conditions} if conditions else trigger


def _conditions(box: Box) -> list[str]:
    """What has to be true as well; compared as text of two digits, as no function gives a month's number."""
    dates = [_among(box.days.values, "dd")] if box.days.kind == DATES else []
    months = [_among(box.months, "MM")] if box.months != ALL_MONTHS else []
    return dates + months


def _among(values: Collection[int], part: str) -> str:
    listed = ",".join(f"{value:02}" for value in sorted(values))
    return f"@contains('{listed}', utcNow('{part}'))"
