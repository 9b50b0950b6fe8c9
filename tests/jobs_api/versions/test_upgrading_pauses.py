"""A pause of before the upgrade, and code of before it that runs beside the new for a while."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from jobs_api.models import JobPause
from jobs_api.runs import pausing
from tests.conftest import NOON

pytestmark = pytest.mark.django_db(transaction=True)
OLD_COLUMNS = "(job_name, started_at, ended_at, actor, comment)"


def pause_as_old_code_does(job_name):
    with connection.cursor() as cursor:
        sql = f"INSERT INTO jobs_api_jobpause {OLD_COLUMNS} VALUES (%s, %s, NULL, 'ana', 'moving')"  # noqa: S608
        cursor.execute(sql, [job_name, connection.ops.adapt_datetimefield_value(NOON)])


def test_a_pause_of_before_is_kept_and_can_be_resumed(declare):
    job = declare()
    executor = MigrationExecutor(connection)
    newest = [key for key in executor.loader.graph.leaf_nodes() if key[0] == "jobs_api"]
    executor.migrate([("jobs_api", "0001_initial")])
    try:
        pause_as_old_code_does(job.name)
    finally:
        MigrationExecutor(connection).migrate(newest)
    assert pausing.resume(job, actor="bo", comment="moved", at=NOON)
    pause = JobPause.objects.get()
    assert (pause.actor, pause.comment, pause.resumed_by, pause.resume_comment) == (
        "ana",
        "moving",
        "bo",
        "moved",
    )


def test_old_code_pauses_in_the_new_table(declare):
    job = declare()
    pause_as_old_code_does(job.name)
    pause = JobPause.objects.get()
    assert (pause.resumed_by, pause.resume_comment, pause.ended_at, pause.until) == ("", "", None, None)
    assert pausing.resume(job, actor="bo", comment="", at=NOON)
