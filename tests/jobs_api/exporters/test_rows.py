"""Names for platforms where each line of a job is a thing of its own."""

from __future__ import annotations

import re

from jobs_api.exporters import kubernetes
from jobs_api.exporters.common.rows import dns_name, named, rows
from tests.jobs_api.exporters.toys import plan_for, toy

exporter = kubernetes.exporter


def names(*found: str, limit: int = 52) -> list[str]:
    plan = plan_for(exporter, *(toy(name, "0 3 * * *") for name in found))
    return [row.name for row in rows(plan, limit=limit, spelled=dns_name)]


def test_a_name_keeps_what_the_platform_takes():
    assert names("daily", "A_Report") == ["a-report", "daily", "run-due"]


def test_names_that_would_be_one_are_told_apart_whatever_else_is_exported():
    found = names("a_b", "a-b", "a__b", "A-B", "other")
    assert len(set(found)) == len(found) == 6
    assert all(re.fullmatch(r"a-b-[0-9a-f]{6}", name) for name in found[:4])
    assert set(names("a_b", "a-b")) <= {*found, "run-due"}


def test_long_names_are_cut_and_stay_apart():
    found = names(*(f"{'x' * 60}{end}" for end in "abc"), "y" * 52, "-" * 60, "_" * 60)
    assert len(set(found)) == len(found)
    assert all(len(name) <= 52 and re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name) for name in found)
    assert "y" * 52 in found


def test_a_job_called_run_due_leaves_the_name_to_run_due():
    job, due = rows(plan_for(exporter, toy("run-due", "0 3 * * *")))
    assert (due.name, due.entry.job) == ("run-due", None)
    assert re.fullmatch(r"run-due-[0-9a-f]{6}", job.name)


def test_each_line_has_a_name_and_each_entry_that_of_its_first():
    plan = plan_for(exporter, toy("both", "0 6 1,15 * 1"))
    assert [row.name for row in rows(plan)] == ["both", "both-2", "run-due"]
    assert [name for _, name in named(plan)] == ["both", "run-due"]


def test_the_second_line_of_a_job_and_the_first_of_another_stay_apart():
    plan = plan_for(exporter, toy("a", "0 6 1,15 * 1"), toy("a-2", "0 3 * * *"))
    found = [row.name for row in rows(plan)]
    assert len(set(found)) == len(found) == 4
