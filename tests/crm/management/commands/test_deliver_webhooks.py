from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from crm.management.commands import deliver_webhooks
from crm.models import Event, WebhookDelivery
from crm.ordering import pay, place
from crm.webhooks import delivery as tries
from jobs_api.execution.current import CurrentRun
from tests.jobs_api.execution.attempts import eventually

from ...factories import NOW, ago, customer, delivery, endpoint, product
from ...receiver import answer, receiving
from ...running import run

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def deliver(run_date=NOW, **options):
    return run("deliver_webhooks", run_date=run_date, **options)


def summary(said):
    return said.splitlines()[-1]


@pytest.fixture
def receiver(settings, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    settings.CRM_WEBHOOK_HOSTS = ["127.0.0.1"]
    with receiving() as receiver:
        yield receiver


def test_what_happens_to_an_order_is_told_to_who_wants_to_know(receiver):
    receiver.endpoint("/all")
    receiver.endpoint("/paid", event=Event.ORDER_PAID)
    made = place(customer(), {product(): 1})
    pay(type(made).objects.all(), now=timezone.now())
    assert summary(deliver(run_date=None)) == (
        "Webhooks: 3 delivered, 0 to be tried again, 0 given up, 0 endpoints disabled."
    )
    told = {(message.path, message.payload["type"]) for message in receiver.messages}
    assert told == {("/all", "order.created"), ("/all", "order.paid"), ("/paid", "order.paid")}
    assert {message.payload["data"]["id"] for message in receiver.messages} == {made.pk}


def test_it_says_what_came_of_each_delivery(receiver):
    receiver.answers = [200, 500, 500, 410]
    hooks = [receiver.endpoint(f"/hooks?key=hidden-{number}") for number in range(4)]
    sent = [delivery(hook, attempts=9 if hook is hooks[2] else 0) for hook in hooks]
    assert deliver().splitlines() == [
        f"Delivery {sent[0].pk} to endpoint {hooks[0].pk}: HTTP 200, delivered.",
        f"Delivery {sent[1].pk} to endpoint {hooks[1].pk}: HTTP 500, to be tried again.",
        f"Delivery {sent[2].pk} to endpoint {hooks[2].pk}: HTTP 500, given up.",
        f"Delivery {sent[3].pk} to endpoint {hooks[3].pk}: HTTP 410, to be tried again.",
        f"Endpoint {hooks[3].pk} disabled: It answered that it is gone (HTTP 410).",
        "Webhooks: 1 delivered, 2 to be tried again, 1 given up, 1 endpoint disabled.",
    ]


def test_the_longest_due_goes_first(receiver):
    hook = receiver.endpoint()
    for number, minutes in enumerate([5, 20, 10]):
        delivery(hook, number=number, next_try_at=ago(minutes=minutes))
    deliver()
    assert [message.payload["data"]["id"] for message in receiver.messages] == [1, 2, 0]


@pytest.mark.parametrize("fields", [{"next_try_at": NOW + timedelta.resolution}, {"next_try_at": None}])
def test_what_is_not_due_is_left_alone(receiver, fields):
    delivery(receiver.endpoint(), **fields)
    assert "0 delivered" in summary(deliver())


def test_disabled_endpoints_are_left_alone(receiver):
    delivery(receiver.endpoint(disabled_at=NOW, disabled_reason="Gone."))
    assert "0 delivered, 0 to be tried again" in summary(deliver())
    assert receiver.messages == []


# -- again ------------------------------------------------------------------------------------


def test_what_was_not_accepted_is_not_tried_again_by_the_same_slot(receiver):
    receiver.answers = [204, 500]
    for _ in range(2):
        delivery(receiver.endpoint())
    assert "1 delivered, 1 to be tried again" in deliver()
    before = list(WebhookDelivery.objects.order_by("pk").values())
    assert "0 delivered, 0 to be tried again" in deliver()
    assert list(WebhookDelivery.objects.order_by("pk").values()) == before
    assert len(receiver.messages) == 2


def test_slots_that_are_run_late_do_not_use_up_the_tries(receiver):
    """After an hour without a scheduler: thirty slots, one after the other."""
    receiver.otherwise = 500
    late = delivery(receiver.endpoint(), next_try_at=timezone.now() - HOUR)
    for minutes in range(60, 0, -2):
        deliver(run_date=timezone.now() - timedelta(minutes=minutes))
    late.refresh_from_db()
    assert late.attempts == 1
    assert late.next_try_at > timezone.now()


def test_the_next_try_comes_after_the_slot_even_if_the_clock_is_behind(receiver):
    receiver.otherwise = 500
    ahead = timezone.now() + HOUR
    early = delivery(receiver.endpoint())
    deliver(run_date=ahead)
    early.refresh_from_db()
    assert early.next_try_at > ahead


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_make_each_try_once(receiver):
    hook, both = receiver.endpoint(), Barrier(2)
    sent = [delivery(hook, number=number) for number in range(20)]

    def run_at_once():
        both.wait()
        deliver()
        connection.close()

    threads = [Thread(target=run_at_once) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(message.id for message in receiver.messages) == sorted(str(one.message_id) for one in sent)
    assert set(WebhookDelivery.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_what_another_run_has_claimed_since_it_was_found_is_left_to_it(receiver, monkeypatch):
    sent = delivery(receiver.endpoint())
    real = tries._claim

    def beaten(found, due, now):
        assert real(WebhookDelivery.objects.get(pk=found.pk), due, now)
        return real(found, due, now)

    monkeypatch.setattr(tries, "_claim", beaten)
    assert "0 delivered, 0 to be tried again" in deliver()
    sent.refresh_from_db()
    assert (sent.attempts, receiver.messages) == (1, [])


# -- many, slow, old --------------------------------------------------------------------------


def test_a_thousand_are_sent_with_three_statements_each(receiver, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(tries, "send", lambda delivery: 204)
    payload = {"type": "order.paid"}
    hook = receiver.endpoint()
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(endpoint=hook, event=Event.ORDER_PAID, payload=payload, next_try_at=NOW)
        for _ in range(1001)
    )
    within = CurrentRun(job_name="deliver_webhooks", run_date=NOW, attempt=1)
    with django_assert_max_num_queries(1000 * (3 + 2) + 2):  # and savepoints around the claims
        assert "1000 delivered" in summary(deliver(within=within))
    assert (within.done, within.total) == (1000, 1000)
    assert WebhookDelivery.objects.get(delivered_at=None).attempts == 0
    assert "1 delivered" in summary(deliver())


def test_endpoints_take_turns_however_much_one_has(receiver, monkeypatch):
    monkeypatch.setattr(deliver_webhooks, "MOST", 3)
    busy, other = receiver.endpoint("/busy"), receiver.endpoint("/other")
    for _ in range(5):
        delivery(busy, next_try_at=ago(minutes=1))
    delivery(other)
    assert "3 delivered" in deliver()
    assert [message.path for message in receiver.messages] == ["/busy", "/other", "/busy"]


def test_a_silent_endpoint_costs_a_run_one_time_out(receiver, settings, monkeypatch):
    silent, fine = receiver.endpoint("/silent"), receiver.endpoint("/fine")
    receiver.otherwise = lambda handler: (
        handler.rfile.read(1) if handler.path == "/silent" else answer(handler, 204)
    )
    send = tries.send

    def send_with_time_for_an_answer(sent):
        """Only where none comes does a slow machine not matter."""
        settings.CRM_WEBHOOK_TIMEOUT = 0.3 if sent.endpoint == silent else 20
        return send(sent)

    monkeypatch.setattr(tries, "send", send_with_time_for_an_answer)
    for _ in range(20):
        delivery(silent)
    delivery(fine)
    assert "1 delivered, 1 to be tried again" in summary(deliver())
    # The receiver may still have to read what is waited for no longer.
    eventually(lambda: len(receiver.messages) > 1)
    assert sorted(message.path for message in receiver.messages) == ["/fine", "/silent"]


def test_a_run_whose_time_is_over_leaves_the_rest_to_the_next(receiver, monkeypatch):
    for _ in range(2):
        delivery(receiver.endpoint())
    with monkeypatch.context() as patch:
        patch.setattr(deliver_webhooks, "RUN_SECONDS", -1)
        assert deliver().splitlines()[0] == "The time is over; the rest is for the next run."
    assert "2 delivered" in summary(deliver())


def test_what_was_finished_a_month_ago_is_deleted():
    hook, long_ago = endpoint(), ago(days=30, minutes=1)
    delivery(hook, created_at=long_ago, next_try_at=None, delivered_at=long_ago)
    delivery(hook, created_at=long_ago, next_try_at=None)
    kept = [
        delivery(hook, created_at=ago(days=30), next_try_at=None, delivered_at=NOW),
        delivery(hook, created_at=long_ago, next_try_at=NOW + HOUR),
    ]
    assert deliver().splitlines()[0] == "Old deliveries: 2 deleted."
    assert list(WebhookDelivery.objects.order_by("pk")) == kept


# -- faults -----------------------------------------------------------------------------------


def test_what_an_endpoint_does_not_accept_is_no_failure_of_the_job(receiver):
    receiver.otherwise = 500
    delivery(receiver.endpoint())
    assert "1 to be tried again" in deliver()


def test_a_database_that_does_not_work_is_one(receiver, monkeypatch):
    def broken(*args):
        raise DatabaseError("no more space")

    delivery(receiver.endpoint())
    monkeypatch.setattr(tries, "_accepted", broken)
    with pytest.raises(DatabaseError, match="no more space"):
        deliver()


def test_neither_secrets_nor_payloads_nor_urls_are_told(receiver, settings):
    receiver.answers = [204, 500]
    hooks = [receiver.endpoint("/path-key?key=query-key") for _ in range(2)]
    for hook in hooks:
        delivery(hook, payload={"data": {"id": "payload-text"}})
    said = deliver()
    settings.CRM_WEBHOOK_HOSTS = []
    delivery(hooks[0], payload={"data": {"id": "payload-text"}})
    said += deliver()
    said += "".join(WebhookDelivery.objects.values_list("last_error", flat=True))
    assert "HTTP 204" in said
    assert "127.0.0.1 is not a host that CRM_WEBHOOK_HOSTS allows" in said
    for word in ("path-key", "query-key", "payload-text", *(hook.secret for hook in hooks)):
        assert word not in said
