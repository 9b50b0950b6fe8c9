from datetime import timedelta

from django.utils import timezone

from crm.payments.hour import Hour

from ..factories import NOW, ago

HOUR = Hour.before(NOW)


def test_the_hour_before_a_slot_ends_before_it():
    assert [HOUR.holds(moment) for moment in (ago(hours=1), ago(microseconds=1))] == [True, True]
    assert [HOUR.holds(moment) for moment in (ago(hours=1, microseconds=1), NOW, None)] == [False] * 3


def test_it_is_told_in_the_zone_of_the_settings():
    with timezone.override("Asia/Kolkata"):
        assert str(HOUR) == "2026-03-01 06:30 to 07:30"
    assert HOUR.end - HOUR.start == timedelta(hours=1)
