"""A broker in every kind of trouble: callers hear of it soon, and nobody of its password."""

from __future__ import annotations

import logging
import socket
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs_api.executors import celery as executor
from jobs_api.executors.celery import broker as sending
from jobs_api.models import JobRun, Reason, State
from tests.databases import ONE_DATABASE
from tests.jobs_api.triggers.asking import trigger

from .broker import PASSWORD, messages

pytestmark = [pytest.mark.django_db(transaction=True), ONE_DATABASE]

SOON = 15
"""Seconds, on a busy machine; the hosts here would wait for thirty."""


@pytest.fixture
def silent():
    """The port of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def black_hole():
    """The port of one that does not even take them: packets are lost on the way."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for client in waiting:
            client.close()


def refused(declare, use_celery, url):
    """One trigger with this broker, by a host whose workers wait: what came of it, and how long it took."""
    app = use_celery(url)
    patient = ("socket_connect_timeout", "socket_timeout", "read_timeout", "write_timeout", "max_retries")
    app.conf.broker_transport_options = dict.fromkeys(patient, 30)
    app.conf.broker_connection_timeout = 30
    job = declare(max_attempts=1)
    started = time.monotonic()
    result = trigger(job, now=None, wait_own=20)
    return job, result, time.monotonic() - started


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
@pytest.mark.parametrize("trouble", ["closed", "silent", "black_hole"])
def test_an_unreachable_broker_closes_the_attempt_soon_and_costs_no_try(
    declare, use_celery, request, scheme, trouble
):
    """Callers give up after 5 s; what they are told must not hold the broker's password."""
    port = 1 if trouble == "closed" else request.getfixturevalue(trouble)
    job, result, took = refused(declare, use_celery, f"{scheme}://user:{PASSWORD}@127.0.0.1:{port}//")

    run = JobRun.objects.get()
    assert (result.outcome, result.retry_after) == ("submit_failed", 10)
    assert took < SOON
    assert (run.state, run.reason, run.tries, run.held_job) == (State.FAILED, Reason.SUBMIT_FAILED, 0, None)
    said = "Connection refused" if trouble == "closed" else "no answer in time"
    assert run.error == f"The broker did not accept the message: {run.error.split()[7]} {said}."
    if trouble == "closed":
        assert trigger(job, now=None).run.attempt == 2


@pytest.mark.parametrize(
    "url", ["redis://:hun/ter2@127.0.0.1:1/0", "redis://:hunter2@[broken", "amqp://u:hunter2@no host/", "what://:hunter2@h"]
)  # fmt: skip
def test_whatever_is_wrong_with_the_brokers_address_its_password_is_not_told(
    declare, use_celery, url, caplog
):
    caplog.set_level(logging.INFO)
    _, result, took = refused(declare, use_celery, url)

    error = JobRun.objects.get().error
    assert (result.outcome, len(error.splitlines())) == ("submit_failed", 1)
    assert "hun" not in error + caplog.text
    assert took < SOON


def test_a_wrong_password_is_told_as_that(declare, broker, use_celery):
    use_celery(broker.url.replace(PASSWORD, "wrong-one"))
    assert trigger(declare(), now=None).outcome == "submit_failed"
    assert JobRun.objects.get().error == "The broker did not accept the message: AuthenticationError."


def test_a_connection_that_died_with_its_broker_is_made_anew(declare, broker, use_celery):
    app = use_celery(broker.url)
    job = declare(overlap="allow")
    assert trigger(job, now=None).outcome == "accepted"
    [connections] = sending.idle_connections.values()
    assert len(connections) == 1

    broker.restart()

    later = timezone.now().replace(microsecond=0) - timedelta(minutes=1)
    adhoc = declare("adhoc", schedule=None)
    assert trigger(adhoc, run_date=later, now=None).outcome == "accepted"
    assert [headers["shadow"] for headers, _, _ in messages(app)] == ["adhoc"]


def test_a_client_that_does_not_notice_that_its_connection_died_is_tried_once_more(
    declare, broker, use_celery, monkeypatch
):
    """As RabbitMQ's does not; Redis's looks before it sends."""
    app = use_celery(broker.url)
    assert trigger(declare("before"), now=None).outcome == "accepted"
    [[dead]], send = sending.idle_connections.values(), executor._send

    def unless_dead(job, lease, connection, within):
        if connection is dead:
            raise ConnectionResetError(104, "Connection reset by peer")
        send(job, lease, connection, within)

    monkeypatch.setattr(executor, "_send", unless_dead)
    assert trigger(declare("after"), now=None).outcome == "accepted"
    assert [headers["shadow"] for headers, _, _ in messages(app)] == ["before", "after"]
    assert dead not in next(iter(sending.idle_connections.values()))


def test_where_several_brokers_are_named_the_next_one_takes_it(declare, broker, use_celery):
    use_celery(f"redis://127.0.0.1:1/0;{broker.url}")
    assert trigger(declare(), now=None).outcome == "accepted"
    with broker.client() as client:
        assert client.llen("celery") == 1


def test_a_broker_that_stops_answering_holds_no_caller(declare, broker, use_celery):
    """Also where the connection was made while it did."""
    use_celery(broker.url)
    assert trigger(declare("before"), now=None).outcome == "accepted"
    job = declare("after")
    started = time.monotonic()
    with broker.frozen():
        assert trigger(job, now=None, wait_own=20).outcome == "submit_failed"
    assert time.monotonic() - started < SOON


def test_one_connection_serves_one_submission_after_another(declare, broker, use_celery, monkeypatch):
    use_celery(broker.url)
    made, connect = [], sending.connect
    monkeypatch.setattr(sending, "connect", lambda app: made.append(app) or connect(app))
    for name in ("one", "two", "three"):
        assert trigger(declare(name), now=None).outcome == "accepted"
    assert len(made) == 1


def test_connections_of_one_process_are_not_used_by_its_forks(declare, broker, use_celery, monkeypatch):
    use_celery(broker.url)
    made, connect = [], sending.connect
    monkeypatch.setattr(sending, "connect", lambda app: made.append(app) or connect(app))
    assert trigger(declare("before"), now=None).outcome == "accepted"
    monkeypatch.setattr(sending.os, "getpid", lambda: 4_000_000)
    assert trigger(declare("after"), now=None).outcome == "accepted"
    assert len(made) == 2
