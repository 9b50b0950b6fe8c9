"""Arithmetic with times. A time without a time zone is an error."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils import timezone


def aware(moment: datetime) -> datetime:
    """`moment`, if it has a zone.

    Raises:
        ValueError: it is naive. Django would only warn, and read it in the server's zone.
    """
    if timezone.is_naive(moment):
        raise ValueError(f"{moment.isoformat()} has no time zone; write an offset, such as +00:00.")
    return moment


def days_before(moment: datetime, days: float) -> datetime:
    """The instant that many times 24 hours before."""
    return aware(moment) - timedelta(days=days)


def start_of(day: date) -> datetime:
    """Its first instant in the current time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))
