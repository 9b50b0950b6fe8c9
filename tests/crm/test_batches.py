import pytest

from crm.batches import in_batches
from jobs_api import RunStopped
from jobs_api.execution.current import CurrentRun, enter, leave


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
