"""The workflow, as actionlint reads it, and its steps, run for real."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from jobs_api.exporters import github_actions
from jobs_api.exporters.github_actions import spread_out
from tests.jobs_api.exporters.stub import SECRET, shell, stub
from tests.jobs_api.exporters.toys import NEW_YORK, TOYS, plan_for, toy

exporter = github_actions.exporter
LINT = [str(Path(sys.executable).parent / "actionlint"), "-no-color", "-shellcheck=", "-pyflakes=", "-"]


def text(*jobs, **how):
    return exporter.render(plan_for(exporter, *jobs, **how))


def faults(workflow: str) -> str:
    return subprocess.run(LINT, input=workflow, capture_output=True, text=True, timeout=60).stdout


def read(*jobs, **how):
    found = yaml.load(text(*jobs, **how), yaml.BaseLoader)  # noqa: S506 - so that "on" is no truth value
    return found["on"], found["jobs"]


def test_actionlint_takes_the_workflow_of_all_kinds_of_jobs():
    assert faults(text()) == ""
    assert faults(text(toy("null", "0 3 * * *"), toy("1e3", "0 4 * * *"), toy("A_b", "5 * * * *"))) == ""


BROKEN = {
    "a key": ("schedule:", "scheduel:"),
    "a zone": ('timezone: "America/New_York"', 'timezone: "America/Gotham"'),
    "a cron line": ('cron: "15 3', 'cron: "75 3'),
    "an expression": ("github.event.schedule)", "github.event.schedule"),
    "a step": ("      - run: >-", "      - runs: >-"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_actionlint_refuses_a_broken_workflow(what):
    old, new = BROKEN[what]
    assert old in text()
    assert faults(text().replace(old, new)) != ""


def test_each_line_is_listed_once_in_its_zone_and_starts_the_jobs_that_have_it():
    same = {"schedule": "15 3 * * *"}
    on, jobs = read(
        toy("a", **same), toy("b", **same), toy("c", **same, timezone=NEW_YORK), toy("d", "7 1 1 * 1")
    )
    lines = [(each["cron"], each["timezone"]) for each in on["schedule"]]
    assert lines[:2] == [("15 3 * * *", "UTC"), ("15 3 * * *", NEW_YORK)]
    assert len(lines) == len(set(lines))
    assert json.dumps(["7 1 1 * *", "7 1 * * 1"]) in jobs["job-d"]["if"].replace("MON", "1")
    assert on["workflow_dispatch"]["inputs"]["job"]["options"] == ["a", "b", "c", "d", "run-due"]


def test_a_line_at_minute_0_is_moved_and_no_other():
    daily = plan_for(exporter, TOYS["daily"]).entries[0]
    moved = spread_out("0 3 * * *", daily, 5)
    assert moved in {f"{minute} 3 * * *" for minute in range(1, 6)}
    assert moved == spread_out("0 3 * * *", daily, 5)
    assert spread_out("0 3 * * *", daily, 0) == "0 3 * * *"
    assert [spread_out(line, daily, 5) for line in ("30 4 * * *", "0,30 * * * *")] == [
        "30 4 * * *",
        "0,30 * * * *",
    ]
    for strict in (TOYS["never_late"], toy("strict", "0 3 * * *", grace=300)):
        assert spread_out("0 3 * * *", plan_for(exporter, strict).entries[0], 5) == "0 3 * * *"


def test_a_job_due_each_minute_is_refused():
    refused = plan_for(exporter, toy("often", "* * * * *")).refused
    assert "every 5 minutes" in refused[0].reason


def test_the_secret_is_a_secret_of_the_repository():
    _, jobs = read(TOYS["daily"])
    (step,) = jobs["job-daily"]["steps"]
    assert step["env"] == {"CRON_SECRET": "${{ secrets.CRON_SECRET }}"}
    assert jobs["job-daily"]["concurrency"]["group"] == "jobs-daily"
    assert "concurrency" not in read(toy("wide", "*/5 * * * *", overlap="allow"))[1]["job-wide"]
    assert int(jobs["job-daily"]["timeout-minutes"]) * 60 > TOYS["daily"].timeout


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_a_step_posts_with_the_bearer():
    with stub() as (url, requests):
        _, jobs = read(toy("strict", "0 3 * * *", catch_up="none", grace=120), base_url=f"{url}/api")
        for name in ("job-strict", "job-run-due"):
            shell(jobs[name]["steps"][0]["run"], CRON_SECRET=SECRET)
    assert [request.path for request in requests] == [
        "/api/jobs/strict/run?source=github-actions&max_late=120",
        "/api/run-due?source=github-actions",
    ]
    assert {request.headers["Authorization"] for request in requests} == {f"Bearer {SECRET}"}
