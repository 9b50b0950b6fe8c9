"""Policies as sentences."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, Field

import crm.jobs
from jobs_api import Job
from jobs_api.dashboard.job_page.policies import declared_in, policies
from tests.jobs_api.dashboard.job_page.conftest import VIEWER


class Wanted(BaseModel):
    region: str = Field(default="eu", description="Which region.", validation_alias="where")
    secret: str = "do not show"


def told(**fields):
    job = Job("nightly", **{"schedule": "0 * * * *", "timezone": "Europe/Berlin", **fields})
    return {policy.name: " ".join([policy.sentence, *policy.more]) for policy in policies(job, VIEWER)}


def test_the_defaults_are_said_in_sentences():
    assert told() == {
        "When": "Every hour, in Europe/Berlin.",
        "Tries": "Up to 3. First retry after 1 m, then 2 m.",
        "Time": "Stopped after 1 h.",
        "Overlap": "If a slot is still running, the next is skipped.",
        "Catch-up": "Only the newest slot that was missed, up to 1 d back.",
        "Late": "Counts as missed 30 m after the slot.",
        "Expires": "Never: a slot may be started for 400 days, as long as runs are kept.",
        "Runs in": "The web process that is called (inline).",
    }


@pytest.mark.parametrize(
    ("fields", "name", "says"),
    [
        ({"max_attempts": 1}, "Tries", "One. What failed is not tried again."),
        ({"max_attempts": 2, "retry_backoff": 5}, "Tries", "Up to 2. The retry begins after 5 s."),
        ({"retry_backoff": 0}, "Tries", "Up to 3. A retry may begin at once."),
        (
            {"max_attempts": 9},
            "Tries",
            "Up to 9. First retry after 1 m, then 2 m, 4 m, 8 m and so on, twice as long each time.",
        ),
        ({"overlap": "allow"}, "Overlap", "Several slots may run at once."),
        ({"catch_up": "none"}, "Catch-up", "None: a missed slot stays missed."),
        (
            {"catch_up": "all", "catch_up_window": 7 * 86400},
            "Catch-up",
            "Every slot that was missed, up to 7 d back.",
        ),
        ({"expires": 7200}, "Expires", "A slot older than 2 h is no longer started."),
        ({"executor": "subprocess"}, "Runs in", "A process of its own (subprocess)."),
        ({"executor": "celery"}, "Runs in", "Another process, by the executor celery."),
        ({"schedule": None}, "When", "On demand only: no slot is due by itself."),
        ({"params": Wanted}, "Options", "A caller may send 2 options: where: Which region. secret"),
    ],
)
def test_each_policy_says_what_it_does(fields, name, says):
    assert told(**fields)[name] == says


def test_on_demand_nothing_is_late_or_caught_up():
    assert not {"Late", "Catch-up"} & told(schedule=None).keys()


def test_where_a_job_is_declared_is_found():
    assert declared_in(crm.jobs.jobs[0]) == "crm.jobs"
    assert declared_in(Job("elsewhere")) == ""
