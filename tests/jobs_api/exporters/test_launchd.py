"""Property lists of launchd. There is no macOS here: Python's own reader stands in for `plutil -lint`."""

from __future__ import annotations

import json
import plistlib
import re

import pytest

from jobs_api.exporters import all_exporters
from jobs_api.exporters.common.exporter import COMMAND
from jobs_api.exporters.common.folder import split
from tests.jobs_api.exporters.shells import Recorder, sh
from tests.jobs_api.exporters.toys import BERLIN, TOYS, plan_for, toy

PREFIX = "local.jobs_api"
NAMED = {
    "* * * * *": [{}],
    "*/30 * * * *": [{"Minute": 0}, {"Minute": 30}],
    "0 3 * * 6-7": [{"Minute": 0, "Hour": 3, "Weekday": 0}, {"Minute": 0, "Hour": 3, "Weekday": 6}],
    "0 3 1,15 FEB *": [
        {"Minute": 0, "Hour": 3, "Day": 1, "Month": 2},
        {"Minute": 0, "Hour": 3, "Day": 15, "Month": 2},
    ],
    "0 6 1 * MON": [{"Minute": 0, "Hour": 6, "Day": 1}, {"Minute": 0, "Hour": 6, "Weekday": 1}],
}


def rendered(*jobs, **named):
    exporter = all_exporters()["launchd"]
    return exporter.render(plan_for(exporter, *jobs, **named))


def lists(*jobs, **named):
    found = split(rendered(*jobs, **named))
    return {name.removesuffix(".plist"): plistlib.loads(part.encode()) for name, part in found.items()}


@pytest.mark.parametrize(("line", "times"), NAMED.items())
def test_a_cron_line_becomes_times_of_the_calendar(line, times):
    job = lists(toy("some", line))[f"{PREFIX}.job.some"]
    assert job["StartCalendarInterval"] == times


def test_a_call_reads_the_secret_from_a_file():
    job = lists(TOYS["daily"])[f"{PREFIX}.job.daily"]
    words = job["ProgramArguments"]
    assert words[0] == "/usr/bin/curl"
    assert words[words.index("--header") + 1] == "@/etc/jobs_api/authorization"
    assert words[-1] == "https://shop.example.com/api/jobs/daily/run?source=launchd"
    assert job["Label"] == f"{PREFIX}.job.daily"
    assert job["StandardOutPath"] == job["StandardErrorPath"] == "/var/log/jobs_api.log"
    assert "UserName" not in job


def test_a_command_runs_in_the_environment_of_the_web_server(tmp_path):
    folder = tmp_path / 'it\'s <100%> & "odd"'
    python = Recorder(folder / "python")
    (folder / "environment").write_text("ONE='a & b'\n")
    where = {"directory": str(folder), "python": "./python", "env_file": str(folder / "environment")}
    job = lists(TOYS["daily"], form=COMMAND, user="shop", **where)[f"{PREFIX}.job.daily"]
    shell, option, script = job["ProgramArguments"]
    assert (shell, option, job["UserName"], job["AbandonProcessGroup"]) == ("/bin/sh", "-c", "shop", True)
    assert sh(script).returncode == 0
    assert python.words == ["manage.py", "jobs_run", "daily", "--source=launchd", "--quiet"]
    assert python.environment["ONE"] == "a & b"


def test_too_many_times_are_left_to_run_due():
    often = toy("often", "1-59/2 8-18 * * 1-5")
    text = rendered(often)
    assert "# Not here: often: It names 1650 times of the calendar, more than 1000: let run-due" in text
    assert list(split(text)) == [f"{PREFIX}.run-due.plist"]


def test_a_mac_in_another_zone_calls_the_jobs_of_that_zone_as_declared():
    found = lists(TOYS["daily"], TOYS["never_late"], zone=BERLIN)
    assert list(found) == [f"{PREFIX}.job.never_late", f"{PREFIX}.run-due"]
    assert found[f"{PREFIX}.job.never_late"]["StartCalendarInterval"] == [{"Minute": 0, "Hour": 8}]


def test_a_comment_holds_the_declaration_whatever_dashes_it_has():
    job = toy("dashes", "0 3 * * *", args=["--all", "a---b", "<!-- -->"])
    text = rendered(job, run_due="none")
    comments = re.findall(r"<!-- (.*?) -->", text)
    assert [comment for comment in comments if "--" in comment] == []
    marker = next(comment for comment in comments if comment.startswith("jobs_api: "))
    assert json.loads(marker.removeprefix("jobs_api: "))["args"] == ["--all", "a---b", "<!-- -->"]
    lists(job)
