"""A thousand jobs: the work grows with their number, and each zone and line is looked at once.

`make exports ARGS=--scale` prints the seconds; no test may depend on the machine's speed.
"""

from __future__ import annotations

import sys

import pytest

from jobs_api import exporters
from jobs_api.exporters.common.difference import difference
from jobs_api.schedule import boxes, utc_boxes
from tests.jobs_api.exporters.toy_exporters import toy_exporter
from tests.jobs_api.exporters.toys import plan_for
from tools.export_scale import ZONES, thousand

FORMS = [(name, form) for name, exporter in exporters.all_exporters().items() for form in exporter.forms]


def calls(function, *arguments):
    """How many functions of Python it calls, and what it returns."""
    count = 0

    def counting(frame, event, argument):
        nonlocal count
        count += event == "call"

    sys.setprofile(counting)
    try:
        result = function(*arguments)
    finally:
        sys.setprofile(None)
    return count, result


def made(name, form, jobs):
    exporter = exporters.all_exporters()[name]
    return exporter.render(plan_for(exporter, *jobs, form=form))


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_the_work_grows_with_the_number_of_jobs(name, form):
    """Four times the jobs are at most five times the work, for an export and for a comparison."""
    jobs = thousand()[:40]
    made(name, form, jobs)  # what is remembered is no part of the growth
    few, text = calls(made, name, form, jobs[:10])
    few_compared, _ = calls(difference, text.replace("Number 7", "Nr 7"), text, "file")
    many, text = calls(made, name, form, jobs)
    many_compared, _ = calls(difference, text.replace("Number 7", "Nr 7"), text, "file")
    assert many < 5 * few
    assert many_compared < 5 * max(few_compared, 100)


def test_each_zone_and_each_line_is_looked_at_once():
    jobs = thousand()
    utc_boxes.offsets.cache_clear()
    boxes.boxes_of.cache_clear()
    plan_for(toy_exporter(), *jobs)
    assert utc_boxes.offsets.cache_info().misses == len(ZONES)
    assert boxes.boxes_of.cache_info().misses == len({job.schedule for job in jobs})
