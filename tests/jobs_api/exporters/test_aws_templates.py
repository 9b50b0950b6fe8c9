"""The three CloudFormation templates: what CloudFormation and EventBridge take, and what they lead to."""

import json
import re
from datetime import UTC

import pytest
from django.core.management import load_command_class
from django.utils import timezone

from jobs_api import Job
from jobs_api.exporters import all_exporters
from jobs_api.models import JobRun
from tests.jobs_api.api.endpoints import YEARLY, newest_slot
from tests.jobs_api.exporters import aws
from tests.jobs_api.exporters.toys import BASE_URL, TOYS, plan_for, toy

PLATFORMS = ("eventbridge", "eventbridge-scheduler", "eventbridge-ecs")
HTTP = PLATFORMS[:2]
RULE, SCHEDULE = "AWS::Events::Rule", "AWS::Scheduler::Schedule"
BRACES = toy("braces", "0 3 * * *", description='${x} {{resolve:ssm:x}} "é" \u2028 %{y}' + "long " * 200)


@pytest.fixture(params=PLATFORMS)
def platform(request):
    return request.param


def template_of(platform, *jobs, **settings):
    exporter = all_exporters()[platform]
    text = exporter.render(plan_for(exporter, *jobs, **settings))
    return text, aws.read(text)


def fired(template):
    """What fires by itself: schedules, or rules with a cron expression."""
    rules = {name: rule for name, rule in aws.of_type(template, RULE).items() if "ScheduleExpression" in rule}
    return rules | aws.of_type(template, SCHEDULE)


def test_every_reference_names_something_of_the_template(platform):
    _, template = template_of(platform)
    known = {*template["Parameters"], *template["Resources"], *template["Conditions"], *aws.PSEUDO}
    assert set(aws.references(template)) <= known
    assert set(template["Parameters"]) <= set(aws.references(template))


def test_each_line_fires_by_a_resource_behind_its_declaration(platform):
    exporter = all_exporters()[platform]
    plan = plan_for(exporter)
    text, template = template_of(platform)
    said = aws.declared(text)
    assert said.keys() == fired(template).keys()
    assert len(said) == sum(len(entry.lines) for entry in plan.entries)
    names = [each.get("name", "run-due") for each in said.values()]
    assert names == [entry.name for entry in plan.entries for _ in entry.lines]
    assert all(re.fullmatch("[A-Za-z0-9]{1,255}", name) for name in template["Resources"])


def test_names_that_differ_only_in_signs_get_resources_of_their_own(platform):
    jobs = [toy(name, "0 3 1 * 1") for name in ("a-b", "a_b", "aB", "a-b-2", "x" * 100, "x" * 99 + "y")]
    text, template = template_of(platform, *jobs)
    assert len(aws.declared(text)) == len(fired(template)) == 2 * len(jobs) + 1
    names = [each["Name"] for each in aws.of_type(template, SCHEDULE).values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[0-9a-zA-Z-_.]{1,64}", name) for name in names)


def test_no_description_is_too_long_or_looked_up(platform):
    _, template = template_of(platform, BRACES)
    for each in fired(template).values():
        assert len(each["Description"]) <= 512
        assert "{{" not in each["Description"]


def test_retries_stay_within_the_vendors_limits_and_end_within_the_hour(platform):
    jobs = [
        toy("once", "0 3 * * *", max_attempts=1),
        toy("often", "0 3 * * *", max_attempts=1000),
        toy("soon", "0 3 * * *", catch_up="none", grace=5),
        toy("late", "0 3 * * *", catch_up="none", grace=40000),
    ]
    text, template = template_of(platform, *jobs)
    said, policies = aws.declared(text), {}
    for name, each in fired(template).items():
        (target,) = each.get("Targets") or [each["Target"]]
        policies[said[name].get("name", "run-due")] = tuple(target["RetryPolicy"].values())
    assert policies == {
        "once": (4, 3600),
        "often": (185, 3600),
        "soon": (8, 60),
        "late": (8, 3600),
        "run-due": (0, 60),
    }


@pytest.mark.parametrize("platform", HTTP)
def test_the_token_is_a_reference_to_a_secret(platform):
    _, template = template_of(platform)
    (connection,) = aws.of_type(template, "AWS::Events::Connection").values()
    assert connection["AuthorizationType"] == "API_KEY"
    assert connection["AuthParameters"]["ApiKeyAuthParameters"] == {
        "ApiKeyName": "Authorization",
        "ApiKeyValue": {"Fn::Sub": "Bearer {{resolve:secretsmanager:${CronSecret}}}"},
    }
    for each in aws.of_type(template, "AWS::Events::ApiDestination").values():
        assert each["InvocationEndpoint"].startswith(BASE_URL)
        assert each["InvocationRateLimitPerSecond"] == {"Ref": "CallsPerSecond"}


def test_only_what_is_called_has_a_destination():
    _, template = template_of("eventbridge", TOYS["daily"], run_due="none")
    assert list(aws.of_type(template, "AWS::Events::ApiDestination")) == ["JobsDestination"]
    (role,) = aws.of_type(template, "AWS::IAM::Role").values()
    (statement,) = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert statement["Resource"] == [{"Fn::GetAtt": ["JobsDestination", "ArnForPolicy"]}]


@pytest.mark.parametrize("platform", HTTP)
def test_a_template_that_is_too_large_says_so(platform):
    exporter = all_exporters()[platform]
    jobs = [toy(f"job{number}", "0 3 * * *") for number in range(500)]
    assert "this has" not in exporter.render(plan_for(exporter))
    text = exporter.render(plan_for(exporter, *jobs))
    count = text.count('    Type: "AWS::')
    assert f"A stack holds 500 resources; this has {count}" in text


# -- the requests ------------------------------------------------------------------------------


def test_a_rule_sends_its_event_to_the_url_of_the_entry():
    exporter = all_exporters()["eventbridge"]
    plan, event = plan_for(exporter), aws.scheduled_event("2026-11-20T03:00:00Z")
    _, template = template_of("eventbridge")
    urls = [aws.request(template, rule, event).path for rule in fired(template).values()]
    assert urls == [entry.url for entry in plan.entries for _ in entry.lines]


def test_a_schedule_reaches_the_url_of_the_entry_through_exactly_one_rule():
    exporter = all_exporters()["eventbridge-scheduler"]
    plan = plan_for(exporter)
    _, template = template_of("eventbridge-scheduler")
    urls = []
    for schedule in fired(template).values():
        event = aws.put_event(schedule, "2026-11-20T03:00:00Z", "2026-11-20T03:00:04Z")
        (rule,) = aws.matching(template, event)
        urls.append(aws.request(template, rule, event).path)
    assert urls == [entry.url for entry in plan.entries for _ in entry.lines]


def test_schedules_keep_the_zone_of_the_job_and_are_never_moved():
    _, template = template_of("eventbridge-scheduler")
    zones = {each["Name"]: each["ScheduleExpressionTimezone"] for each in fired(template).values()}
    assert zones["daily_in_new_york"] == "America/New_York"
    assert zones["run-due"] == "UTC"
    assert all(each["FlexibleTimeWindow"] == {"Mode": "OFF"} for each in fired(template).values())


@pytest.mark.django_db
@pytest.mark.parametrize("platform", HTTP)
def test_the_request_starts_the_slot_that_was_scheduled_however_late_it_comes(api, declare, platform):
    job = declare(**YEARLY, catch_up_window=400 * 24 * 3600)
    slot = newest_slot(job)
    _, template = template_of(platform, job, run_due="none")
    first, late = (f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for at in (slot, timezone.now()))
    (fires,) = list(fired(template).values())[:1]
    if platform == "eventbridge":
        sent = aws.request(template, fires, aws.scheduled_event(first))
    else:
        event = aws.put_event(fires, first, late)
        sent = aws.request(template, *aws.matching(template, event), event)
    path = sent.path.removeprefix(BASE_URL.removesuffix("/api"))
    said = {"data": json.dumps(sent.body), "content_type": aws.CONTENT_TYPE, "headers": aws.HEADERS}
    responses = [api("POST", path, **said).json() for _ in range(2)]
    assert [each["outcome"] for each in responses] == ["succeeded", "already_succeeded"]
    run = JobRun.objects.get()
    assert (run.run_date, run.source) == (slot, platform)
    assert first in run.note


# -- ECS ---------------------------------------------------------------------------------------


def test_a_task_runs_the_management_command_for_the_scheduled_time():
    exporter = all_exporters()["eventbridge-ecs"]
    plan, event = plan_for(exporter), aws.scheduled_event("2026-11-20T03:00:00Z")
    _, template = template_of("eventbridge-ecs")
    entries = [entry for entry in plan.entries for _ in entry.lines]
    for entry, rule in zip(entries, fired(template).values(), strict=True):
        (target,) = rule["Targets"]
        override = aws.transformed(target, event, ContainerName="web")
        timed = ["--scheduled-at", "2026-11-20T03:00:00Z"] if entry.job else []
        command = ["python", "manage.py", *entry.command, *timed]
        assert override == {"containerOverrides": [{"name": "web", "command": command}]}
        parser = load_command_class("jobs_api", command[2]).create_parser("manage.py", command[2])
        parser.parse_args(command[3:])
        assert target["EcsParameters"]["LaunchType"] == "FARGATE"


def test_the_words_of_the_container_are_settings_and_no_references():
    settings = {"python": "/venv/bin/python -u", "manage": "${HOME}/manage.py"}
    _, template = template_of("eventbridge-ecs", TOYS["daily"], **settings)
    (target,) = next(iter(fired(template).values()))["Targets"]
    override = aws.transformed(target, aws.scheduled_event("2026-11-20T03:00:00Z"), ContainerName="web")
    assert override["containerOverrides"][0]["command"][:3] == ["/venv/bin/python", "-u", "${HOME}/manage.py"]
    assert set(aws.references(template)) <= {*template["Parameters"], *template["Resources"], *aws.PSEUDO} | {
        "HasDeadLetterQueue"
    }


def test_a_task_needs_its_environment_and_no_token():
    text, _ = template_of("eventbridge-ecs")
    assert "Bearer" not in text
    assert BASE_URL not in text.replace(f"--base-url {BASE_URL}", "")
    assert "a slot would run twice" in text


def test_a_job_is_exported_alike_each_time(platform):
    exporter = all_exporters()[platform]
    jobs = [Job("a", schedule="0 3 * * *"), Job("b", schedule="0 4 * * *")]
    texts = {exporter.render(plan_for(exporter, *ordered)) for ordered in (jobs, jobs[::-1])}
    assert len(texts) == 1
