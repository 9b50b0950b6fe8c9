import json
import logging
import time
import traceback
from datetime import timedelta

import pytest
from stripe import HTTPClient

from crm.payments import provider
from crm.payments.provider import RETRIES, ProviderError, connect
from tests.jobs_api.execution.attempts import eventually

from ..factories import NOW, ago
from ..stripe_stand_in import KEY, charge

HOUR = timedelta(hours=1)
A_LIST = {"object": "list", "url": "/v1/charges", "has_more": False, "data": []}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Retries wait for half a second and longer."""
    monkeypatch.setattr(HTTPClient, "INITIAL_DELAY", 0.01)
    monkeypatch.setattr(HTTPClient, "MAX_DELAY", 0.01)


def charges(start=NOW - HOUR, end=NOW):
    with connect() as asked:
        return [found.id for found in asked.charges(start, end)]


def refused():
    with pytest.raises(ProviderError) as caught:
        charges()
    return caught


# -- asking -----------------------------------------------------------------------------------


def test_charges_are_listed_from_the_start_to_before_the_end(stripe):
    times = [NOW - HOUR - timedelta(seconds=1), NOW - HOUR, NOW - timedelta(seconds=1), NOW]
    stripe.charges = [charge(at=moment) for moment in times]
    assert charges() == [stripe.charges[2]["id"], stripe.charges[1]["id"]]


def test_all_pages_are_read_and_none_twice(stripe):
    stripe.charges = [charge(at=ago(seconds=number % 7 + 1)) for number in range(250)]
    assert sorted(charges()) == sorted(one["id"] for one in stripe.charges)
    assert len(stripe.asked) == 3


def test_one_charge_is_retrieved_by_its_id(stripe):
    stripe.charges = [charge(7), charge(8)]
    with connect() as asked:
        assert asked.charge(stripe.charges[1]["id"]).order_id == 8


def test_a_charge_that_the_provider_does_not_have_is_none(stripe):
    with connect() as asked:
        assert asked.charge("ch_unknown") is None


def test_the_provider_learns_nothing_about_this_machine(stripe):
    stripe.misbehave(200, A_LIST, headers={"Request-Id": "req_1"})
    with connect() as asked:
        assert [list(asked.charges(NOW - HOUR, NOW)) for _ in range(2)] == [[], []]
    for _, headers in stripe.asked:
        about = json.loads(headers["X-Stripe-Client-User-Agent"])
        assert not {"telemetry_id", "platform", "application"} & set(about)
        assert "X-Stripe-Client-Telemetry" not in headers


# -- what can go wrong ------------------------------------------------------------------------


def test_without_a_key_the_reason_names_the_setting(settings):
    assert settings.STRIPE_API_KEY == ""
    assert "STRIPE_API_KEY is not set. Set it to" in str(refused().value)


def test_a_key_that_the_provider_does_not_know(stripe):
    stripe.key = "another"
    assert "does not know the key in STRIPE_API_KEY" in str(refused().value)
    assert len(stripe.asked) == 1


def test_a_key_without_the_permission(stripe):
    stripe.misbehave(403, {"error": {"message": f"{KEY} may not"}})
    assert "Give it that permission" in str(refused().value)


@pytest.mark.parametrize("status", [500, 503])
def test_errors_of_the_provider_are_retried_and_then_told(stripe, status):
    stripe.misbehave(status, {"error": {"message": f"we have {KEY}"}})
    assert str(refused().value) == f"The payment provider failed: APIError, HTTP status {status}."
    assert len(stripe.asked) == 1 + RETRIES


def test_a_provider_that_fails_once_is_asked_again(stripe):
    stripe.charges = [charge()]
    stripe.misbehave(500, {"error": {}}, times=1)
    assert charges() == [stripe.charges[0]["id"]]


@pytest.mark.parametrize(("headers", "requests"), [({}, 1), ({"Stripe-Should-Retry": "true"}, 1 + RETRIES)])
def test_too_many_requests_are_not_made_many_more(stripe, headers, requests):
    stripe.misbehave(429, {"error": {"message": "slow down"}}, headers=headers)
    assert "had too many requests" in str(refused().value)
    assert len(stripe.asked) == requests


def test_a_provider_that_is_silent_is_not_waited_for(stripe, monkeypatch):
    monkeypatch.setattr(provider, "TIMEOUT", 0.1)
    stripe.misbehave(200, "{}", delay=60)
    start = time.monotonic()
    assert "cannot be reached, or is too slow" in str(refused().value)
    assert time.monotonic() - start < 30
    # The stand-in may still have to read what this process no longer waits for.
    eventually(lambda: len(stripe.asked) > RETRIES)
    assert len(stripe.asked) == 1 + RETRIES


@pytest.mark.parametrize("base", ["http://127.0.0.1:1", "127.0.0.1:1", "nothing", "http://"])
def test_a_wrong_address_is_told(stripe, settings, base):
    settings.STRIPE_API_BASE = base
    assert "Is STRIPE_API_BASE right?" in str(refused().value)


def test_a_slash_at_the_end_of_the_address_does_no_harm(stripe, settings):
    settings.STRIPE_API_BASE = stripe.base + "/"
    assert charges() == []
    assert stripe.asked[0][0].startswith("/v1/charges?")


@pytest.mark.parametrize(
    "body",
    [
        "<html>",
        "",
        "[" * 100_000,
        "[]",
        "null",
        "7",
        {},
        {"object": "charge"},
        A_LIST | {"data": None},
        A_LIST | {"data": [7]},
        A_LIST | {"data": ["ch_1"]},
        A_LIST | {"data": [{"amount": 100}]},
        A_LIST | {"data": [charge(id="ch\n1")]},
        A_LIST | {"data": [charge()], "has_more": True, "url": "https://elsewhere.example/"},
        {"object": "list", "data": [charge()]},
    ],
)
def test_an_answer_that_is_no_list_of_charges_is_told(stripe, body):
    stripe.misbehave(200, body)
    assert str(refused().value).startswith("The payment provider ")


def test_a_charge_that_cannot_be_read_is_kept_apart_and_stops_no_other(stripe):
    stripe.charges = [charge(), charge(id="ch_odd", status="disputed"), charge()]
    with connect() as asked:
        found = list(asked.charges(NOW - HOUR, NOW))
        assert asked.charge("ch_odd") is None
        assert len([one for one in found if one]) == 2
        assert asked.unreadable == {"ch_odd": ("ch_odd", "status")}


def test_a_second_page_that_is_broken_is_told(stripe):
    stripe.charges = [charge() for _ in range(150)]
    stripe.misbehave(200, {"object": "list"}, after=1)
    assert "not a charge" in str(refused().value)


def test_a_charge_by_id_that_is_none_is_told(stripe):
    stripe.misbehave(200, {"object": "charge"})
    with connect() as asked, pytest.raises(ProviderError, match="not a charge"):
        asked.charge("ch_1")


def test_a_charge_that_may_not_be_read_is_not_taken_for_a_missing_one(stripe):
    stripe.key = "another"
    with connect() as asked, pytest.raises(ProviderError, match="STRIPE_API_KEY"):
        asked.charge("ch_1")


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
def test_the_key_is_in_no_message_log_or_traceback(stripe, status, caplog):
    caplog.set_level(logging.DEBUG)
    stripe.misbehave(status, {"error": {"message": f"Invalid API Key: {KEY}"}})
    caught = refused()
    told = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert KEY not in told
    assert stripe.asked[0][1]["Authorization"] == f"Bearer {KEY}"


def test_a_key_that_no_header_can_hold_is_not_repeated_either(stripe, settings):
    settings.STRIPE_API_KEY = f"{KEY}\nX: y"
    caught = refused()
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert stripe.asked == []
