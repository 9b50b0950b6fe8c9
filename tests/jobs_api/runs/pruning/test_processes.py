"""Several clean-ups at once, in real processes: a crontab on each of nine hosts that share a folder."""

from collections import Counter

import pytest

from jobs_api.models import JobAttempt, JobRun
from jobs_api.runs import job_state, pruning
from tests.conftest import NOON
from tests.jobs_api.together import together

from .history import archived, days_before, history, retried

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = days_before(400)
NINE = 9
CLEANING = "tests.jobs_api.runs.pruning.cleaning"


def test_nine_clean_ups_at_once_archive_each_run_once_and_whole(declare, tmp_path):
    job = declare()
    job_state.know_all(at=NOON)
    runs = [*history(job, range(410, 450)), *[retried(job, age) for age in range(450, 470)]]
    together(NINE, f"{CLEANING}:clean_up", BEFORE.isoformat(), tmp_path)
    lines = archived(tmp_path)
    assert Counter(line["id"] for line in lines) == Counter(run.pk for run in runs)
    assert Counter(len(line["attempts"]) for line in lines) == {1: 40, 2: 20}
    assert {path.suffix for path in tmp_path.iterdir()} == {".gz"}
    assert not JobRun.objects.exists()
    assert not JobAttempt.objects.exists()


def test_a_clean_up_that_is_killed_leaves_no_half_file_under_a_final_name(declare, tmp_path):
    job = declare()
    job_state.know_all(at=NOON)
    runs = history(job, range(410, 430))
    with pytest.raises(AssertionError, match=r"\[-9, -9\]"):
        together(2, f"{CLEANING}:die_at_the_name", BEFORE.isoformat(), tmp_path)
    assert JobRun.objects.count() == 20
    whole = list(tmp_path.glob("*.gz"))
    assert (len(whole), len(list(tmp_path.glob("*.part")))) == (1, 1)
    before = whole[0].read_bytes()
    pruning.prune(BEFORE, batch=7, archive=tmp_path)
    assert whole[0].read_bytes() == before
    next(tmp_path.glob("*.part")).unlink()
    assert {line["id"] for line in archived(tmp_path)} == {run.pk for run in runs}
