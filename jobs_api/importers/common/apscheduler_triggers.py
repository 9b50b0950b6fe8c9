"""Triggers of APScheduler 3 as cron lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobs_api.importers.common import cron_fields, day_fields, intervals
from jobs_api.importers.common.cron_fields import field
from jobs_api.importers.common.entry import CannotCarry
from jobs_api.schedule.line_hints import DAYS

Line = tuple[str, Any, list[str]]
"""A cron line, its zone, and notes."""
PLACES = {"minute": 0, "hour": 1, "day": 2, "month": 3, "day_of_week": 4}


def lines(trigger: Any) -> list[Line]:
    """The cron lines that fire as the trigger does: one, or of an OrTrigger one each.

    Raises:
        CannotCarry: no cron line does.
    """
    kind = type(trigger).__name__
    if kind == "OrTrigger":
        return [line for part in trigger.triggers for line in lines(part)]
    if kind == "CronTrigger":
        return [(_cron({part.name: part for part in trigger.fields}), trigger.timezone, _notes(trigger))]
    if kind == "IntervalTrigger":
        start = trigger.start_date
        local = start.astimezone(trigger.timezone) if start is not None else None
        return [(intervals.line(trigger.interval, local), trigger.timezone, _notes(trigger))]
    if kind == "DateTrigger":
        raise CannotCarry("It runs once, which is not a schedule: trigger a job on demand when it is time.")
    raise CannotCarry(f"{kind} has no cron line.")


def _notes(trigger: Any) -> list[str]:
    notes = []
    if getattr(trigger, "jitter", None):
        notes.append(f"The jitter of {trigger.jitter} s is not carried over.")
    for name, verb in (("start_date", "starts"), ("end_date", "ends")):
        date = getattr(trigger, name, None)
        if date is not None and not (name == "start_date" and type(trigger).__name__ == "IntervalTrigger"):
            notes.append(f"It {verb} at {date.isoformat()}, which is not carried over.")
    return notes


def _cron(parts: dict[str, Any]) -> str:
    for name, usual in (("year", "*"), ("week", "*"), ("second", "0")):
        if name in parts and str(parts[name]) != usual:
            raise CannotCarry(f"It restricts the {name} ({parts[name]}), which cron cannot.")
    special = _special_day(parts["day"])
    if special is not None:
        return _with_special(parts, *special)
    values = {name: set(_values(name, parts[name])) for name in PLACES}
    return day_fields.line(
        values["minute"], values["hour"], values["day"], values["month"], values["day_of_week"]
    )


def _with_special(parts: dict[str, Any], day: str, weekday: str) -> str:
    if str(parts["day_of_week"]) != "*":
        raise CannotCarry(f"It joins {parts['day']} with certain weekdays, which no cron line can say.")
    minute, hour, month = (field(PLACES[name], set(_values(name, parts[name]))) for name in NAMES)
    return f"{minute} {hour} {day} {month} {weekday}"


NAMES = ("minute", "hour", "month")


def _special_day(part: Any) -> tuple[str, str] | None:
    """Day of month and of week for `last`, `1st mon` and `last fri`; None for plain days."""
    kinds = [type(expression).__name__ for expression in part.expressions]
    if kinds == ["LastDayOfMonthExpression"]:
        return "L", "*"
    if set(kinds) == {"WeekdayPositionExpression"}:
        return "*", ",".join(_position(expression) for expression in part.expressions)
    if "LastDayOfMonthExpression" in kinds or "WeekdayPositionExpression" in kinds:
        raise CannotCarry(f"It joins different kinds of days ({part}), which no cron line can say.")
    return None


def _position(expression: Any) -> str:
    weekday = (expression.weekday + 1) % 7
    return f"{weekday}L" if expression.option_num == 5 else f"{DAYS[weekday]}#{expression.option_num + 1}"


def _values(name: str, part: Any) -> Iterator[int]:
    """The numbers of a field as cron counts them: Sunday is 0 there, Monday here."""
    position = PLACES[name]
    shift = 1 if name == "day_of_week" else 0
    least, greatest = cron_fields.RANGES[position]
    for expression in part.expressions:
        first, last = getattr(expression, "first", None), getattr(expression, "last", None)
        start = least if first is None else first
        end = greatest if last is None else last
        for value in range(start, end + 1, expression.step or 1):
            yield (value + shift) % 7 if shift else value
