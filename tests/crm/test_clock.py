from datetime import datetime

import pytest

from crm.clock import aware, days_before

from .factories import NOW, ago


def test_days_are_24_hours_each():
    assert days_before(NOW, 7) == ago(hours=7 * 24)


@pytest.mark.parametrize("ask", [aware, lambda moment: days_before(moment, 7)])
def test_an_instant_without_a_zone_is_refused(ask):
    with pytest.raises(ValueError, match="has no time zone"):
        ask(datetime(2026, 3, 1, 2))  # noqa: DTZ001
