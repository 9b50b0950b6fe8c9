"""/output: plain text by byte offsets of the whole stream, also of a run that still writes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs_api.models import JobAttempt, JobRun, State
from tests.conftest import stored_run
from tests.jobs_api.api.endpoints import YEARLY, newest_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def output(api):
    """``output(run, "?offset=3")``: text, next offset, whether it is complete."""

    def read(run, query=""):
        response = api("GET", f"/api/runs/{run.pk}/output{query}")
        assert response.status_code == 200, response.content
        assert response["Content-Type"] == "text/plain; charset=utf-8"
        assert response["X-Content-Type-Options"] == "nosniff"
        return response.content, int(response["Jobs-Next-Offset"]), response["Jobs-Complete"]

    return read


def test_the_output_of_an_ended_run_is_complete(output, declare):
    run = stored_run(declare(), output_head="grüße\n".encode(), output_size=8)
    assert output(run) == ("grüße\n".encode(), 8, "true")
    assert output(run, "?offset=7") == (b"\n", 8, "true")
    assert output(run, "?offset=8") == (b"", 8, "true")
    assert output(run, "?offset=999999999999") == (b"", 8, "true")


def test_a_run_without_output_is_empty(output, declare):
    assert output(stored_run(declare())) == (b"", 0, "true")


def test_a_queued_run_has_nothing_to_show_yet(output, declare):
    run = newest_run(declare(**YEARLY), State.QUEUED)
    assert output(run) == (b"", 0, "false")


def test_what_was_left_out_is_marked_and_counted(output, declare):
    run = stored_run(declare(), output_head=b"a" * 10, output_tail=b"z" * 10, output_size=1000)
    mark = b"\n[... 980 bytes left out ...]\n"
    assert output(run)[0] == b"a" * 10 + mark + b"z" * 10
    assert output(run, "?offset=8")[0] == b"aa" + mark + b"z" * 10
    assert output(run, "?offset=500")[0] == b"\n[... 490 bytes left out ...]\n" + b"z" * 10
    assert output(run, "?offset=990")[0] == b"z" * 10
    assert output(run, "?offset=995")[0] == b"z" * 5
    assert output(run)[1] == 1000


def test_a_live_run_is_followed_without_a_gap_or_a_repeat(output, declare):
    run = newest_run(declare(**YEARLY), State.RUNNING)
    stream, kept, offset = b"".join(b"line %03d\n" % number for number in range(100)), b"", 0
    for size in (0, 10, 10, 300, 640, 900):
        JobRun.objects.filter(pk=run.pk).update(
            output_head=stream[:size][:100], output_tail=stream[100:size], output_size=size
        )
        text, offset, complete = output(run, f"?offset={offset}")
        kept += text
        assert (offset, complete) == (size, "false")
    assert kept == stream[:900]
    JobRun.objects.update(state=State.SUCCEEDED, lease_expires_at=None, held_job=None)
    assert output(run, f"?offset={offset}") == (b"", 900, "true")


def test_a_follower_that_falls_behind_is_told_what_it_missed(output, declare):
    run = newest_run(declare(**YEARLY), State.RUNNING)
    JobRun.objects.update(output_head=b"a" * 10, output_tail=b"z" * 10, output_size=1000)
    assert output(run, "?offset=15")[0] == b"\n[... 975 bytes left out ...]\n" + b"z" * 10


def test_a_lost_run_writes_no_more(output, declare):
    expired = timezone.now() - timedelta(minutes=1)
    run = newest_run(declare(**YEARLY), State.RUNNING, lease_expires_at=expired)
    assert output(run)[2] == "true"


def test_an_earlier_attempt_keeps_its_output(output, declare):
    run = stored_run(declare(), attempt=2, output_head=b"second", output_size=6)
    JobAttempt.objects.create(
        run=run, attempt=1, state=State.FAILED, reason="error", output_head=b"first", output_size=5
    )
    assert output(run, "?attempt=1") == (b"first", 5, "true")
    assert output(run, "?attempt=1&offset=3") == (b"st", 5, "true")
    assert output(run, "?attempt=2")[0] == output(run)[0] == b"second"


@pytest.mark.parametrize(
    "query",
    [
        *(f"offset={text}" for text in ("-1", "x", "", "1.5", "9" * 20, "%D9%A1")),
        *(f"attempt={text}" for text in ("0", "2", "x")),
        "limit=1",
        "offset=1&offset=2",
    ],
)
def test_a_wrong_query_is_422_and_named(api, declare, query):
    run = stored_run(declare())
    response = api("GET", f"/api/runs/{run.pk}/output?{query}")
    assert response.status_code == 422
    assert f"`{query.partition('=')[0]}`" in response.json()["detail"]


def test_pain_20_what_a_command_writes_and_its_traceback_are_there(api, output, declare, toy):
    def speak(command, **options):
        command.stdout.write("to stdout")
        command.stderr.write("to stderr")
        print("printed")
        raise RuntimeError("and raised")

    toy(speak)
    declare(**YEARLY)
    api("POST", "/api/jobs/nightly/run")
    text, offset, complete = output(JobRun.objects.get())
    for line in (b"to stdout\n", b"to stderr\n", b"printed\n", b"Traceback", b"RuntimeError: and raised\n"):
        assert text.count(line) == 1
    assert (offset, complete) == (len(text), "true")
