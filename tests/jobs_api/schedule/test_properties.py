"""What holds for every schedule in every zone, also at the moments when clocks change."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from jobs_api.schedule.slots import (
    BadSchedule,
    Schedule,
    around,
    current_slot,
    is_slot,
    next_slot,
    previous_slot,
    slots_between,
    tolerance,
)

from .naming import explicit_slot
from .reference import CHANGES, DAYS, MINUTE, MONTHS, at, due, instants, matcher

TICK = timedelta.resolution
many = settings(
    derandomize=True, deadline=None, max_examples=150, suppress_health_check=[HealthCheck.filter_too_much]
)


def field(low: int, high: int, *special: str) -> st.SearchStrategy[str]:
    """One field: a star, a number, a list, a range, steps, or a word of its own."""
    number = st.integers(low, high)
    span = st.tuples(number, number).filter(lambda ends: ends[0] < ends[1])
    step = st.integers(1, high)
    shapes = [
        st.just("*"),
        number.map(str),
        step.map("*/{}".format),
        span.map(lambda ends: f"{ends[0]}-{ends[1]}"),
        span.flatmap(
            lambda ends: st.integers(1, ends[1] - ends[0]).map(lambda n: f"{ends[0]}-{ends[1]}/{n}")
        ),
        st.lists(number, min_size=2, max_size=4, unique=True).map(
            lambda numbers: ",".join(map(str, numbers))
        ),
    ]
    return st.one_of(*shapes, *([st.sampled_from(special)] if special else []))


def mostly(star: str, fields: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.integers(0, 3).flatmap(lambda n: fields if n == 0 else st.just(star))


LINES = st.tuples(
    field(0, 59),
    field(0, 23),
    mostly("*", field(1, 31, "L", "LW", "1,L")),
    mostly("*", field(1, 12, *MONTHS, "MAR-OCT")),
    mostly("*", field(0, 7, *DAYS, "MON-FRI", "5L", "MON#1", "2#3,4#5")),
).map(" ".join)
ZONES = st.one_of(
    st.sampled_from(sorted({zone for zone, *_ in CHANGES.values()})),
    st.sampled_from(sorted(zone for zone in available_timezones() if "/" in zone)),
)
INSTANTS = st.datetimes(datetime(1971, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def cases(draw: st.DrawFn) -> tuple[Schedule, datetime]:
    """A schedule, and an instant: half of them within two days of a change of its clock."""
    zone = draw(ZONES)
    schedule = parsed(draw(LINES), zone)
    known = [at(change) for name, change, *_ in CHANGES.values() if name == zone]
    if not known or draw(st.booleans()):
        return schedule, draw(INSTANTS)
    seconds = draw(
        st.one_of(st.integers(-48 * 60, 48 * 60).map(lambda n: n * 60), st.integers(-10000, 10000))
    )
    return schedule, draw(st.sampled_from(known)) + timedelta(seconds=seconds)


def parsed(line: str, zone: str) -> Schedule:
    try:
        return Schedule.parse(line, zone)
    except BadSchedule:
        assume(False)
        raise


def both(schedule: Schedule, instant: datetime) -> tuple[datetime, datetime]:
    """The neighbours of an instant, in UTC."""
    slots = previous_slot(schedule, instant), next_slot(schedule, instant)
    assume(None not in slots)
    previous, following = instants([slot for slot in slots if slot])
    return previous, following


@many
@given(cases())
def test_the_previous_slot_is_not_after_and_the_next_is_after_the_instant(case):
    schedule, instant = case
    previous, following = both(schedule, instant)
    assert previous <= instant < following


@many
@given(cases())
def test_a_slot_maps_to_itself(case):
    schedule, instant = case
    for slot in both(schedule, instant):
        assert instants([previous_slot(schedule, slot), next_slot(schedule, slot - TICK)]) == [slot, slot]
        assert is_slot(schedule, slot)
        assert not is_slot(schedule, slot + TICK)
        assert not is_slot(schedule, slot - TICK)


@many
@given(cases(), st.floats(0, 1, exclude_max=True))
def test_every_instant_between_two_neighbours_maps_to_the_earlier(case, part):
    schedule, instant = case
    previous, following = both(schedule, instant)
    between = previous + (following - previous) * part
    assume(between < following)
    assert both(schedule, between) == (previous, following)
    assert both(schedule, following - TICK) == (previous, following)
    assert is_slot(schedule, between) == (between == previous)


@many
@given(cases())
def test_stepping_forward_and_back_meets_the_same_slots_in_strict_order(case):
    schedule, instant = case
    forward = [both(schedule, instant)[0]]
    for _ in range(6):
        step = next_slot(schedule, forward[-1])
        assume(step is not None)
        forward += instants([step])
    assert all(earlier < later for earlier, later in pairwise(forward))
    back = [forward[-1]]
    for _ in range(6):
        back += instants([previous_slot(schedule, back[-1] - TICK)])
    assert back == forward[::-1]


@many
@given(cases())
def test_slots_between_agrees_with_stepping(case):
    schedule, instant = case
    steps, slot = [], next_slot(schedule, instant)
    while slot is not None and len(steps) < 8:
        steps.append(slot.astimezone(UTC))
        slot = next_slot(schedule, slot)
    assume(len(steps) == 8)
    assert instants(slots_between(schedule, instant + TICK, steps[-1])) == steps[:-1]
    assert instants(islice(slots_between(schedule, steps[0], steps[-1] + TICK), 9)) == steps


@many
@given(cases(), st.lists(st.integers(-200_000, 200_000), min_size=1, max_size=6))
def test_around_is_both_whatever_was_asked_before(case, seconds):
    schedule, instant = case
    for shift in [0, *seconds, 0]:
        asked = instant + timedelta(seconds=shift)
        window = around(schedule, asked)
        assert instants([window.previous, window.following]) == list(both(schedule, asked))


@many
@given(cases(), ZONES)
def test_the_zone_in_which_an_instant_is_given_makes_no_difference(case, zone):
    schedule, instant = case
    elsewhere = instant.astimezone(ZoneInfo(zone))
    assert both(schedule, elsewhere) == both(schedule, instant)
    assert is_slot(schedule, elsewhere) == is_slot(schedule, instant)


@many
@given(cases())
def test_a_slot_is_in_the_zone_and_names_itself(case):
    schedule, instant = case
    slot = previous_slot(schedule, instant)
    assert slot.tzinfo is schedule.zone
    assert slot.isoformat() == slot.astimezone(UTC).astimezone(schedule.zone).isoformat()
    assert explicit_slot(schedule, slot.isoformat(), instant).isoformat() == slot.isoformat()
    assert (
        explicit_slot(schedule, slot.isoformat().replace("+", " "), instant).isoformat() == slot.isoformat()
    )


@many
@given(cases())
def test_the_clock_shows_what_the_line_says_unless_it_was_moved_at_that_very_minute(case):
    schedule, instant = case
    names = matcher(schedule.expression)
    for slot in both(schedule, instant):
        local, before = slot.astimezone(schedule.zone), (slot - MINUTE).astimezone(schedule.zone)
        moved = local.utcoffset() != before.utcoffset()
        assert names(local.replace(tzinfo=None)) or (moved and not schedule.follows_clock)


@many
@given(cases())
def test_the_current_slot_is_the_previous_one_or_the_next_within_the_tolerance(case):
    schedule, instant = case
    previous, following = both(schedule, instant)
    early = tolerance(around(schedule, instant))
    assert early == min(timedelta(seconds=60), (following - previous) / 10)
    expected = following if following - instant <= early else previous
    assert instants([current_slot(schedule, instant)]) == [expected]
    assert instants([current_slot(schedule, instant, early=False)]) == [previous]
    assert instants([current_slot(schedule, following - early)]) == [following]
    assert instants([current_slot(schedule, following - early - TICK)]) == [previous]


@settings(many, max_examples=150)
@given(LINES, st.sampled_from(sorted(CHANGES)))
@example("*/20 0,3,23 * * *", "St. John's, a minute past midnight, back")
@example("59 1-2 * * SUN", "Chatham, at a quarter to four")
def test_any_line_has_the_slots_that_debian_gives_it_around_any_change(line, night):
    zone, change, *_ = CHANGES[night]
    schedule = parsed(line, zone)
    start, end = at(change) - timedelta(hours=40), at(change) + timedelta(hours=40)
    expected = due(line, zone, start, end)
    assert instants(slots_between(schedule, start, end)) == expected
    back = [slot for slot in expected if slot != expected[0]][-60:]
    assert [instants([previous_slot(schedule, slot - TICK)])[0] for slot in back] == expected[:-1][-60:]
