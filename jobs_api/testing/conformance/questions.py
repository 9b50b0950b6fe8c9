"""The ground of all questions: a test case with an engine that runs, and is left with nothing to do."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, ClassVar
from unittest import SkipTest

from django.test import TransactionTestCase

from jobs_api import database, executors
from jobs_api.models import JobAttempt, JobRun
from jobs_api.testing.conformance.engine import Engine
from jobs_api.testing.conformance.watching import until


class Questions(TransactionTestCase):
    """A host derives from `ExecutorConformance`, and names its executor."""

    executor: ClassVar[str] = ""
    """The name or the dotted path of the executor."""
    engine_class: ClassVar[type[Engine]] = Engine
    """How the suite reaches it."""
    engine: ClassVar[Engine]

    __test__ = False

    def __init_subclass__(cls, **named: Any) -> None:
        """Let test runners leave out the classes that name no executor."""
        super().__init_subclass__(**named)
        cls.__test__ = bool(cls.executor)

    @classmethod
    def setUpClass(cls) -> None:
        """One engine for all tests of the class: workers are slow to start."""
        if not cls.executor:
            raise SkipTest("It names no executor.")
        if fault := executors.fault(cls.executor):
            raise AssertionError(f"{fault[0]}. {fault[1]}")
        super().setUpClass()
        folder = cls.enterClassContext(
            tempfile.TemporaryDirectory(prefix="jobs-api-", ignore_cleanup_errors=True)
        )
        cls.engine = cls.engine_class(cls.executor, Path(folder))
        cls.addClassCleanup(cls.engine.end)

    def setUp(self) -> None:
        """It runs, whatever the test before did to it."""
        super().setUp()
        folder = self.enterContext(
            tempfile.TemporaryDirectory(prefix="jobs-api-", ignore_cleanup_errors=True)
        )
        self.book = Path(folder) / "book"
        """Where a command notes its processes, or what it did."""
        self.enterContext(self.engine.at_hand())
        self.addCleanup(self._settle)

    def _settle(self) -> None:
        try:
            until(self.engine.settled)
        except AssertionError:
            self.engine.end()
            raise

    def run_now(self) -> JobRun:
        """The only run, as it stands."""
        return database.rows().get()

    def attempt_before(self) -> JobAttempt:
        """The only attempt that a later one has superseded."""
        return JobAttempt.objects.using(database.alias()).get()
