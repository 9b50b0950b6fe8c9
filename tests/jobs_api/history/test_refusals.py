"""Calls that were refused are remembered, for whoever sets up a caller: few of them, and without secrets."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from jobs_api.auth import tokens
from jobs_api.exceptions import NotFound
from jobs_api.history.refusals import refused_calls
from jobs_api.models import RefusedCall
from jobs_api.monitoring import refusals, trigger_counts
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
SECRET = "jobs_" + "s3cret" * 8
RUN = "/api/jobs/nightly/run"


def told():
    trigger_counts.flush()
    return [(each.status, each.reason, each.times) for each in refused_calls()]


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "No token in the header Authorization."),
        ({"Authorization": ""}, "No token in the header Authorization."),
        ({"Authorization": f"Basic {SECRET}"}, "The header Authorization holds no bearer token."),
        ({"Authorization": f"Bearer {SECRET}"}, "The token is unknown, expired or revoked."),
        ({"X-Jobs-Token": SECRET}, "The token is unknown, expired or revoked."),
    ],
)
def test_a_refused_call_is_told_with_the_reason_that_its_caller_must_not_learn(client, headers, reason):
    answer = client.post(RUN + "?token=" + SECRET, headers=headers, REMOTE_ADDR="203.0.113.9")
    assert answer.status_code == 401
    assert reason not in answer.text
    assert told() == [(401, reason, 1)]
    assert refused_calls()[0].address == "203.0.113.9"


def test_a_server_without_a_secret_is_told_as_that(client, monkeypatch):
    monkeypatch.setattr("jobs_api.conf.cron_secrets", lambda: ["short"])
    client.post(RUN, headers={"Authorization": "Bearer short"})
    assert told() == [(401, "This server has no CRON_SECRET of 32 characters or more.", 1)]


def test_other_refusals_are_told_too_and_wrong_values_without_the_value(api, declare):
    declare()
    api("POST", "/api/jobs/nigthly/run")
    api("POST", RUN + "?pasword=" + SECRET)
    _, secret = tokens.create("reader", scopes=["read"], at=NOON)
    api("POST", RUN, headers={"Authorization": f"Bearer {secret}"})
    reasons = {status: reason for status, reason, _ in told()}
    assert reasons[404] == "There is no job 'nigthly'."
    assert reasons[422] == "A value in the request is wrong"
    assert reasons[403].startswith("The token 'reader' lacks the scope 'trigger'")
    assert SECRET not in str(list(RefusedCall.objects.values()))


def test_a_call_that_was_taken_is_not_told(api, declare, toy):
    declare(schedule=None)
    toy(lambda command, **options: None)
    api("GET", "/api/jobs")
    assert told() == []


def test_a_refused_call_costs_no_statement(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.post(RUN)


def test_a_flood_takes_neither_memory_nor_rows_and_hides_nothing_else(django_assert_max_num_queries):
    trigger_counts.refused("198.51.100.7", 404, "There is no job 'nigthly'.")
    for number in range(500):
        trigger_counts.refused(f"10.0.{number // 250}.{number % 250}", 401, "bad")
        assert len(refusals.noted) <= refusals.MOST
    with django_assert_max_num_queries(2):
        trigger_counts._flush_refusals()
    found = told()
    assert (404, "There is no job 'nigthly'.", 1) in found
    assert len([each for each in found if each[0] == 401]) == refusals.ALIKE
    for number in range(500):
        trigger_counts.refused("10.0.0.1", 400 + number, "many kinds")
    told()
    assert RefusedCall.objects.count() == refusals.MOST


def test_calls_for_one_reason_from_one_address_are_one_row_that_counts_them(monkeypatch):
    for minutes in range(3):
        monkeypatch.setattr(trigger_counts.clock, "estimate", lambda: NOON + timedelta(minutes=minutes))  # noqa: B023
        trigger_counts.refused("203.0.113.9", 401, "bad")
        trigger_counts.refused("203.0.113.9", 401, "bad")
        trigger_counts.flush()
    (found,) = refused_calls()
    assert (found.times, found.at) == (6, NOON + timedelta(minutes=2))


def test_what_comes_from_outside_stands_in_one_visible_line_without_secrets():
    asked = NotFound("There is no job 'a\u202e\n?password=hunter2000'.")
    trigger_counts.refused("\x1b[31m\n::1", 404, refusals.reason_of(asked))
    trigger_counts.flush()
    (found,) = refused_calls()
    assert found.address == r"\x1b[31m ::1"
    assert found.reason == r"There is no job 'a\u202e ?password=***'."


def test_a_reason_of_ours_is_translated():
    trigger_counts.refused("::1", 401, "No token in the header Authorization.")
    trigger_counts.flush()
    with translation.override("de"):
        assert refused_calls()[0].reason
