"""The axis: labels that do not touch, in the viewer's zone, on nights in which the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from jobs_api.dashboard.plots.timeline.axis import Axis, axis
from jobs_api.dashboard.plots.timeline.scale import LETTER, NARROW, WIDE, Scale, percent

BERLIN, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")
HOUR = timedelta(hours=1)


def seen(start: datetime, hours: float, zone: ZoneInfo = BERLIN, at: datetime | None = None) -> Axis:
    return axis(Scale(start.astimezone(UTC), start.astimezone(UTC) + HOUR * hours), zone, at or start - HOUR)


def labels(found: Axis) -> list[str]:
    return [tick.label for tick in found.ticks if tick.label]


EVENING = datetime(2026, 11, 25, 20, tzinfo=BERLIN)


def test_hours_and_days_are_labelled_by_the_clock_on_the_wall():
    assert labels(seen(EVENING, 12)) == ["20:00", "21:00", "22:00", "23:00", "Thu 26"] + [
        f"0{hour}:00" for hour in range(1, 9)
    ]


def test_a_zone_of_half_hours_has_its_labels_on_its_own_full_hours():
    found = seen(EVENING, 37, KOLKATA)
    assert labels(found)[:3] == ["02:00", "04:00", "06:00"]
    assert found.ticks[0].x == pytest.approx(1000 * 1.5 / 37, abs=0.1)


def test_in_march_an_hour_has_no_label_and_in_october_one_comes_twice():
    spring = seen(datetime(2026, 3, 28, 20, tzinfo=BERLIN), 11)
    assert "02:00" not in labels(spring)
    assert [change.label for change in spring.changes] == ["clocks forward 1 h"]
    autumn = seen(datetime(2026, 10, 24, 20, tzinfo=BERLIN), 13)
    assert labels(autumn).count("02:00") == 2
    assert [change.label for change in autumn.changes] == ["clocks back 1 h"]
    assert len(autumn.nights) == 1
    assert autumn.nights[0] == (0, 1000)


@pytest.mark.parametrize("hours", [0.25, 1, 6, 12, 37, 100, 192])
@pytest.mark.parametrize("plot", [WIDE, NARROW])
@pytest.mark.parametrize("start", [EVENING, datetime(2026, 10, 24, 20, tzinfo=BERLIN)], ids=["", "clocks"])
def test_no_label_touches_another_one_or_that_of_now(hours, plot, start):
    at = start + HOUR * hours / 3
    found = seen(start, hours, at=at)
    assert found.now is not None
    shown = [tick for tick in found.ticks if tick.label and (plot == WIDE or not tick.only_wide)]
    places = sorted(
        [(tick.x / 1000 * plot, len(tick.label) * LETTER) for tick in shown]
        + [(found.now.x / 1000 * plot, found.now.width)]
    )
    for (left, width), (right, other) in pairwise(places):
        assert right - left >= (width + other) / 2
    assert len(shown) >= 2


def test_nights_are_shaded_as_far_as_the_window_goes():
    found = seen(datetime(2026, 11, 26, 6, tzinfo=BERLIN), 48)
    assert [(span.x, span.width) for span in found.nights] == [
        (0, pytest.approx(1000 * 2 / 48, abs=0.1)),
        (pytest.approx(1000 * 14 / 48, abs=0.1), 250),
        (pytest.approx(1000 * 38 / 48, abs=0.1), pytest.approx(1000 * 10 / 48, abs=0.1)),
    ]


def test_now_is_a_line_only_where_the_window_has_it():
    now = seen(EVENING, 10, at=EVENING + HOUR).now
    assert now is not None
    assert (now.at, now.label, now.left) == ("10%", "now 21:00", -34.5)
    assert seen(EVENING, 10, at=EVENING + 11 * HOUR).now is None


def test_numbers_in_attributes_have_a_point_in_every_language():
    assert percent(123.4) == "12.34%"
