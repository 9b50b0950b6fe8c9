"""A time on the clock of a zone, as a person writes it: which instant it is, if it is one."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


class BadWallTime(ValueError):
    """A time that this clock does not show, or shows twice; `str()` says which, and what to write."""


def on_the_clock(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the clock of `zone` shows `wall`, which is naive.

    Raises:
        BadWallTime: no such instant, or two.
    """
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    # In a gap the offset of before is the smaller one, so that the instants are in the other order.
    both = sorted(instant.astimezone(UTC) for instant in (first, second))
    shown = [instant.astimezone(zone).isoformat() for instant in both]
    if first.astimezone(UTC) == both[0]:
        raise BadWallTime(f"{wall} occurs twice in {zone.key}: write {shown[0]} or {shown[1]}.")
    raise BadWallTime(
        f"{wall} does not exist in {zone.key}, whose clock goes forward: write {shown[0]} or {shown[1]}."
    )
