"""The tests of a project do not reach the monitors and the chats that its settings name."""

from __future__ import annotations

import logging
import sys

import pytest
from django.core import mail
from django.test import utils

from jobs_api import in_tests
from jobs_api.alerts import background
from jobs_api.check_ins import dead_man, listening
from jobs_api.monitoring import trigger_counts
from jobs_api.testing import run_job, telling

from .check_ins.conftest import configure, healthchecks, quick

__all__ = ["configure", "healthchecks", "quick"]


def works(command, **options):
    command.stdout.write("done")


def fails(command, **options):
    raise ValueError("no")


@pytest.fixture
def in_a_project(monkeypatch):
    """As it is for others: these tests tell."""
    monkeypatch.setattr(in_tests, "_let_out", 0)


def test_a_job_that_fails_in_a_test_wakes_no_alert(db, declare, toy, in_a_project):
    declare("report")
    toy(fails)
    assert run_job("report").reason == "error"
    trigger_counts._tell()
    assert background.evaluator.thread is None
    assert not background.evaluator.needed()


@pytest.mark.parametrize("command", [works, fails])
def test_no_monitor_hears_of_a_job_that_ends_in_a_test(
    db, declare, toy, configure, healthchecks, in_a_project, command
):
    configure(HEALTHCHECKS=healthchecks.options)
    declare("report")
    toy(command)
    run_job("report")
    assert not any(each.queue for each in listening._outboxes)
    listening.finish()
    assert healthchecks.heard() == []


def test_the_dead_mans_switch_is_not_pinged_in_a_test(db, configure, in_a_project, monkeypatch):
    configure(DEAD_MAN="https://hc-ping.com/5f0c9b3e")
    monkeypatch.setattr(dead_man, "ping", lambda url: pytest.fail("it was pinged"))
    dead_man.called()


def test_a_test_may_let_it_out(db, declare, toy, in_a_project):
    declare("report")
    toy(fails)
    with telling():
        run_job("report")
        assert background.evaluator.needed()
    assert in_tests.kept_in()


def test_a_server_is_not_a_test_also_one_that_keeps_mail_in_memory(monkeypatch, in_a_project):
    monkeypatch.delattr(utils._TestState, "saved_data")
    assert mail.outbox == []  # as its mail backend has made it
    assert not in_tests.kept_in()
    monkeypatch.setitem(sys.modules, "django.test.utils", None)
    assert not in_tests.kept_in()


def test_it_is_said_once(monkeypatch, in_a_project, caplog):
    monkeypatch.setattr(in_tests, "_said", False)
    caplog.set_level(logging.INFO, logger="jobs_api")
    assert in_tests.kept_in()
    assert in_tests.kept_in()
    assert [each.levelname for each in caplog.records] == ["INFO"]
