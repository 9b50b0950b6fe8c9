"""A server whose threads do not always run is found, and logged when it starts."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.checks import run_checks

from tests.jobs_api import servers

EVENTLET, UWSGI = "jobs_api.W030", "jobs_api.W031"

PROCESSES = {
    "threads": (lambda patch: None, []),
    "eventlet": (servers.eventlet, [EVENTLET]),
    "eventlet, imported only": (lambda patch: servers.eventlet(patch, ()), []),
    "gevent, where a real thread renews": (servers.gevent, []),
    "uWSGI with threads": (lambda patch: servers.uwsgi(patch, has_threads=1), []),
    "uWSGI without": (lambda patch: servers.uwsgi(patch, has_threads=0), [UWSGI]),
    "an old uWSGI, which does not tell": (servers.uwsgi, []),
}


def found():
    return [message for message in run_checks() if message.id in (EVENTLET, UWSGI)]


@pytest.mark.parametrize(("process", "ids"), PROCESSES.values(), ids=PROCESSES)
def test_the_check_finds_a_server_whose_threads_do_not_always_run(process, ids, monkeypatch, declare):
    declare()
    process(monkeypatch)
    assert [message.id for message in found()] == ids


def test_it_names_the_jobs_and_the_executor_that_helps(monkeypatch, declare):
    declare("count_users")
    servers.eventlet(monkeypatch)
    (message,) = found()
    assert "count_users" in message.msg
    assert 'executor="subprocess"' in message.hint


def test_jobs_in_processes_of_their_own_renew_their_leases_there(monkeypatch, declare):
    declare(executor="subprocess")
    servers.eventlet(monkeypatch)
    assert found() == []


@pytest.mark.parametrize(("process", "ids"), PROCESSES.values(), ids=PROCESSES)
def test_a_server_logs_it_once_when_it_has_loaded_the_project(process, ids, monkeypatch, declare, caplog):
    declare()
    process(monkeypatch)
    config = apps.get_app_config("jobs_api")
    monkeypatch.setattr("jobs_api.registry.discovery.load", lambda fault: None)
    config.ready()
    lines = [record.getMessage() for record in caplog.records if record.name == "jobs_api.checks.servers"]
    assert [line.rpartition("(")[2].rstrip(")") for line in lines] == ids
