"""A monitor that is down, hangs or answers nonsense harms no job; what it missed is counted and shown."""

from __future__ import annotations

import logging
import os
import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connections

from jobs_api import check_ins
from jobs_api.check_ins import listening, outbox, standing
from jobs_api.execution import process_end
from jobs_api.models import AlertTurn
from tests.conftest import NOON
from tests.databases import ONE_DATABASE
from tests.jobs_api.check_ins.standins import SECRETS, Trouble, serving, until
from tests.jobs_api.triggers.asking import trigger

pytestmark = [pytest.mark.django_db(transaction=True), ONE_DATABASE]


@pytest.fixture
def job(declare, toy):
    toy(lambda command, **options: None)
    return declare(schedule="0 12 * * *")


def run(job):
    """Its newest slot, which succeeds."""
    assert trigger(job).outcome == "succeeded"


def at(probe, server, **options):
    """Its entry, with the address of this server."""
    return {probe.name.upper(): {**probe.options, "URL": server.url, **options}}


@pytest.fixture
def trouble(request):
    """``trouble(500)`` is a server that answers so until the end of the test."""
    with_servers = []

    def start(*answer, **how):
        served = serving(Trouble(*answer, **how))
        with_servers.append(served)
        return served.__enter__()

    yield start
    for served in with_servers:
        served.__exit__(None, None, None)


# -- delays and fails nothing -----------------------------------------------------------------


def test_a_job_ends_while_a_monitor_has_not_answered_to_its_beginning(configure, cronitor, job, trouble):
    hangs = trouble(200, "OK", hangs=True)
    configure(**at(cronitor, hangs))
    run(job)
    until(lambda: len(hangs.seen) == 1)
    assert len(listening._outboxes[0].queue) == 2  # the server has the first in hand
    assert not hangs.over.is_set()


def test_another_monitor_hears_meanwhile(configure, cronitor, healthchecks, job, trouble):
    configure(**at(cronitor, trouble(200, "OK", hangs=True)), **healthchecks.setting)
    run(job)
    until(lambda: healthchecks.told() == ["start", "success"])


ANSWERS = {"an error": (500,), "not known": (404,), "a page": (200, "<html>"), "nothing": (200, "")}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_job_succeeds_whatever_a_monitor_answers(configure, healthchecks, job, sent, trouble, answer):
    configure(**at(healthchecks, trouble(*answer)))
    run(job)
    sent()
    [shown] = check_ins.status()
    assert (shown.name, shown.failures, shown.last_success) == ("healthchecks", 2, None)
    assert shown.failing_since is not None


def test_a_bug_of_a_monitor_keeps_no_other_check_in(configure, healthchecks, job, sent, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)

    def breaks(*args, **options):
        raise RuntimeError(f"a bug with {SECRETS[0]}")

    monkeypatch.setattr(healthchecks.monitor, "begin", breaks, raising=False)
    configure(**healthchecks.setting)
    run(job)
    sent()
    assert healthchecks.told() == ["success"]
    assert "RuntimeError was raised by breaks(), line " in caplog.text
    assert SECRETS[0] not in caplog.text


def test_without_a_thread_it_is_sent_at_the_end_of_the_process(configure, healthchecks, job, monkeypatch):
    def none(self):
        raise RuntimeError("can't start new thread")

    configure(**healthchecks.setting)
    with monkeypatch.context() as patched:
        patched.setattr(outbox.Outbox, "start", none)
        run(job)
    assert healthchecks.told() == []
    listening.finish()
    assert healthchecks.told() == ["start", "success"]


# -- is tried again, in order -----------------------------------------------------------------


class Moody(Trouble):
    """Refuses the first requests."""

    def __init__(self, refusals, then):
        super().__init__(503)
        self.left, self.then = refusals, then

    def respond(self, asked):
        self.left -= 1
        return self.answer if self.left >= 0 else self.then.respond(asked)


@pytest.mark.parametrize("refusals", [1, 2])
def test_what_was_not_taken_is_tried_again_before_what_comes_after_it(
    configure, healthchecks, job, sent, refusals
):
    with serving(Moody(refusals, healthchecks.server)) as server:
        configure(**at(healthchecks, server))
        run(job)
        sent()
    assert healthchecks.told() == ["start", "success"]
    [shown] = check_ins.status()
    assert (shown.failures, shown.failing_since) == (0, None)


def test_it_is_given_up_after_three_tries_and_then_there_is_one_until_it_works(
    configure, healthchecks, job, sent, caplog
):
    """A monitor that is down for long should not let the check-ins of an hour wait."""
    with serving(Moody(4, healthchecks.server)) as server, caplog.at_level(logging.INFO):
        configure(**at(healthchecks, server))
        run(job)  # three tries for its beginning, one for its end
        sent()
        assert (healthchecks.told(), server.left) == ([], 0)
        assert trigger(job, force=True).outcome == "succeeded"
        sent()
    assert healthchecks.told() == ["start", "success"]
    told = [record.getMessage() for record in caplog.records if record.name == "jobs_api.check_ins"]
    assert told == [
        "healthchecks takes no check-ins: it answered 503. The jobs go on.",
        "healthchecks takes check-ins again.",
    ]


def test_what_will_never_be_taken_is_tried_once(configure, healthchecks, job, sent, trouble):
    server = trouble(409)
    configure(**at(healthchecks, server))
    run(job)
    sent()
    assert len(server.seen) == 2


def test_no_more_than_so_many_wait_and_the_oldest_go_first(configure, healthchecks, job, sent, monkeypatch):
    monkeypatch.setattr(outbox, "MOST", 3)
    monkeypatch.setattr(outbox, "SOON", 60)
    configure(**healthchecks.setting)
    run(job)
    assert trigger(job, force=True).outcome == "succeeded"
    sent()
    assert healthchecks.told() == ["success", "start", "success"]


def test_what_waited_too_long_is_not_told_any_more(configure, healthchecks, job, sent, monkeypatch):
    """It could be taken for a later slot."""
    monkeypatch.setattr(outbox, "OLDEST", 0)
    configure(**healthchecks.setting)
    run(job)
    sent()
    assert healthchecks.told() == []
    [shown] = check_ins.status()
    assert (shown.failures, shown.reason) == (2, "a check-in waited for more than 0 s")


def test_a_forked_process_does_not_send_what_its_parent_has_noted(configure, healthchecks, job, monkeypatch):
    monkeypatch.setattr(outbox, "SOON", 60)
    configure(**healthchecks.setting)
    run(job)
    pid = os.fork()
    if pid == 0:
        os._exit(len(listening._outboxes[0].queue))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert len(listening._outboxes[0].queue) == 2


# -- at the end of a process ------------------------------------------------------------------


def test_a_process_does_not_wait_for_a_monitor_that_hangs(configure, cronitor, job, trouble, monkeypatch):
    monkeypatch.setattr(process_end, "SECONDS", 0.3)
    monkeypatch.setattr(process_end, "_left", [listening.finish])
    configure(**at(cronitor, trouble(200, "OK", hangs=True)))
    run(job)
    process_end.do_it()
    [shown] = check_ins.status()
    assert shown.failures == 2
    assert not listening._outboxes[0].queue


# -- is counted and shown ---------------------------------------------------------------------


def test_nothing_is_asked_where_there_are_no_monitors(configure, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert check_ins.status() == []
    configure(HEALTHCHECKS={}, CRONITOR={}, DEAD_MAN="https://hc-ping.com/x")
    with django_assert_num_queries(1):
        assert [shown.name for shown in check_ins.status()] == ["cronitor", "healthchecks", "dead_man"]


def test_a_monitor_that_works_again_is_shown_as_working(configure, healthchecks, job, sent, trouble):
    configure(**at(healthchecks, trouble(500)))
    run(job)
    sent()
    configure(**healthchecks.setting)
    assert trigger(job, force=True).outcome == "succeeded"
    sent()
    [shown] = check_ins.status()
    assert (shown.failing_since, shown.failures, shown.reason) == (None, 0, "")
    assert shown.last_success is not None


def test_a_failure_keeps_its_beginning_and_is_counted_over_all_processes():
    later = NOON + timedelta(minutes=5)
    standing.failed("sentry", "boom", times=2, at=NOON)
    for _ in range(4):  # each by an UPDATE that adds
        standing.failed("sentry", "bang", times=1, at=later)
    row = AlertTurn.objects.get()
    assert (row.failing_since, row.failures, row.error, row.at) == (NOON, 6, "bang", later)


def test_a_success_is_written_once_a_minute(django_assert_num_queries):
    standing.succeeded("sentry", at=NOON)
    with django_assert_num_queries(1):  # a look
        standing.succeeded("sentry", at=NOON + timedelta(seconds=59))
    standing.succeeded("sentry", at=NOON + timedelta(seconds=61))
    assert AlertTurn.objects.get().ended_at == NOON + timedelta(seconds=61)


def test_a_busy_process_writes_at_most_once_a_minute(configure, healthchecks, job, sent, monkeypatch):
    written = []
    monkeypatch.setattr(standing, "succeeded", lambda name, at: written.append(at))
    configure(**healthchecks.setting)
    run(job)
    sent()
    assert trigger(job, force=True).outcome == "succeeded"
    sent()
    assert healthchecks.told() == ["start", "success"] * 2
    assert len(written) == 1


def test_what_comes_while_a_thread_sleeps_until_it_may_write_is_sent_at_once(
    configure, healthchecks, job, trouble
):
    server = trouble(404)
    configure(**at(healthchecks, server))
    run(job)  # the first loss is news and written at once, the second is written in a minute
    until(lambda: len(server.seen) == 2)
    until(lambda: not listening._outboxes[0].queue)
    assert 0 < listening._outboxes[0].pause() <= 60
    assert trigger(job, force=True).outcome == "succeeded"
    until(lambda: len(server.seen) == 4)
    listening.finish()
    assert check_ins.status()[0].failures == 4


def test_a_thread_that_sleeps_holds_no_connection(configure, healthchecks, job, trouble, monkeypatch):
    """A database of tests could not be dropped, and a pooler would run out of them."""
    configure(**at(healthchecks, trouble(404)))
    close_all, closing = connections.close_all, []

    def close():
        closing.append(threading.current_thread())
        close_all()

    monkeypatch.setattr(connections, "close_all", close)
    run(job)
    until(lambda: not listening._outboxes[0].queue)
    assert listening._outboxes[0].thread.is_alive()  # it will write again in a minute
    until(lambda: listening._outboxes[0].thread in closing)


def test_a_database_that_is_away_harms_no_check_in(configure, healthchecks, job, sent, monkeypatch):
    def away(*args, **options):
        raise OperationalError("gone")

    monkeypatch.setattr(standing, "succeeded", away)
    configure(**healthchecks.setting)
    run(job)
    sent()
    assert healthchecks.told() == ["start", "success"]


def test_no_thread_stays_when_all_is_sent_and_written(configure, healthchecks, job, sent):
    configure(**healthchecks.setting)
    run(job)
    sent()
    until(lambda: listening._outboxes[0].thread is None)


def test_no_secret_is_logged_or_stored(configure, healthchecks, job, sent, trouble, caplog):
    caplog.set_level(logging.DEBUG)
    configure(**at(healthchecks, trouble(500, f"no {SECRETS[0]}")))
    run(job)
    sent()
    said = "\n".join([*(record.getMessage() for record in caplog.records), *map(str, check_ins.status())])
    assert "it answered 500" in said
    assert not any(secret in said for secret in SECRETS)
