"""Following an attempt's output: every reader asks for what came since an offset."""

from __future__ import annotations

import pytest
from django.utils import timezone

from jobs_api.models import JobAttempt, JobRun, State
from jobs_api.monitoring.run_report import Part, output_since
from jobs_api.runs import readers
from tests.conftest import stored_run
from tests.jobs_api.api.endpoints import YEARLY, newest_run

pytestmark = pytest.mark.django_db


def read(run, offset=0, attempt=None):
    return output_since(readers.find(run.pk), offset, attempt)


def test_it_tells_what_came_since_and_whether_more_may_come(declare):
    run = newest_run(declare(**YEARLY), State.RUNNING, output_head=b"one\n", output_size=4)
    assert read(run) == Part(b"one\n", 4, complete=False)
    JobRun.objects.update(output_head=b"one\ntwo\n", output_size=8)
    assert read(run, 4) == Part(b"two\n", 8, complete=False)
    JobRun.objects.update(
        state=State.SUCCEEDED, lease_expires_at=None, held_job=None, finished_at=timezone.now()
    )
    assert read(run, 8) == Part(b"", 8, complete=True)


def test_where_nothing_is_new_no_output_is_read(declare, django_assert_num_queries):
    run = newest_run(declare(**YEARLY), State.RUNNING, output_head=b"one\n", output_size=4)
    seen = readers.find(run.pk)
    with django_assert_num_queries(0):
        assert output_since(seen, 4) == Part(b"", 4, complete=False)
    with django_assert_num_queries(1):
        assert output_since(seen, 3) == Part(b"\n", 4, complete=False)


def test_an_attempt_that_a_later_one_has_replaced_is_read_to_its_end(declare):
    """A follower that names its attempt loses nothing if the run is taken over meanwhile."""
    run = stored_run(declare(), attempt=2, state=State.RUNNING, output_head=b"x", output_size=1)
    JobAttempt.objects.create(
        run=run, attempt=1, state=State.FAILED, reason="lost", output_head=b"first", output_size=5
    )
    assert read(run, 3, attempt=1) == Part(b"st", 5, complete=True)
    assert read(run, 5, attempt=1) == Part(b"", 5, complete=True)


@pytest.mark.parametrize("attempt", [0, 3])
def test_an_attempt_that_never_was_has_none(declare, attempt):
    assert read(stored_run(declare(), attempt=2), attempt=attempt) is None
