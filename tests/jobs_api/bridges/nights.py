"""The nights in which clocks change, as every object that asks our next slot must see them."""

from __future__ import annotations

from datetime import UTC, datetime

from jobs_api.schedule.slots import Schedule

SPRING_BERLIN, AUTUMN_BERLIN = (2026, 3, 29), (2026, 10, 25)
SPRING_NEW_YORK, AUTUMN_NEW_YORK = (2026, 3, 8), (2026, 11, 1)
AUTUMN_LORD_HOWE, SPRING_LORD_HOWE = (2026, 4, 5), (2026, 10, 4)

NIGHTS = {
    # In the gap, or in the hour that comes twice: once, after the jump or the first time.
    ("30 2 * * *", "Europe/Berlin", SPRING_BERLIN): ["01:00"],
    ("30 2 * * *", "Europe/Berlin", AUTUMN_BERLIN): ["00:30"],
    ("30 2 * * *", "America/New_York", SPRING_NEW_YORK): ["07:00"],
    ("30 1 * * *", "America/New_York", AUTUMN_NEW_YORK): ["05:30"],
    ("10 2 * * *", "Australia/Lord_Howe", SPRING_LORD_HOWE): ["15:30"],
    ("45 1 * * *", "Australia/Lord_Howe", AUTUMN_LORD_HOWE): ["14:45"],
    # Each hour: with the clock, an hour less or more.
    ("0 * * * *", "Europe/Berlin", SPRING_BERLIN): ["23:00", "00:00", "01:00"],
    ("0 * * * *", "Europe/Berlin", AUTUMN_BERLIN): ["22:00", "23:00", "00:00", "01:00", "02:00"],
    ("0 * * * *", "America/New_York", SPRING_NEW_YORK): ["05:00", "06:00", "07:00"],
    ("0 * * * *", "America/New_York", AUTUMN_NEW_YORK): ["04:00", "05:00", "06:00", "07:00", "08:00"],
    ("0 * * * *", "Australia/Lord_Howe", SPRING_LORD_HOWE): ["13:30", "14:30", "16:00"],
    ("0 * * * *", "Australia/Lord_Howe", AUTUMN_LORD_HOWE): ["13:00", "14:00", "15:30", "16:30"],
    # A day's time that neither night touches.
    ("0 3 * * *", "Europe/Berlin", SPRING_BERLIN): ["01:00"],
    ("0 3 * * *", "Europe/Berlin", AUTUMN_BERLIN): ["02:00"],
    ("0 3 * * *", "America/New_York", SPRING_NEW_YORK): ["07:00"],
    ("0 3 * * *", "America/New_York", AUTUMN_NEW_YORK): ["08:00"],
    ("0 3 * * *", "Australia/Lord_Howe", SPRING_LORD_HOWE): ["16:00"],
    ("0 3 * * *", "Australia/Lord_Howe", AUTUMN_LORD_HOWE): ["16:30"],
}
"""Line, zone and local day; the times in UTC from its midnight until 03:00, on that day or the one before."""


def span(zone: str, day: tuple[int, int, int]) -> tuple[datetime, datetime]:
    """From midnight of that day to 03:00, with both ends."""
    place = Schedule.parse("0 3 * * *", zone).zone
    return datetime(*day, tzinfo=place).astimezone(UTC), datetime(*day, 3, tzinfo=place).astimezone(UTC)


def times(slots: list[datetime]) -> list[str]:
    """As the table has them."""
    return [slot.astimezone(UTC).strftime("%H:%M") for slot in slots]
