"""Two declarations of one job at once: a rolling deploy, a forgotten worker, two zones (contract 2.5)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs_api import Job, registry
from jobs_api.models import JobDeclaration, JobRun
from jobs_api.monitoring import health
from jobs_api.runs import hosts, job_state
from jobs_api.runs.types import Trigger
from jobs_api.triggers.dispatch import dispatch
from jobs_api.triggers.request import Request
from tests.conftest import NOON, stored_run
from tests.jobs_api.api.endpoints import ENDPOINTS, bearer
from tests.jobs_api.triggers.waiting import run_due

pytestmark = pytest.mark.django_db(transaction=True)

HOURLY = {"schedule": "0 * * * *", "timezone": "UTC"}
OTHERS = {
    "another minute": {"schedule": "30 * * * *", "timezone": "UTC"},
    "another zone": {"schedule": "0 * * * *", "timezone": "Asia/Kathmandu"},
    "another TIME_ZONE": {"schedule": "0 * * * *", "timezone": None},
    "on demand there": {"schedule": None, "timezone": "UTC"},
}


class Host:
    """A process that declares the job in its own way; a fresh one remembers nothing."""

    def __init__(self, settings, time_zone="UTC", **fields):
        self.settings, self.time_zone = settings, time_zone
        self.fields = {"command": "toy", "catch_up_window": 86400 * 3, "grace": 60, **fields}

    def __enter__(self):
        self.settings.TIME_ZONE = self.time_zone
        self.before = registry.jobs()
        registry.fill([Job("nightly", **self.fields)])
        job_state.forget()
        return registry.get("nightly")

    def __exit__(self, *error):
        registry.fill(self.before)

    def run_due(self, now):
        with self:
            return run_due(now).counts

    def trigger(self, run_date, now):
        with self as job:
            return dispatch(Request(job, run_date, Trigger("http")), now=now).outcome

    def health(self, now):
        with self:
            _, [standing] = job_state.standings(now=now)
            return health.verdict(standing, None, now)


@pytest.fixture
def host(settings):
    return lambda **fields: Host(settings, **fields)


def at(**delta):
    return NOON + timedelta(**delta)


@pytest.fixture(params=OTHERS.values(), ids=OTHERS)
def two(request, host):
    """One host declares the job hourly in UTC, the other in another way."""
    other = {"time_zone": "Asia/Kathmandu"} if request.param["timezone"] is None else {}
    return host(**HOURLY), host(**request.param, **other)


def test_run_due_of_either_starts_the_job_while_both_call(two):
    one, other = two
    started = []
    for minute in range(-28, 124, 5):
        for caller in (one, other):
            started.append((caller, caller.run_due(at(minutes=minute)).get("succeeded", 0)))

    assert sum(count for caller, count in started if caller is one) == 3
    if other.fields["schedule"]:
        assert sum(count for caller, count in started if caller is other) in (2, 3)
    starts = JobRun.objects.values_list("run_date", flat=True)
    assert {at(), at(hours=1), at(hours=2)} <= set(starts)


def test_the_job_is_missed_on_either_where_none_has_called(two):
    one, other = two
    for each in two:
        each.run_due(at(hours=-5))

    for _ in range(3):  # looking resets nothing
        verdicts = [each.health(at(minutes=40)) for each in (other, one)]

    assert verdicts == ["missed" if other.fields["schedule"] else "ok", "missed"]
    assert one.run_due(at(minutes=40)) == {"succeeded": 1}


def test_a_forgotten_worker_that_only_reads_resets_nothing(two, api):
    one, forgotten = two
    one.run_due(at(hours=-5))
    with forgotten:
        for path in ("/api/jobs", "/api/jobs/nightly", "/api/health/jobs"):
            api("GET", path)

    assert list(JobDeclaration.objects.filter(job_name="nightly").values_list("since", flat=True)) == [
        at(hours=-5)
    ]
    assert one.run_due(at()) == {"succeeded": 1}


def test_one_that_triggers_by_name_resets_nothing(two):
    one, forgotten = two
    one.run_due(at(hours=-5))
    slot = at(hours=-4, minutes=-30) if forgotten.fields["schedule"] != "0 * * * *" else at(minutes=-255)

    assert forgotten.trigger(slot, at(hours=-4)) == "succeeded"

    assert one.health(at(minutes=2)) == "missed"
    assert one.run_due(at(minutes=2)) == {"succeeded": 1}


def test_back_to_an_earlier_declaration_is_known_since_its_first_time(host):
    first, second = host(**HOURLY), host(**OTHERS["another minute"])
    for hours, each in ((-50, first), (-40, second), (-30, first)):
        each.run_due(at(hours=hours))

    since = dict(JobDeclaration.objects.filter(job_name="nightly").values_list("schedule", "since"))
    assert since == {"0 * * * *": at(hours=-50), "30 * * * *": at(hours=-40)}
    assert first.run_due(at()) == {"succeeded": 1}  # the newest slot, once: not all since then


def test_what_passed_before_a_declaration_was_known_is_not_missed(host):
    host(**HOURLY).run_due(at(hours=-50))
    new = host(schedule="30 * * * *", timezone="UTC", catch_up="all")

    assert new.health(at()) == "ok"
    assert new.run_due(at()) == {}
    assert new.run_due(at(minutes=31)) == {"succeeded": 1}


# -- reading ----------------------------------------------------------------------------------

READS = [endpoint for endpoint in ENDPOINTS if endpoint.method == "GET" and endpoint.scopes]


@pytest.mark.parametrize("endpoint", READS, ids=str)
@pytest.mark.parametrize("known", [True, False])
def test_reading_writes_nothing(api, declare, endpoint, known):
    job = declare(schedule="0 3 * * *")
    if known:
        job_state.know_all(at=NOON)
    run = stored_run(job, state=endpoint.state)
    hosts.forget()
    token = bearer("read")
    api("GET", "/api/runs/0", headers=token)  # notes the token's use, at most once a minute

    with CaptureQueriesContext(connection) as queries:
        assert endpoint.call(api, run, headers=token).status_code in (200, 503)

    written = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert written == []


def test_a_state_that_the_database_does_not_know_is_seen_without_being_noted(declare):
    declare()
    _, [standing] = job_state.standings(now=NOON)
    assert (standing.since, JobDeclaration.objects.filter(job_name="nightly").count()) == (None, 0)


def test_what_is_for_people_makes_no_other_declaration(host):
    """Known-since, and what hosts compare, go by schedule and zone alone."""
    silent = host(**HOURLY)
    telling = host(**HOURLY, owner="ops", runbook="https://wiki.example.com/x", tags=("billing",))
    told = []
    for number, each in enumerate((silent, telling)):
        with each:
            job_state.know_all(at=at(days=number))
            told.append(hosts.fingerprint(hosts.declarations()))
    assert told[0] == told[1]
    assert [row.since for row in JobDeclaration.objects.all()] == [NOON]
