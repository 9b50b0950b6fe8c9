"""What is pruned can be written to compressed JSON lines before: whole, and never lost in between."""

import gzip
import re
from datetime import timedelta

import pytest
from django.db import OperationalError

from jobs_api.models import JobAttempt, JobRun
from jobs_api.runs import job_state, pruning
from tests.conftest import NOON, stored_run

from .history import ages_left, archived, days_before, history, retried

pytestmark = pytest.mark.django_db
BEFORE = days_before(400)


@pytest.fixture
def job(declare):
    declared = declare()
    job_state.know_all(at=NOON)
    return declared


def prune(directory, **options):
    return pruning.prune(BEFORE, **{"batch": 500, **options}, archive=directory)


def test_a_run_is_archived_with_all_its_attempts_and_output(job, tmp_path):
    run = retried(
        job,
        500,
        options={"days": 7},
        trigger="http",
        source="qstash",
        actor="ci",
        output_head="hällo\n".encode(),
        output_size=7,
        progress_done=3,
        progress_total=3,
    )
    prune(tmp_path)
    (line,) = archived(tmp_path)
    slot = days_before(500)
    assert {key: line[key] for key in line if key != "attempts"} == {
        "id": run.pk,
        "job": "nightly",
        "run_date": slot.isoformat(),
        "state": "succeeded",
        "tries": 1,
        "options": {"days": 7},
        "created_at": slot.isoformat(),
    }
    first, second = line["attempts"]
    assert (first["attempt"], first["state"], first["reason"], first["error"]) == (1, "failed", "error", "no")
    assert (first["output"], second["output"]) == ("first", "hällo\n")
    said = {"attempt": 2, "state": "succeeded", "trigger": "http", "source": "qstash", "actor": "ci"}
    assert {key: second[key] for key in said} == said
    assert (second["progress_done"], second["output_size"]) == (3, 7)
    assert second["finished_at"] == (slot + timedelta(seconds=1)).isoformat()


def test_every_column_of_an_attempt_is_archived(job, tmp_path):
    retried(job, 500)
    columns = {field.attname for field in JobAttempt._meta.concrete_fields} - {"id", "run_id"}
    prune(tmp_path)
    expected = (columns - {"output_head", "output_tail"}) | {"output"}
    assert [set(attempt) for attempt in archived(tmp_path)[0]["attempts"]] == [expected, expected]


def test_output_that_is_no_text_and_output_that_was_cut_are_archived(job, tmp_path):
    history(job, [500], output_head=b"\xff\x00", output_tail=b"end\n", output_size=100)
    prune(tmp_path)
    assert archived(tmp_path)[0]["attempts"][0]["output"] == "\ufffd\x00\n[... 94 bytes left out ...]\nend\n"


def test_each_batch_is_a_file_that_names_job_and_first_slot(job, tmp_path):
    runs = history(job, [502, 501, 500])
    prune(tmp_path, batch=2)
    slots = [f"{days_before(age):%Y%m%dT%H%M%S}" for age in (502, 500)]
    names = sorted(path.name for path in tmp_path.iterdir())
    assert [re.sub(r"-[0-9a-f]{8}\.jsonl\.gz$", "", name) for name in names] == [
        f"nightly-{slots[0]}-{runs[0].pk}",
        f"nightly-{slots[1]}-{runs[2].pk}",
    ]
    assert [line["id"] for line in archived(tmp_path)] == [run.pk for run in runs]


def test_the_directory_is_made_where_it_is_missing(job, tmp_path):
    history(job, [500])
    prune(tmp_path / "a" / "b")
    assert len(archived(tmp_path / "a" / "b")) == 1


def test_where_nothing_is_old_no_file_is_made(job, tmp_path):
    history(job, [1])
    prune(tmp_path / "archive")
    assert not (tmp_path / "archive").exists()


def test_what_is_kept_is_not_archived(job, tmp_path):
    history(job, [500, 399])
    history(job, [501], state="running")
    prune(tmp_path)
    assert [line["run_date"] for line in archived(tmp_path)] == [days_before(500).isoformat()]


# -- interrupted ------------------------------------------------------------------------------


class PowerCut(BaseException):
    pass


@pytest.mark.parametrize("batch", [1, 2, 500])
def test_a_crash_between_archive_and_deletion_loses_nothing(job, tmp_path, monkeypatch, batch):
    runs = history(job, [502, 501, 500])
    rows = pruning.database.rows

    def cut_before_the_deletion():
        if any(tmp_path.iterdir()):
            raise PowerCut
        return rows()

    monkeypatch.setattr(pruning.database, "rows", cut_before_the_deletion)
    with pytest.raises(PowerCut):
        prune(tmp_path, batch=batch)
    assert ages_left(job) == [502, 501, 500]
    monkeypatch.setattr(pruning.database, "rows", rows)
    assert prune(tmp_path, batch=2) == 3
    assert {line["id"] for line in archived(tmp_path)} == {run.pk for run in runs}


def test_a_crash_after_the_archive_has_its_name_writes_the_runs_once_more_and_overwrites_nothing(
    job, tmp_path, monkeypatch
):
    runs = history(job, [502, 501, 500])
    name_it = pruning._name

    def cut_before_the_commit(*args):
        name_it(*args)
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(pruning, "_name", cut_before_the_commit)
        with pytest.raises(PowerCut):
            prune(tmp_path)
    (first,) = tmp_path.iterdir()
    before = first.read_bytes()
    assert ages_left(job) == [502, 501, 500]
    prune(tmp_path, batch=2)
    assert first.read_bytes() == before
    ids = [run.pk for run in runs]
    assert sorted(line["id"] for line in archived(tmp_path)) == sorted(ids * 2)


@pytest.mark.parametrize(
    "changes", [{"attempt": 2}, {"state": "failed"}, {"tries": 1}, {"state": "running", "attempt": 2}]
)
def test_a_run_that_changed_after_it_was_archived_is_archived_as_it_is_now(
    job, tmp_path, monkeypatch, changes
):
    """Or the record of its last attempt would be gone."""
    history(job, [501, 500])
    delete = pruning._delete

    def change_first(found, name_it):
        monkeypatch.setattr(pruning, "_delete", delete)
        held = {"lease_expires_at": NOON} if changes.get("state") == "running" else {}
        JobRun.objects.filter(run_date=days_before(500)).update(**changes, **held)
        return delete(found, name_it)

    monkeypatch.setattr(pruning, "_delete", change_first)
    prune(tmp_path)
    held = changes.get("state") == "running"
    assert ages_left(job) == ([500] if held else [])
    found = [(line["run_date"][:10], line["state"], line["tries"]) for line in archived(tmp_path)]
    now = {"state": "succeeded", "tries": 0, **changes}
    last = [] if held else [(str(days_before(500).date()), now["state"], now["tries"])]
    assert found == [(str(days_before(501).date()), "succeeded", 0), *last]


@pytest.mark.parametrize("step", ["json.dumps", "os.fsync"])
def test_a_crash_while_the_archive_is_written_loses_nothing_and_leaves_no_half_file(
    job, tmp_path, monkeypatch, step
):
    history(job, [501, 500])

    def cut(*args, **kwargs):
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(f"jobs_api.runs.pruning.{step}", cut)
        with pytest.raises(PowerCut):
            prune(tmp_path)
    assert ages_left(job) == [501, 500]
    assert list(tmp_path.glob("*.jsonl.gz")) == []
    prune(tmp_path)
    assert len(archived(tmp_path)) == 2
    assert [path.suffix for path in tmp_path.iterdir()] == [".gz"]


def test_an_archive_that_cannot_be_written_keeps_the_runs(job, tmp_path):
    history(job, [500])
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    with pytest.raises(OSError, match="file"):
        prune(in_the_way)
    assert ages_left(job) == [500]


def test_a_deletion_that_fails_keeps_the_batch_whole(job, tmp_path, monkeypatch):
    run = retried(job, 500)
    delete = type(JobRun.objects.all()).delete

    def delete_and_fail(queryset):
        delete(queryset)
        raise OperationalError("gone")

    monkeypatch.setattr(type(JobRun.objects.all()), "delete", delete_and_fail)
    with pytest.raises(OperationalError):
        prune(tmp_path)
    assert JobRun.objects.get().pk == run.pk
    assert JobAttempt.objects.count() == 1


def test_the_files_are_whole_gzip_files(job, tmp_path):
    stored_run(job, days_before(500), output_head=b"x" * 100_000, output_size=100_000)
    prune(tmp_path)
    (path,) = tmp_path.iterdir()
    assert path.stat().st_size < 10_000
    assert gzip.decompress(path.read_bytes()).endswith(b"\n")
