from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from crm.patterns import Log, in_batches, reference_time
from jobs_api import RunStopped
from jobs_api.execution.current import CurrentRun, enter, leave

from .factories import NOW

LOG = Log(file="visits.txt", stamp="%Y-%m-%d %H:%M:%S")
HOUR = timedelta(hours=1)


# -- the slot -----------------------------------------------------------------------------------


def test_work_counts_from_the_slot_of_its_run():
    token = enter(CurrentRun(job_name="any", run_date=NOW, attempt=2))
    try:
        assert reference_time() == NOW
    finally:
        leave(token)


def test_work_done_by_hand_counts_from_now():
    before = timezone.now()
    assert before <= reference_time() <= timezone.now()


# -- batches ------------------------------------------------------------------------------------


@pytest.fixture
def run():
    run = CurrentRun(job_name="any", attempt=1)
    token = enter(run)
    yield run
    leave(token)


def test_everything_comes_in_order_and_once():
    assert [list(batch) for batch in in_batches([1, 2, 3, 4, 5], size=2)] == [[1, 2], [3, 4], [5]]


def test_the_run_learns_how_far_it_is(run):
    seen = [(run.done, run.total) for _ in in_batches(range(5), size=2)]
    assert [*seen, (run.done, run.total)] == [(0, 5), (2, 5), (4, 5), (5, 5)]


def test_nothing_to_do_is_progress_too(run):
    assert list(in_batches([])) == []
    assert (run.done, run.total) == (0, 0)


def test_a_run_that_is_asked_to_stop_does_so_between_two_batches(run):
    batches = in_batches(range(5), size=2)
    assert list(next(batches)) == [0, 1]
    run.stop("cancelled")
    with pytest.raises(RunStopped):
        next(batches)
    assert (run.done, run.total) == (2, 5)


# -- a line per slot ------------------------------------------------------------------------------


@pytest.fixture
def lines(tmp_path):
    return lambda: (tmp_path / LOG.file).read_text().splitlines()


def test_a_line_begins_with_its_time_in_the_zone_of_the_settings():
    assert LOG.line(NOW, " Alice") == "2026-03-01 02:00:00 Alice"
    with timezone.override("America/New_York"):
        assert LOG.line(NOW, " Alice") == "2026-02-28 21:00:00 Alice"


def test_an_instant_without_a_zone_is_refused(tmp_path):
    with pytest.raises(ValueError, match="has no time zone"):
        LOG.add(datetime(2026, 3, 1, 2), " Alice", tmp_path)  # noqa: DTZ001
    assert not (tmp_path / LOG.file).exists()


def test_each_moment_adds_a_line(tmp_path, lines):
    assert LOG.add(NOW, " Alice", tmp_path)
    assert LOG.add(NOW + HOUR, " Alice", tmp_path)
    assert lines() == ["2026-03-01 02:00:00 Alice", "2026-03-01 03:00:00 Alice"]


def test_the_same_moment_adds_nothing_even_if_there_is_something_else_to_say(tmp_path, lines):
    LOG.add(NOW, " Alice", tmp_path)
    LOG.add(NOW + HOUR, " Bob", tmp_path)
    assert not LOG.add(NOW, " Alice and Bob", tmp_path)
    assert lines() == ["2026-03-01 02:00:00 Alice", "2026-03-01 03:00:00 Bob"]


def test_it_can_be_asked_before_the_work(tmp_path):
    assert LOG.lacks(NOW, tmp_path)
    LOG.add(NOW, " Alice", tmp_path)
    assert not LOG.lacks(NOW, tmp_path)
    assert LOG.lacks(NOW + HOUR, tmp_path)


def test_asking_fails_where_nothing_could_be_written(tmp_path):
    (tmp_path / LOG.file).mkdir()
    with pytest.raises(IsADirectoryError):
        LOG.lacks(NOW, tmp_path)


def test_a_line_that_a_crash_cut_off_stops_and_hides_nothing(tmp_path):
    (tmp_path / LOG.file).write_bytes("2026-03-01 02:00:00 Zoë".encode()[:-1])
    added = [LOG.add(moment, " Alice", tmp_path) for moment in (NOW, NOW + HOUR, NOW + HOUR)]
    assert added == [False, True, False]
    assert (tmp_path / LOG.file).read_bytes().endswith(b" Zo\xc3\n2026-03-01 03:00:00 Alice\n")


def test_the_hour_that_autumn_repeats_is_logged_twice(tmp_path, lines):
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 01:30 in New York, twice
    with timezone.override("America/New_York"):
        for moment in (first, first + HOUR, first + HOUR):
            LOG.add(moment, " Alice", tmp_path)
    assert lines() == ["2026-11-01 01:30:00 Alice"] * 2


def test_the_log_is_not_for_every_account_of_the_machine(tmp_path):
    folder = tmp_path / "new" / "log"
    LOG.add(NOW, " Alice", folder)
    modes = [path.stat().st_mode & 0o777 for path in (folder, folder / LOG.file)]
    assert [mode & 0o027 for mode in modes] == [0, 0]
