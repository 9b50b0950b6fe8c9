"""A handler of a host at the logger of the transitions."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jobs_api.runs import transition_log


class Kept(logging.Handler):
    """Keeps the records of the transitions; then does what a test says."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Any] = []
        self.then: Callable[[logging.LogRecord], Any] = lambda record: None

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        self.then(record)

    @property
    def events(self) -> list[str]:
        return [record.event for record in self.records]

    def one(self, event: str) -> Any:
        (record,) = [record for record in self.records if record.event == event]
        return record


@pytest.fixture
def kept() -> Iterator[Kept]:
    """A handler of the host at the logger."""
    handler, level = Kept(), transition_log.logger.level
    transition_log.logger.addHandler(handler)
    transition_log.logger.setLevel(logging.INFO)
    yield handler
    transition_log.logger.removeHandler(handler)
    transition_log.logger.setLevel(level)
