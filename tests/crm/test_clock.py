from datetime import datetime

import pytest
from django.utils import timezone

from crm.clock import aware, days_before, reference_time
from jobs_api.execution.current import CurrentRun, enter, leave

from .factories import NOW, ago


def test_work_counts_from_the_slot_of_its_run():
    token = enter(CurrentRun(job_name="any", run_date=NOW, attempt=2))
    try:
        assert reference_time() == NOW
    finally:
        leave(token)


def test_work_done_by_hand_counts_from_now():
    before = timezone.now()
    assert before <= reference_time() <= timezone.now()


def test_days_are_24_hours_each():
    assert days_before(NOW, 7) == ago(hours=7 * 24)


@pytest.mark.parametrize("ask", [aware, lambda moment: days_before(moment, 7)])
def test_an_instant_without_a_zone_is_refused(ask):
    with pytest.raises(ValueError, match="has no time zone"):
        ask(datetime(2026, 3, 1, 2))  # noqa: DTZ001
