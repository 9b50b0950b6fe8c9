"""Azure Logic Apps: the template's structure, and triggers that fire at the times of the lines."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from jobs_api.exporters import all_exporters
from jobs_api.exporters.common.comments import MARK
from jobs_api.exporters.common.recurrence import NAMES, recurrence
from jobs_api.schedule.slots import in_utc
from tests.jobs_api.exporters.test_aws_cron import JANUARY, MONDAY, SHAPES, due
from tests.jobs_api.exporters.toys import TOYS, plan_for, toy

PLATFORM = "azure-logic-apps"
LINES = [line for line in SHAPES if "L" not in line]


def template_of(*jobs, **settings):
    exporter = all_exporters()[PLATFORM]
    return json.loads(exporter.render(plan_for(exporter, *jobs, **settings)))


def workflows(*jobs, **settings):
    return {each["name"]: each for each in template_of(*jobs, **settings)["resources"]}


def definition(workflow):
    return workflow["properties"]["definition"]


# -- triggers, as the schema reference describes them -------------------------------------------


def fires(trigger, start, end):
    assert trigger["type"] == "Recurrence"
    rule = trigger["recurrence"]
    assert rule["frequency"] in ("Day", "Week")
    assert (rule["interval"], rule["timeZone"]) == (1, "UTC")
    schedule = rule["schedule"]
    assert ("weekDays" in schedule) == (rule["frequency"] == "Week")
    times, at = [], start
    while at < end:
        days = schedule.get("weekDays", NAMES)
        if NAMES[at.isoweekday() % 7] in days and all(
            holds(each, at) for each in trigger.get("conditions", [])
        ):
            times += [at.replace(hour=h, minute=m) for h in schedule["hours"] for m in schedule["minutes"]]
        at += timedelta(days=1)
    return times


def holds(condition, at):
    listed, part = re.fullmatch(
        r"@contains\('([\d,]+)', utcNow\('(dd|MM)'\)\)", condition["expression"]
    ).groups()
    return f"{at.day if part == 'dd' else at.month:02}" in listed


@pytest.mark.parametrize("line", LINES)
def test_a_trigger_fires_exactly_at_the_times_of_the_line(line):
    daily = line.split()[2:] != ["*", "*", "*"]
    start, end = (JANUARY, JANUARY + timedelta(days=366)) if daily else (MONDAY, MONDAY + timedelta(days=2))
    assert fires(recurrence(line), start, end) == due(line, start, end)


@pytest.mark.parametrize("name", [name for name, job in TOYS.items() if job.schedule])
def test_the_triggers_of_a_workflow_fire_at_each_slot_of_the_job(name):
    start, end = datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 4, 10, tzinfo=UTC)
    (workflow,) = [found for each, found in workflows(TOYS[name]).items() if each == name]
    found = {at for each in definition(workflow)["triggers"].values() for at in fires(each, start, end)}
    slots = set(in_utc(TOYS[name].slots, start, end))
    assert slots
    assert found >= slots


# -- the template ------------------------------------------------------------------------------


def test_each_job_is_a_workflow_with_its_declaration():
    plan, found = plan_for(all_exporters()[PLATFORM]), workflows()
    assert list(found) == [entry.name for entry in plan.entries]
    for entry, workflow in zip(plan.entries, found.values(), strict=True):
        said = json.loads(workflow["comments"].removeprefix(MARK))
        assert said.get("name", "run-due") == entry.name
        action = definition(workflow)["actions"]["call"]
        assert (action["inputs"]["method"], action["inputs"]["uri"]) == ("POST", entry.url)
        assert len(definition(workflow)["triggers"]) == len(entry.lines) <= 10


def test_the_secret_is_a_secure_parameter_all_the_way_and_hidden_in_the_history():
    template = template_of()
    assert template["parameters"]["cronSecret"]["type"] == "securestring"
    for workflow in template["resources"]:
        assert workflow["properties"]["parameters"] == {"cronSecret": {"value": "[parameters('cronSecret')]"}}
        assert definition(workflow)["parameters"] == {"cronSecret": {"type": "SecureString"}}
        action = definition(workflow)["actions"]["call"]
        assert action["inputs"]["headers"]["Authorization"] == "Bearer @{parameters('cronSecret')}"
        assert action["runtimeConfiguration"] == {"secureData": {"properties": ["inputs"]}}


def test_a_job_is_told_its_scheduled_time_and_a_202_is_not_polled():
    found = workflows(TOYS["daily"])
    job, run_due = (definition(found[name])["actions"]["call"] for name in ("daily", "run-due"))
    expression = "@{coalesce(trigger()?['scheduledTime'], trigger()?['startTime'], utcNow())}"
    assert job["inputs"]["headers"]["Jobs-Scheduled-At"] == expression
    assert "Jobs-Scheduled-At" not in run_due["inputs"]["headers"]
    assert {job["operationOptions"], run_due["operationOptions"]} == {"DisableAsyncPattern"}


RETRIES = {
    "usual": ({}, {"count": 6, "interval": "PT60S"}),
    "short": ({"max_attempts": 1, "retry_backoff": 0}, {"count": 2, "interval": "PT5S"}),
    "long": ({"max_attempts": 999, "retry_backoff": 1e6}, {"count": 90, "interval": "PT86400S"}),
}


@pytest.mark.parametrize(("fields", "policy"), RETRIES.values(), ids=RETRIES)
def test_retries_stay_within_the_services_limits(fields, policy):
    found = workflows(toy("one", "0 3 * * *", **fields))
    said = definition(found["one"])["actions"]["call"]["inputs"]["retryPolicy"]
    assert said == {"type": "exponential", "minimumInterval": "PT5S", "maximumInterval": "PT24H", **policy}
    assert definition(found["run-due"])["actions"]["call"]["inputs"]["retryPolicy"] == {"type": "none"}


def test_names_fit_and_are_unique_whatever_their_case():
    jobs = [toy(name, "0 3 1 * 1") for name in ("a", "A", "a-2", "x" * 100, "x" * 99 + "y")]
    names = list(workflows(*jobs))
    assert len({name.lower() for name in names}) == len(names) == 6
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,43}", name) for name in names)


def test_a_schedule_with_too_many_lines_for_one_workflow_is_written_with_fewer():
    chatham = toy("chatham", "0 3 1,15 * 1", "Pacific/Chatham")
    assert 0 < len(definition(workflows(chatham)["chatham"])["triggers"]) <= 10


def test_a_template_that_is_too_large_says_so():
    jobs = [toy(f"job{number}", "0 3 * * *") for number in range(800)]
    comments = " ".join(template_of(*jobs)["metadata"]["comments"])
    assert "A template holds 800 resources; this has 801: export parts with --only." in comments
