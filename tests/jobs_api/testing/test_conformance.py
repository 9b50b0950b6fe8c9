"""The suite in the hands of a host: for the executor that docs/executors.md shows, and for bad ones."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest
from django.conf import settings
from django.db import connection

from jobs_api import executors
from jobs_api.testing import Engine, ExecutorConformance
from tests.databases import ONE_DATABASE
from tests.toys import spawning
from tests.toys.management.commands import perform


class SpawnEngine(Engine):
    settings = "tests.toys.host_settings"

    def settled(self) -> bool:
        """Whether all of its processes have ended."""
        return all(process.poll() is not None for process in executors.load(self.executor).processes)

    @contextmanager
    def down(self) -> Iterator[None]:
        """The system starts no process."""
        with mock.patch.object(spawning.subprocess, "Popen", side_effect=OSError(11, "No room")):
            yield


@ONE_DATABASE
class TestSpawn(ExecutorConformance):
    executor = "tests.toys.spawning.Spawn"
    engine_class = SpawnEngine


def ask(question: str, executor: str) -> unittest.TestResult:
    """What comes of one question to an executor."""
    case = type("Case", (ExecutorConformance,), {"executor": executor})
    result = unittest.TestResult()
    unittest.TestSuite([case(question)]).run(result)
    return result


def test_a_class_without_an_executor_is_left_out() -> None:
    assert ExecutorConformance.__test__ is False
    assert TestSpawn.__test__ is True


def test_an_executor_that_cannot_be_loaded_fails_once_and_says_why() -> None:
    [(_, text)] = ask("test_it_succeeds", "acme.jobs.Nomad").errors
    assert "'acme.jobs.Nomad' cannot be imported" in text
    assert "Install what it needs" in text


def test_an_executor_that_runs_commands_in_the_process_of_the_test_fails(transactional_db: None) -> None:
    result = ask("test_it_succeeds", "inline")
    [(_, text)] = result.failures
    assert "have another one call deliver()" in text
    assert len(ask("test_it_is_cancelled_while_it_waits_in_the_engine", "inline").skipped) == 1


RUN = """
import sys
sys.modules["pytest"] = None  # as if it were not installed
from django.core.management import execute_from_command_line as run
run(["manage.py", "test", "tests.toys.host_tests", "-k", "test_it_succeeds"])
"""


@pytest.mark.each_database
def test_django_s_own_runner_asks_the_questions_without_pytest(tmp_path: Path) -> None:
    name = str(tmp_path / "test.sqlite3") if connection.vendor == "sqlite" else f"test_host_{os.getpid()}"
    told = subprocess.run(
        [sys.executable, "-c", RUN],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.toys.host_settings", "TOY_TEST_DATABASE": name},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert told.returncode == 0, told.stderr
    assert "Ran 1 test" in told.stderr  # of the suite's own classes none


def test_a_database_in_memory_is_not_one_for_workers() -> None:
    engine = Engine("inline", folder=None)
    memory = mock.Mock(settings_dict={"NAME": "file:memorydb_default?mode=memory&cache=shared"})
    there = mock.patch("jobs_api.testing.conformance.engine.connections", {"default": memory})
    with there, pytest.raises(RuntimeError, match="in memory: set DATABASES"):
        engine.environment()


@pytest.mark.parametrize("source", [spawning.Spawn, perform.Command])
def test_the_documentation_shows_this_executor(source: type) -> None:
    page = Path(settings.BASE_DIR, "docs", "executors.md").read_text()
    assert inspect.getsource(source) in page
