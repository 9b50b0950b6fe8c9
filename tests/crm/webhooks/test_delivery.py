from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from crm.models import WebhookDelivery, WebhookEndpoint
from crm.webhooks import delivery as module
from crm.webhooks.delivery import BACK_OFF, Outcome, deliver, next_try

from ..factories import NOW, ago, delivery, endpoint
from ..receiver import answer

pytestmark = pytest.mark.django_db


def make_try(of, at=NOW):
    return deliver(of.pk, due=at, now=at)


def test_the_tries_are_spread_over_more_than_three_days():
    waits = [next_try(attempts, NOW) - NOW for attempts in range(1, 10)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(minutes=1), timedelta(days=1))
    assert timedelta(days=3) < sum(waits, timedelta()) < timedelta(days=4)
    assert next_try(10, NOW) is None


# -- accepted ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_status_of_success_is_one(receiver, status):
    receiver.otherwise = status
    sent = delivery(receiver.endpoint())
    assert make_try(sent).outcome == Outcome.DELIVERED
    sent.refresh_from_db()
    assert (sent.attempts, sent.delivered_at, sent.next_try_at) == (1, NOW, None)


def test_what_was_delivered_is_not_sent_again(receiver):
    sent = delivery(receiver.endpoint())
    make_try(sent)
    assert make_try(sent, at=NOW + timedelta(days=9)) is None
    assert len(receiver.messages) == 1


def test_a_success_forgets_the_failures_before_it(receiver):
    hook = receiver.endpoint(failing_since=ago(days=2))
    sent = delivery(hook, last_error="HTTP 500", attempts=4)
    make_try(sent)
    hook.refresh_from_db()
    sent.refresh_from_db()
    assert (hook.failing_since, sent.last_error) == (None, "")


# -- not accepted -----------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 429, 500, 503])
def test_every_other_status_is_a_failure_and_tried_again(receiver, status):
    receiver.otherwise = status
    sent = delivery(receiver.endpoint())
    made = make_try(sent)
    assert (made.outcome, made.answer, made.disabled) == (Outcome.WAITING, f"HTTP {status}", "")
    sent.refresh_from_db()
    assert (sent.attempts, sent.next_try_at) == (1, NOW + BACK_OFF[0])
    assert (sent.last_error, sent.delivered_at) == (f"HTTP {status}", None)
    assert (sent.endpoint.failing_since, sent.endpoint.disabled_at) == (NOW, None)


def test_who_fails_for_days_is_not_disabled_before_something_is_given_up(receiver):
    receiver.otherwise = 500
    hook = receiver.endpoint(failing_since=ago(days=4))
    assert make_try(delivery(hook, attempts=8)).disabled == ""
    hook.refresh_from_db()
    assert (hook.failing_since, hook.disabled_at) == (ago(days=4), None)


def test_nothing_is_sent_before_its_time(receiver):
    receiver.answers = [500]
    sent = delivery(receiver.endpoint())
    make_try(sent)
    assert make_try(sent, at=NOW + BACK_OFF[0] - timedelta.resolution) is None
    assert make_try(sent, at=NOW + BACK_OFF[0]).outcome == Outcome.DELIVERED


def test_after_the_last_try_it_is_given_up(receiver):
    receiver.otherwise = 500
    sent = delivery(receiver.endpoint(failing_since=ago(days=1)), attempts=9)
    assert make_try(sent).outcome == Outcome.GIVEN_UP
    sent.refresh_from_db()
    assert (sent.attempts, sent.next_try_at, sent.delivered_at) == (10, None, None)
    assert sent.endpoint.disabled_at is None


def test_an_endpoint_that_never_accepts_anything_is_disabled_after_the_last_try(receiver):
    receiver.otherwise = 500
    sent, at, outcomes = delivery(receiver.endpoint()), NOW, []
    while at:
        outcomes.append(make_try(sent, at).outcome)
        sent.refresh_from_db()
        last, at = at, sent.next_try_at
    assert outcomes == [Outcome.WAITING] * 9 + [Outcome.GIVEN_UP]
    assert sent.endpoint.disabled_at == last
    assert sent.endpoint.disabled_reason == "It has accepted nothing for 3 days; last: HTTP 500."


def test_a_success_in_between_keeps_an_endpoint_enabled(receiver, monkeypatch):
    receiver.otherwise = 500
    hook = receiver.endpoint(failing_since=ago(days=4))
    sent = delivery(hook, attempts=9)
    monkeypatch.setattr(module, "send", lambda _: WebhookEndpoint.objects.update(failing_since=None) and 500)
    assert make_try(sent).disabled == ""
    hook.refresh_from_db()
    assert hook.disabled_at is None


# -- gone, and back ---------------------------------------------------------------------------


def test_an_endpoint_that_says_it_is_gone_is_disabled_at_once(receiver):
    receiver.answers = [410]
    hook = receiver.endpoint()
    gone, other = delivery(hook), delivery(hook)
    assert make_try(gone).disabled == "It answered that it is gone (HTTP 410)."
    assert make_try(other) is None
    hook.refresh_from_db()
    other.refresh_from_db()
    assert (hook.disabled_at, hook.disabled_reason) == (NOW, "It answered that it is gone (HTTP 410).")
    assert (other.attempts, other.next_try_at) == (0, NOW)


def test_an_endpoint_that_is_enabled_again_gets_what_it_missed(receiver):
    receiver.answers = [410]
    hook, later = receiver.endpoint(), NOW + timedelta(seconds=30)
    gone, other = delivery(hook), delivery(hook)
    make_try(gone)
    assert WebhookEndpoint.objects.enable(now=later) == 1
    assert [make_try(one, later).outcome for one in (gone, other)] == [Outcome.DELIVERED] * 2
    hook.refresh_from_db()
    assert (hook.disabled_at, hook.disabled_reason, hook.failing_since) == (None, "", None)


def test_enabling_leaves_other_endpoints_and_what_was_given_up_alone():
    fine, gone = endpoint(), endpoint(disabled_at=NOW, disabled_reason="Gone.")
    waiting, given_up = delivery(fine, next_try_at=NOW + BACK_OFF[5]), delivery(gone, next_try_at=None)
    assert WebhookEndpoint.objects.enable(now=NOW) == 1
    waiting.refresh_from_db()
    given_up.refresh_from_db()
    assert (waiting.next_try_at, given_up.next_try_at) == (NOW + BACK_OFF[5], None)


def test_who_disables_first_says_why():
    hook = endpoint()
    endpoints = WebhookEndpoint.objects.filter(pk=hook.pk)
    assert [endpoints.disable(reason, now=NOW) for reason in ("Gone.", "Moved.")] == [1, 0]
    assert endpoints.get().disabled_reason == "Gone."


# -- others -----------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [429, 502, 503, 504, "nothing"])
def test_what_else_is_due_to_an_endpoint_out_of_service_waits_for_the_next_run(receiver, settings, said):
    settings.CRM_WEBHOOK_TIMEOUT = 0.2
    receiver.otherwise = said if said != "nothing" else lambda handler: handler.rfile.read(1)
    hook = receiver.endpoint()
    first, second, elsewhere = delivery(hook), delivery(hook), delivery()
    make_try(first)
    assert make_try(second) is None
    second.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (second.attempts, second.next_try_at) == (0, NOW + BACK_OFF[0])
    assert elsewhere.next_try_at == NOW


def test_what_was_put_off_since_it_was_found_is_not_tried(receiver, monkeypatch):
    """As another run does, which has found the endpoint out of service."""
    sent, real = delivery(receiver.endpoint()), module._claim

    def claim_late(found, due, now):
        WebhookDelivery.objects.update(next_try_at=NOW + BACK_OFF[0])
        return real(found, due, now)

    monkeypatch.setattr(module, "_claim", claim_late)
    assert make_try(sent) is None
    assert receiver.messages == []


def test_an_answer_to_one_event_says_nothing_of_the_next(receiver):
    receiver.answers = [500]
    hook = receiver.endpoint()
    make_try(delivery(hook))
    assert make_try(delivery(hook)).outcome == Outcome.DELIVERED


# -- crashes ----------------------------------------------------------------------------------


class Killed(BaseException):
    """As if the process had ended here."""


def die(*args):
    raise Killed


def test_a_crash_costs_a_try_and_waits(receiver, monkeypatch):
    sent = delivery(receiver.endpoint())
    with monkeypatch.context() as patch:
        patch.setattr(module, "send", die)
        with pytest.raises(Killed):
            make_try(sent)
    assert make_try(sent) is None
    assert make_try(sent, at=NOW + BACK_OFF[0]).outcome == Outcome.DELIVERED
    sent.refresh_from_db()
    assert (sent.attempts, len(receiver.messages)) == (2, 1)


@pytest.mark.django_db(transaction=True)
def test_the_try_is_on_record_when_the_request_arrives(receiver):
    seen = []

    def look(handler):
        seen.append(WebhookDelivery.objects.values_list("attempts", "delivered_at").get())
        connection.close()
        answer(handler, 204)

    receiver.otherwise = look
    make_try(delivery(receiver.endpoint()))
    assert seen == [(1, None)]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_inside_a_transaction(receiver):
    sent = delivery(receiver.endpoint())
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        make_try(sent)
    assert receiver.messages == []


def test_a_delivery_takes_three_statements(receiver, django_assert_num_queries):
    sent = delivery(receiver.endpoint(), created_at=timezone.now())
    with django_assert_num_queries(3 + 2):  # and a savepoint around the claim
        make_try(sent)
