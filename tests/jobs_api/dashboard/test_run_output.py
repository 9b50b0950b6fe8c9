"""The output of a run: followed part by part, and downloaded."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from jobs_api.models import JobRun
from jobs_api.monitoring.run_report import output, outputs
from jobs_api.runs import readers
from tests.conftest import stored_run
from tests.databases import ONE_DATABASE
from tests.jobs_api.admin.pages import person
from tests.jobs_api.dashboard import run_stories
from tests.jobs_api.dashboard.people import at, reader
from tests.jobs_api.dashboard.run_stories import SLOT, earlier, failed, running

pytestmark = [pytest.mark.django_db]
once = ONE_DATABASE
DJANGOS = 4


def news(run: JobRun, client: Client | None = None, **query: Any) -> dict[str, Any]:
    answer = (client or reader()).get(at("output", run.pk), query)
    assert answer.status_code == 200
    return answer.json()


def shown(told: dict[str, Any]) -> str:
    return "".join(block["html"] for block in told["blocks"]) + told["open"]


def test_each_part_goes_on_where_the_one_before_has_ended(declare):
    run, client = running(declare(), **run_stories.output("\x1b[31mone\ntw")), reader()
    first = news(run, client)
    assert shown(first) == '<span class="a1">one</span>\n<span class="a1">tw</span>'
    assert (first["complete"], first["live"], first["attempt"], first["newest"]) == (False, True, 1, 1)
    seen = {"attempt": 1, "from": first["next"], "size": first["size"], "style": first["style"]}
    assert "blocks" not in news(run, client, **seen)
    JobRun.objects.update(**run_stories.output("\x1b[31mone\ntwo\n"))
    again = news(run, client, **seen)
    assert shown(again) == '<span class="a1">two</span>\n'


def test_a_follower_reads_an_attempt_to_its_end_and_hears_of_the_next(declare):
    run = running(declare(), attempt=2, **run_stories.output("second\n"))
    earlier(run, 1, **run_stories.output("first\nlast words"))
    told = news(run, attempt=1, **{"from": 6, "size": 6})
    assert (shown(told), told["complete"], told["newest"]) == ("last words", True, 2)
    assert shown(news(run, attempt=2)) == "second\n"


def test_what_has_ended_says_so_and_what_changes_has_another_mark(declare):
    run = running(declare(), progress_done=1)
    before = news(run)["rev"]
    JobRun.objects.update(progress_done=2)
    assert news(run)["rev"] != before
    told = news(failed(declare("other")))
    assert (told["complete"], told["live"]) == (True, False)


def test_what_waits_to_begin_has_no_output_and_is_not_over(declare):
    told = news(stored_run(declare(), SLOT, state="queued", next_attempt_at=SLOT))
    assert (told["complete"], told["attempt"], "blocks" in told) == (False, 0, False)


def test_a_look_costs_two_statements_and_one_where_nothing_is_new(declare, django_assert_num_queries):
    run, client = running(declare(), **run_stories.output("one\n")), reader()
    news(run, client)
    with django_assert_num_queries(DJANGOS + 3):  # the time, the run, its output
        news(run, client)
    with django_assert_num_queries(DJANGOS + 2):
        news(run, client, **{"from": 4, "size": 4})


@once
@pytest.mark.parametrize(
    "query",
    [
        {"from": "x", "size": "-1", "style": "<script>", "attempt": ""},
        {"from": "9" * 400, "attempt": "9" * 400},
        {"from": "\x00", "style": "\x00" * 5000},
        {"from": "1e3", "size": "²", "style": "15.15.bdiurs"},
    ],
)
def test_a_query_may_say_anything(declare, query):
    told = news(failed(declare()), **query)
    assert "<script" not in str(told["blocks"])


@once
def test_attempts_and_runs_that_are_not_there_are_not_found(declare):
    run = failed(declare())
    for name in ("output", "download"):
        assert reader().get(at(name, run.pk), {"attempt": 7}).status_code == 404
        assert reader().get(at(name, 424242)).status_code == 404
        assert reader().post(at(name, run.pk)).status_code == 405
    assert reader().get(at("download", run.pk), {"attempt": 0}).status_code == 404


@once
def test_who_may_not_view_runs_gets_no_output(declare):
    run = failed(declare())
    for name in ("run", "output", "download"):
        assert "loading" not in person("operate_jobrun").get(at(name, run.pk)).text
        assert Client().get(at(name, run.pk)).status_code == 302
    part = Client().get(at("output", run.pk), headers={"HX-Request": "true"})
    assert (part.status_code, "HX-Redirect" in part) == (204, True)


def test_a_download_is_a_file_of_plain_text_as_it_was_written(declare):
    run = failed(declare(), **run_stories.output("\x1b[31m<script>\r\n"))
    answer = reader().get(at("download", run.pk), {"attempt": 1})
    assert answer.content == b"\x1b[31m<script>\r\n"
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == f'attachment; filename="nightly-run-{run.pk}-attempt-1.txt"'


@once
def test_the_name_of_a_file_has_nothing_of_anybody(declare):
    run = failed(declare())
    JobRun.objects.update(job_name='a"\r\nX-Evil: 1/../b')
    disposition = reader().get(at("download", run.pk))["Content-Disposition"]
    assert disposition == f'attachment; filename="a___X-Evil__1____b-run-{run.pk}-attempt-1.txt"'


def test_outputs_of_several_attempts_are_one_statement(declare, django_assert_num_queries):
    run = failed(declare(), attempt=3, **run_stories.output("third"))
    earlier(run, 1, **run_stories.output("first"))
    earlier(run, 2, **run_stories.output("second"))
    seen = readers.find(run.pk)
    with django_assert_num_queries(1):
        found = outputs(seen, [1, 3, 9])
    assert found == {1: output(seen, 1), 3: output(seen, 3)}
    with django_assert_num_queries(0):
        assert outputs(seen, []) == {}
