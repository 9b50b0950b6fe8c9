"""Go to a job or a run."""

from __future__ import annotations

import re

import pytest

from jobs_api import registry
from tests.conftest import stored_run
from tests.databases import ONE_DATABASE
from tests.jobs_api.dashboard.people import at, reader

pytestmark = [pytest.mark.django_db, ONE_DATABASE]


@pytest.fixture
def jobs(declare):
    declare("report_daily", tags=("mail",), owner="ana")
    declare("report_weekly")
    return declare("cleanup")


def looked(wanted: str):
    return reader().get(at("find"), {"q": wanted})


def test_the_name_of_a_job_leads_there_and_so_does_a_part_that_only_one_has(jobs):
    for wanted in ("cleanup", " cleanup ", "CLEAN"):
        answer = looked(wanted)
        assert (answer.status_code, answer["Location"]) == (302, at("job", "cleanup"))


def test_the_id_of_a_run_leads_there(jobs):
    run = stored_run(jobs)
    for wanted in (str(run.pk), f"#{run.pk}"):
        assert looked(wanted)["Location"] == at("run", run.pk)
    assert f"There is no run {run.pk + 1}." in looked(str(run.pk + 1)).text


def test_a_part_of_several_names_or_a_pattern_offers_them(jobs):
    for wanted in ("report", "report_*"):
        text = looked(wanted).text
        assert re.findall(r'id="job-([^"]*)"', text) == ["report_daily", "report_weekly"]


def test_a_job_that_is_not_declared_any_more_is_found_by_its_runs(jobs, declare):
    stored_run(declare("gone"))
    registry.fill([jobs])
    text = looked("gone").text
    assert "The job gone is not declared any more." in text
    assert f'href="{at("runs")}?job=gone"' in text


@pytest.mark.parametrize(
    "wanted",
    ["", "nothing", "<script>alert(1)</script>", "//evil.example", "\x00", "9" * 500, "../admin", "%"],
)
def test_whatever_is_written_no_other_site_is_opened_and_nothing_breaks(jobs, wanted):
    answer = looked(wanted)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_names_are_suggested_for_what_is_typed_and_no_page_has_all(jobs, declare):
    for number in range(100):
        declare(f"job_{number:03}")
    page = reader().get(at("find"))
    assert "<option" not in page.text
    names = reader().get(at("find_names"), {"q": "job_01"})
    assert re.findall(r'value="([^"]*)"', names.text) == [f"job_{number:03}" for number in range(10, 20)]
    assert len(re.findall("<option", reader().get(at("find_names")).text)) == 20
