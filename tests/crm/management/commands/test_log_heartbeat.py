from datetime import timedelta

import pytest
from django.core.management.base import CommandError
from gql.transport.exceptions import TransportQueryError

from crm.management.commands.log_heartbeat import LOG
from crm.schema import schema

from ...factories import NOW
from ...running import run


@pytest.fixture(autouse=True)
def log(settings, tmp_path):
    settings.CRM_LOG_DIR = tmp_path / "log"
    return tmp_path / "log" / LOG.file


def beat(run_date=NOW):
    return run("log_heartbeat", run_date=run_date)


def test_it_logs_the_time_of_its_slot(log):
    assert beat() == "01/03/2026-02:00:00 CRM is alive\n"
    assert log.read_text() == "01/03/2026-02:00:00 CRM is alive\n"


def test_each_slot_adds_a_line_and_a_retry_adds_none(log):
    for slot in (NOW, NOW + timedelta(minutes=5), NOW):
        said = beat(run_date=slot)
    assert said == "01/03/2026-02:00:00 CRM is alive (was logged already)\n"
    assert len(log.read_text().splitlines()) == 2


@pytest.fixture
def hello(monkeypatch):
    """Puts another resolver in the place of the one for `hello`."""
    field = schema.graphql_schema.query_type.fields["hello"]
    return lambda resolver: monkeypatch.setattr(field, "resolve", resolver)


def test_a_wrong_answer_fails_and_is_not_logged_as_life(hello, log):
    hello(lambda *_: "Hello, World!")
    with pytest.raises(CommandError, match=r"GraphQL answered .*World"):
        beat()
    assert not log.exists()


def test_no_answer_fails_and_is_not_logged_as_life(hello, log):
    hello(lambda *_: 1 / 0)
    with pytest.raises(TransportQueryError, match="division by zero"):
        beat()
    assert not log.exists()


def test_a_log_that_cannot_be_written_fails(log):
    log.parent.write_text("a file where the folder should be")
    with pytest.raises(OSError, match="log"):
        beat()
