from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from crm import heartbeat

from .factories import NOW

TEN_PAST = NOW + timedelta(minutes=10)


@pytest.fixture
def lines(tmp_path):
    return lambda: (tmp_path / heartbeat.FILE).read_text().splitlines()


def test_a_line_has_the_format_that_people_know():
    assert heartbeat.line(NOW) == "01/03/2026-02:00:00 CRM is alive"


def test_a_line_is_in_the_zone_of_the_settings():
    with timezone.override("America/New_York"):
        assert heartbeat.line(NOW) == "28/02/2026-21:00:00 CRM is alive"


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="has no time zone"):
        heartbeat.line(datetime(2026, 3, 1, 2))  # noqa: DTZ001


def test_each_sign_of_life_adds_a_line(tmp_path, lines):
    assert heartbeat.log(NOW, tmp_path)
    assert heartbeat.log(TEN_PAST, tmp_path)
    assert lines() == [heartbeat.line(NOW), heartbeat.line(TEN_PAST)]


def test_the_same_sign_of_life_adds_nothing(tmp_path, lines):
    heartbeat.log(NOW, tmp_path)
    heartbeat.log(TEN_PAST, tmp_path)
    assert not heartbeat.log(NOW, tmp_path)
    assert len(lines()) == 2


def test_the_hour_that_autumn_repeats_is_logged_twice(tmp_path, lines):
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 01:30 in New York, twice
    with timezone.override("America/New_York"):
        for moment in (first, first + timedelta(hours=1), first + timedelta(hours=1)):
            heartbeat.log(moment, tmp_path)
    assert lines() == ["01/11/2026-01:30:00 CRM is alive"] * 2


def test_the_log_is_not_for_every_account_of_the_machine(tmp_path):
    folder = tmp_path / "new" / "log"
    heartbeat.log(NOW, folder)
    modes = [path.stat().st_mode & 0o777 for path in (folder, folder / heartbeat.FILE)]
    assert [mode & 0o027 for mode in modes] == [0, 0]
