import time
from datetime import timedelta

import pytest

from crm.management.commands import deliver_webhooks
from crm.webhooks.sharing import shared

from ..factories import NOW, ago, delivery
from ..receiver import answer
from ..running import run

SLOW, QUICK = 1, 2


def test_a_slow_endpoint_costs_the_others_its_share_and_has_what_they_leave():
    order = []
    for _, endpoint in shared([*((number, SLOW) for number in range(3)), *((9, QUICK) for _ in range(5))]):
        order.append(endpoint)
        time.sleep(0.2 if endpoint == SLOW else 0)
    assert order == [SLOW, *[QUICK] * 5, SLOW, SLOW]


def test_the_deliveries_of_one_endpoint_keep_their_order():
    pairs = [(3, SLOW), (1, SLOW), (2, SLOW)]
    assert list(shared(pairs)) == pairs


def test_who_comes_first_begins():
    assert list(shared([(7, QUICK), (8, SLOW)])) == [(7, QUICK), (8, SLOW)]


# -- in runs of the job -----------------------------------------------------------------------


def deliver(run_date=NOW):
    return run("deliver_webhooks", run_date=run_date)


def slow(status, *, seconds):
    def answer_late(handler):
        time.sleep(seconds)
        answer(handler, status)

    return answer_late


@pytest.mark.django_db
@pytest.mark.parametrize("status", [204, 500])
def test_a_slow_endpoint_with_many_deliveries_does_not_keep_another_waiting(receiver, monkeypatch, status):
    monkeypatch.setattr(deliver_webhooks, "RUN_SECONDS", 1)
    busy, quick = receiver.endpoint("/busy"), receiver.endpoint("/quick")
    for _ in range(60):
        delivery(busy, next_try_at=ago(minutes=1))
    for _ in range(5):
        delivery(quick)
    receiver.answers = [slow(status, seconds=0.4), *[204] * 5]
    receiver.otherwise = slow(status, seconds=0.4)
    deliver()
    assert [message.path for message in receiver.messages[:7]] == ["/busy", *["/quick"] * 5, "/busy"]


@pytest.mark.django_db
def test_a_run_takes_on_some_of_each_endpoint_however_much_one_has(receiver, monkeypatch):
    monkeypatch.setattr(deliver_webhooks, "MOST", 3)
    busy, other = receiver.endpoint("/busy"), receiver.endpoint("/other")
    for _ in range(5):
        delivery(busy, next_try_at=ago(minutes=1))
    delivery(other)
    assert "3 delivered" in deliver()
    assert "/other" in {message.path for message in receiver.messages}


@pytest.mark.django_db
def test_who_has_had_a_turn_when_the_time_is_over_waits_behind_who_had_none(receiver, monkeypatch):
    """Each answer takes more than all the time of a run."""
    monkeypatch.setattr(deliver_webhooks, "RUN_SECONDS", 0.1)
    receiver.otherwise = slow(204, seconds=0.15)
    for path in ("/1", "/2", "/3"):
        hook = receiver.endpoint(path)
        for _ in range(5):
            delivery(hook, next_try_at=ago(minutes=1))
    delivery(receiver.endpoint("/last"))
    for slot in range(1, 9):
        deliver(run_date=NOW + timedelta(minutes=2 * slot))
    assert [message.path for message in receiver.messages[:4]] == ["/1", "/2", "/3", "/last"]


@pytest.mark.django_db
def test_what_is_to_be_tried_later_is_not_when_the_time_is_over(receiver, monkeypatch):
    monkeypatch.setattr(deliver_webhooks, "RUN_SECONDS", 0.1)
    receiver.otherwise = slow(204, seconds=0.15)
    hook = receiver.endpoint()
    for _ in range(2):
        delivery(hook)
    waiting = delivery(hook, next_try_at=NOW + timedelta(hours=1))
    assert "The time is over" in deliver()
    waiting.refresh_from_db()
    assert waiting.next_try_at == NOW + timedelta(hours=1)
