"""One path for all: what HTTP, the command line and Python send alike leads to the same outcome and rows."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.utils import timezone
from pydantic import BaseModel

from jobs_api import BadInput, trigger
from jobs_api.models import State
from jobs_api.monitoring import trigger_counts
from jobs_api.runs import job_state, pausing
from tests.conftest import stored_run
from tests.jobs_api.api.endpoints import bearer
from tests.jobs_api.management.calling import manage, now_slot, outcome_of

from .asking import TABLES, tables

pytestmark = pytest.mark.django_db

LATER = timezone.now() + timedelta(days=1)
DAY = timezone.now().date() - timedelta(days=3)
WRONG = "wrong input"
BY_ENTRANCE = {"trigger", "actor"}
BY_CLOCK = {"id", "created_at", "claimed_at", "started_at", "finished_at", "next_attempt_at", "since"}
BY_CLOCK |= {"lease_expires_at", "run_id", "error", "output_head", "output_tail", "output_size", "holder"}


class Params(BaseModel):
    say: str = "nothing"


def by_http(api, sent):
    """Options in the body, all else in the query; nothing is waited for, as in Python."""
    query = {key: str(value).lower() if value is True else value for key, value in sent.items()}
    body = {"reason": query.pop("reason", "")}
    if "options" in query:
        body["options"] = query.pop("options")
    path = f"/api/jobs/nightly/run?{urlencode({'wait': 0, **query})}"
    answer = api("POST", path, json=body, headers=bearer("trigger", "operate"))
    return WRONG if answer.status_code == 422 else answer.json()["outcome"]


def by_command(api, sent):
    words = ["jobs_run", "nightly"]
    for key, value in sent.items():
        text = json.dumps(value) if key == "options" else value
        words += [f"--{key.replace('_', '-')}", *([] if value is True else [text])]
    said = manage(*words)
    return WRONG if said.err.startswith("CommandError") else outcome_of(said)


def by_python(api, sent):
    try:
        return trigger("nightly", **sent).outcome
    except BadInput:
        return WRONG


ENTRANCES = {"http": by_http, "command": by_command, "python": by_python}


def fails(command, **options):
    raise ValueError("no")


def exits(command, **options):
    raise SystemExit(3)


def at_slot(**fields):
    return lambda job: stored_run(job, now_slot(job), **fields)


def paused(job):
    pausing.pause(job, actor="", comment="", at=timezone.now())


OTHER_SLOT = {"state": State.RUNNING, "lease_expires_at": LATER}
CASES = {
    # before, what is sent, the outcome
    "fresh": (None, {}, "succeeded"),
    "a command that raises": (fails, {}, "failed"),
    "a command that exits": (exits, {}, "failed"),
    "done": (at_slot(), {}, "already_succeeded"),
    "held": (at_slot(state=State.RUNNING, lease_expires_at=LATER), {}, "already_running"),
    "lost": (at_slot(state=State.RUNNING, lease_expires_at=timezone.now()), {}, "succeeded"),
    "cancelled": (at_slot(state=State.CANCELLED), {}, "cancelled"),
    "used up": (at_slot(state=State.FAILED, tries=3), {}, "attempts_exhausted"),
    "backing off": (at_slot(state=State.FAILED, tries=1, next_attempt_at=LATER), {}, "retry_later"),
    "skipped before": (at_slot(state=State.SKIPPED), {}, "succeeded"),
    "paused": (paused, {}, "paused"),
    "paused and forced": (paused, {"force": True}, "succeeded"),
    "overlap": (
        lambda job: stored_run(job, now_slot(job) - timedelta(days=1), **OTHER_SLOT),
        {},
        "overlap_skipped",
    ),
    "forced": (at_slot(), {"force": True, "reason": "by hand"}, "succeeded"),
    "a date": (None, {"run_date": str(DAY)}, "succeeded"),
    "an instant": (None, {"run_date": f"{DAY}T08:45:00+05:45"}, "succeeded"),
    "not a slot": (None, {"run_date": f"{DAY}T03:01:00Z"}, WRONG),
    "no offset": (None, {"run_date": f"{DAY}T03:00:00"}, WRONG),
    "ahead": (None, {"run_date": "2999-01-01"}, WRONG),
    "scheduled then": (None, {"scheduled_at": f"{DAY}T05:00:00+00:00"}, "succeeded"),
    "scheduled in the future": (None, {"scheduled_at": "2999-01-01T00:00:00+00:00"}, "succeeded"),
    "scheduled unreadably": (None, {"scheduled_at": "soon"}, "succeeded"),
    "too late": (None, {"run_date": str(DAY), "max_late": 3600}, "expired"),
    "not too late": (None, {"run_date": str(DAY), "max_late": 604800}, "succeeded"),
    "beyond the retention": (None, {"run_date": "2001-01-01"}, "expired"),
    "options": (None, {"options": {"say": "hello"}}, "succeeded"),
    "an unknown option": (None, {"options": {"sya": "hello"}}, WRONG),
    "a wrong option": (None, {"options": {"say": []}}, WRONG),
    "an option that no database stores": (None, {"options": {"say": "\x00"}}, WRONG),
    "from somewhere": (None, {"source": "beat", "reason": "to see"}, "succeeded"),
}


def as_stored():
    """What the tables hold, but for what tells which entrance it was and when; and what was counted."""
    left_out = BY_ENTRANCE | BY_CLOCK
    rows = [[{key: row[key] for key in row.keys() - left_out} for row in table] for table in tables()]
    return rows, dict(trigger_counts._counts)


@pytest.fixture
def nightly(declare, toy):
    toy(lambda command, **options: None)
    return declare(params=Params)


@pytest.mark.parametrize("case", CASES)
def test_each_entrance_leads_to_the_same_outcome_and_the_same_rows(case, api, nightly, toy):
    before, sent, outcome = CASES[case]
    seen = {}
    for name, entrance in ENTRANCES.items():
        for table in reversed(TABLES):
            table.objects.all().delete()
        trigger_counts._counts.clear()
        job_state.forget()
        if before in (fails, exits):
            toy(before)
        elif before is not None:
            before(nightly)
        seen[name] = (entrance(api, sent), as_stored())
    assert seen["python"][0] == outcome
    assert seen["http"] == seen["python"]
    assert seen["command"] == seen["python"]
