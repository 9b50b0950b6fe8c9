"""`make servers`: the page says what its catalogue says, and its questions are answered by a real server."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.chaos.services import ROOT
from tools.live.place import running
from tools.servers import exam
from tools.servers.__main__ import COLUMNS, table
from tools.servers.catalogue import SERVERS
from tools.servers.place import Place

PAGE = (ROOT / "docs/deploying.md").read_text()


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.name)
def test_the_page_shows_what_each_server_is_known_to_do(server):
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| {server.name} | kept")]
    shown = dict(zip(("server", *COLUMNS, "result"), cells(line), strict=True))
    assert server.known().items() <= shown.items()
    assert shown["result"] == "ok"


def test_the_requirements_name_every_package_that_is_needed():
    pinned = (ROOT / "requirements-servers.txt").read_text().replace("-", "_")
    for server in SERVERS:
        for module in server.needs:
            assert re.search(rf"^{module}==", pinned, re.MULTILINE), module


def test_what_differs_from_the_catalogue_fails():
    asked = exam.Exam(FakePlace(), SERVERS[0], 1)
    asked.findings |= SERVERS[0].known() | {"lease": "lost"}
    asked.compare()
    (text,) = asked.wrong
    assert "lease" in text
    assert "1 wrong" in table([(SERVERS[0], asked)])
    assert "skipped" in table([(SERVERS[1], None)])


class FakePlace:
    """No place."""

    secret, other = "", 2


def test_its_names_are_listed_without_anything_being_installed():
    command = [sys.executable, "-m", "tools.servers", "--list", "--only", "uwsgi"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.splitlines() == ["uWSGI", "uWSGI as it comes"]


QUESTIONS = (exam._trigger, exam._at_once, exam._tokens, exam._bodies)


def test_a_real_server_answers_its_questions(monkeypatch, tmp_path):
    """The short form, with the server that is installed here: leases and ends have tests of their own."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr("tools.servers.place.HOME", Path(sys.prefix))
    where = Place(tmp_path)
    where.migrate()
    service, port = where.service(SERVERS[0])
    with running(service):
        asked = exam.Exam(where, SERVERS[0], port)
        for question in QUESTIONS:
            question(asked)
    assert asked.wrong == []
    assert asked.findings == {"output": "kept", "token": "arrives", "chunks": "200", "cut short": "422"}
