"""The dead man's switch: an outside monitor hears that somebody calls, once a minute over all hosts."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.db import OperationalError

from jobs_api import check_ins
from jobs_api.check_ins import dead_man, standing
from jobs_api.check_ins.monitor import MonitorError
from jobs_api.execution import process_end
from jobs_api.models import AlertTurn
from jobs_api.monitoring import trigger_counts
from jobs_api.runs.types import RUN_DUE, Trigger
from jobs_api.triggers import due
from tests.conftest import NOON
from tests.jobs_api.check_ins.standins import Trouble, serving
from tests.jobs_api.together import together
from tests.jobs_api.triggers.asking import trigger

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "/ping/0d5fd2b3-the-address-is-the-secret"


@pytest.fixture
def monitor():
    with serving(Trouble(200, "OK")) as server:
        yield server


@pytest.fixture
def switched(configure, monitor):
    """The monitor, as the dead man's switch."""
    configure(DEAD_MAN=monitor.url + SECRET)
    return monitor


def a_minute_passes():
    AlertTurn.objects.update(at=NOON)


def test_run_due_tells_it_although_nothing_is_due(switched):
    due.run_due(Trigger(RUN_DUE, "crontab"))
    assert switched.seen == []  # the caller does not wait for it
    trigger_counts.writer.take_turn()
    [asked] = switched.seen
    assert (asked.method, asked.path) == ("GET", SECRET)


@pytest.mark.parametrize("runs", [1, 2], ids=["a trigger", "a repeat"])
def test_a_trigger_tells_it_whatever_came_of_it(switched, declare, toy, runs):
    def fail(command, **options):
        raise ValueError("boom")

    toy(fail)
    for _ in range(runs):
        trigger(declare(schedule=None, max_attempts=1), now=None)
    trigger_counts.writer.take_turn()
    assert len(switched.seen) == 1


def test_nothing_is_called_without_one(configure, monitor):
    configure(HEALTHCHECKS={})
    due.run_due(Trigger(RUN_DUE))
    trigger_counts.writer.take_turn()
    assert AlertTurn.objects.count() == 0


def test_it_is_told_once_a_minute(switched):
    for _ in range(3):
        dead_man.called()
    assert len(switched.seen) == 1
    a_minute_passes()
    dead_man.called()
    assert len(switched.seen) == 2
    [shown] = check_ins.status()
    assert (shown.name, shown.failing_since) == ("dead_man", None)
    assert shown.last_success > NOON


def test_processes_that_are_called_at_once_tell_it_once(switched):
    together(4, "tests.jobs_api.check_ins.processes:is_called", switched.url + SECRET)
    assert len(switched.seen) == 1


def test_where_nothing_can_be_sent_the_turn_is_left_to_the_next_call(switched, monkeypatch):
    monkeypatch.setattr(process_end, "_late", True)
    dead_man.called()
    assert not AlertTurn.objects.exists()


def test_each_minute_is_one_turn():
    assert standing.take_turn("dead_man", at=NOON)
    assert not standing.take_turn("dead_man", at=NOON + timedelta(seconds=59))
    assert standing.take_turn("dead_man", at=NOON + timedelta(seconds=60))
    assert not standing.take_turn("dead_man", at=NOON)  # a host whose answer was late


def test_a_database_that_takes_no_write_is_not_told_as_well(switched, monkeypatch):
    def read_only(*args, **options):
        raise OperationalError("attempt to write a readonly database")

    monkeypatch.setattr(standing, "take_turn", read_only)
    with pytest.raises(OperationalError):  # logged by the thread of the counts
        dead_man.called()
    assert switched.seen == []


@pytest.mark.parametrize(
    ("answer", "tries", "says"),
    [
        ((500,), 2, "it answered 500"),
        ((404,), 1, "it answered 404"),
        ((200, "OK (not found)"), 1, "it answered OK (not found)"),
        ((200, "OK (rate limited)"), 1, "it answered OK (rate limited)"),
        ((200, "<!DOCTYPE html>"), 1, "it answered a page: is the URL the one to ping?"),
    ],
)
def test_a_monitor_that_takes_no_ping_is_shown_and_logged_without_its_address(
    configure, caplog, answer, tries, says
):
    with serving(Trouble(*answer)) as server:
        configure(DEAD_MAN=server.url + SECRET)
        dead_man.called()
        assert len(server.seen) == tries
    [shown] = check_ins.status()
    assert (shown.reason, shown.failures) == (says, 1)
    [record] = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert says in record.getMessage()
    assert SECRET not in record.getMessage() + str(shown)


def test_it_is_called_again_when_it_works(configure, monitor):
    with serving(Trouble(500)) as server:
        configure(DEAD_MAN=server.url + SECRET)
        dead_man.called()
    a_minute_passes()
    configure(DEAD_MAN=monitor.url + SECRET)
    dead_man.called()
    [shown] = check_ins.status()
    assert (shown.failing_since, shown.failures, shown.reason) == (None, 0, "")


def test_one_that_hangs_has_three_seconds_and_is_an_error(monkeypatch):
    monkeypatch.setattr(dead_man, "SECONDS", 0.1)
    with serving(Trouble(hangs=True)) as server, pytest.raises(MonitorError, match="no answer within"):
        dead_man.ping(server.url)
