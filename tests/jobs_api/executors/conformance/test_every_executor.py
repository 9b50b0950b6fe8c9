"""Each of our executors is held to what every executor has to do.

Pains 4, 6, 7, 16, 18, 20, 21, 22 and 27: messages that come twice, lost leases, killed hosts, engines that
are down, failures that nobody counts, output that nobody keeps, options that become a command line.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from jobs_api import executors
from jobs_api.testing import ExecutorConformance

from . import engines


class OverHttp(ExecutorConformance):
    """An engine that is down, as a caller meets it."""

    @pytest.fixture(autouse=True)
    def _with_api(self, api: Callable[..., Any]) -> None:
        self.api = api

    def submit_while_down(self, slot: datetime, options: dict[str, Any]) -> tuple[str, int | None]:
        body = {"run_date": slot.isoformat(), "options": options}
        answer = self.api("POST", f"/api/jobs/{self.engine.job.name}/run", json=body)
        assert answer.status_code == 503
        return answer.json()["outcome"], int(answer.headers["Retry-After"])


class TestCelery(OverHttp):
    executor = "celery"
    engine_class = engines.load(executor)


class TestDjangoTasks(OverHttp):
    executor = "django_tasks"
    engine_class = engines.load(executor)


class TestInline(OverHttp):
    executor = "inline"
    engine_class = engines.load(executor)


class TestSubprocess(OverHttp):
    executor = "subprocess"
    engine_class = engines.load(executor)


def test_each_executor_is_held_to_it() -> None:
    tested = sorted(case.executor for case in OverHttp.__subclasses__())
    assert tested == engines.names() == executors.names()
