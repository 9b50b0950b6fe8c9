"""Channels that hang, drip, fail, redirect and answer nonsense: they delay no trigger, and lose no message.

`make bench` measures the delay; here it is the structure that allows none: whatever a channel does is done to
threads that nobody waits for, without a lock and without a connection to the database.
"""

from __future__ import annotations

import os
import signal
import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from jobs_api import Job, database
from jobs_api.alerts import background, outbox
from jobs_api.alerts.evaluating import evaluate
from jobs_api.models import AlertMessage, AlertTurn, Incident
from tests.jobs_api.alerts.making import incident, message
from tests.jobs_api.alerts.provoking.conftest import once
from tests.jobs_api.alerts.provoking.days import day
from tests.jobs_api.alerts.provoking.receiver import BAD
from tests.jobs_api.execution.draining.server import eventually, serve
from tests.jobs_api.outgoing.peers import ends

pytestmark = [pytest.mark.django_db(transaction=True), once]

CHANNELS = [*BAD, "ops"]
LATER = timedelta(minutes=10)
ON_DEMAND = {"command": "toy", "schedule": None, "max_attempts": 1}


def in_hand(receiver):
    """Whether each channel has been asked, and the good one has taken its message."""
    return {each.channel for each in receiver.asked} == set(CHANNELS) and receiver.told()


def transactions():
    """How many others have a transaction open, and how many connections they have."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(xact_start), count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"  # not the autovacuum
        )
        return cursor.fetchone()


def test_while_channels_do_anything_but_take_it_a_server_answers_and_nothing_is_lost(
    receiver, tmp_path, settings
):
    jobs = [Job("fails", **ON_DEMAND, options={"fail": True}), Job("works", **ON_DEMAND)]
    alerts = {"CHANNELS": receiver.channels(*CHANNELS)}
    receiver.behaves = dict(BAD)
    with serve(tmp_path, "--threads", "2", jobs=jobs, grace=1, drain=1, ALERTS=alerts) as server:
        ours = server.connection()
        assert ours.ask("POST", "/api/jobs/fails/run")[0] == 500
        before = _threads_of(server.worker())
        eventually(lambda: in_hand(receiver) and _is_marked("ops"))
        for number in range(1, 6):
            path = f"/api/jobs/works/run?run_date={day(number)}T00:00:00Z"
            answers = [ours.ask("POST", path)[2]["outcome"] for _ in range(2)]
            assert answers == ["succeeded", "already_succeeded"]
        assert not receiver.released.is_set(), "two channels have a message in hand all the time"
        assert ends(lambda: _threads_of(server.worker()) <= before + 1 + 2 * len(BAD), 5)
        assert ends(_nothing_is_locked, 5), "a statement under way ends; these channels hang for ten seconds"
        server.tell(signal.SIGTERM)
        server.ended(0)  # nor does it wait for them at its end
    _come_back(receiver)
    settings.JOBS_API = {**settings.JOBS_API, "ALERTS": alerts}
    for channel in CHANNELS:
        outbox.deliver(channel, now=database.now() + LATER)
        assert receiver.told(channel) == [("opened", "failed", "fails")]
    assert set(receiver.times().values()) == {1}
    assert AlertMessage.objects.filter(sent_at=None).count() == 0


def _threads_of(pid):
    return len(os.listdir(f"/proc/{pid}/task")) if os.path.isdir("/proc") else 0


def _is_marked(channel):
    """Whether its message is known as sent: if the server ended before, it would be sent again."""
    return AlertMessage.objects.filter(channel=channel, sent_at__isnull=False).exists()


def _nothing_is_locked():
    if connection.vendor == "postgresql" and transactions()[0]:
        return False
    try:
        with transaction.atomic():
            for model in (Incident, AlertMessage, AlertTurn):
                rows = model.objects.all()
                if connection.features.has_select_for_update_nowait:
                    rows = rows.select_for_update(nowait=True)
                assert len(rows)
            AlertTurn.objects.update(error="")  # where there is one lock for all, it can be had
    except OperationalError:
        return False
    return True


def _come_back(receiver):
    receiver.behaves.clear()
    receiver.released.set()


@pytest.fixture
def configured(receiver, settings):
    """The channels in this process, and the bad ones behave."""
    settings.JOBS_API = {**settings.JOBS_API, "ALERTS": {"CHANNELS": receiver.channels(*CHANNELS)}}
    receiver.behaves = dict(BAD)
    return receiver


def waits(subject, *channels):
    """A message about a job that has just failed waits for each of them."""
    at = database.now()
    about = incident(subject=subject, since=at, opened_at=at, seen_at=at, notified_at=at)
    for channel in channels:
        message(about, channel=channel, created_at=at, next_try_at=at)


def _ours():
    return [each for each in threading.enumerate() if each.name.startswith("jobs_api-alert")]


def test_however_often_a_channel_that_hangs_is_woken_it_has_two_threads_and_no_connection(configured):
    for number in range(3):
        waits(f"job-{number}", *CHANNELS)
    before = transactions()[1] if connection.vendor == "postgresql" else 0
    for _ in range(5):
        background.send_all()
    assert ends(lambda: in_hand(configured) and len(configured.told()) == 3)
    for _ in range(5):
        background.send_all()
    assert ends(lambda: len(_ours()) <= 2 * len(CHANNELS))
    hanging = [each.name for each in _ours() if "hangs" in each.name or "drips" in each.name]
    assert len(hanging) <= 2 * 2
    if connection.vendor == "postgresql":
        assert ends(lambda: transactions() == (0, before))
    _come_back(configured)
    assert ends(_all_sent, 20)
    assert set(configured.times().values()) == {1}
    assert len(configured.taken) == 3 * len(CHANNELS)
    assert ends(lambda: not _ours()), "threads end when there is nothing to do"


def _all_sent():
    """Let their threads try again at once."""
    AlertMessage.objects.filter(sent_at=None, claimed_until=None).update(next_try_at=database.now())
    background.send_all()
    return not AlertMessage.objects.filter(sent_at=None).exists()


def test_what_has_waited_for_hours_arrives_once_and_many_as_one_summary(configured):
    for number in range(12):
        waits(f"job-{number}", "fails")
    waits("single", "nonsense")
    at = database.now()
    for hour in range(5):
        for channel in ("fails", "nonsense"):
            outbox.deliver(channel, now=at + timedelta(hours=2 * hour))
    assert configured.taken == []
    asked = len(configured.asked)
    assert asked == 2 * 5, "a channel that is down is asked once each time, not once for each message"
    _come_back(configured)
    for _ in range(3):
        for channel in ("fails", "nonsense"):
            outbox.deliver(channel, now=at + timedelta(hours=12))
    assert configured.told("nonsense") == [("opened", "failed", "single")]
    [summary] = [each for each in configured.taken if each.channel == "fails"]
    assert (summary.data["event"], summary.data["count"]) == ("summary", 12)
    assert {each.id for each in configured.asked if each.channel == "fails"} == {summary.id}
    assert not isinstance(evaluate(now=at + timedelta(hours=13)), type(at))
