"""Commands that have begun before anybody looks at the clock, and supervisors that kill soon."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import override_settings

from .supervising import watch_once


@pytest.fixture
def quick() -> Iterator[None]:
    """Leases that outlast a busy machine, renewed often; half a second between being asked and killed."""
    jobs_api = {"LEASE_SECONDS": 10, "RENEW_SECONDS": 0.3, "KILL_SECONDS": 0.5, "DRAIN_SECONDS": 1}
    with override_settings(JOBS_API=jobs_api):
        yield


@pytest.fixture
def at_work(
    toy: Callable[[Callable[..., Any]], None],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Callable[..., Any]], None]:
    """``at_work(function)`` is what the toy does; a supervisor counts the time from when it has begun."""
    begun = tmp_path_factory.mktemp("at_work") / "begun"

    def behave(function: Callable[..., Any]) -> None:
        def begin(command: Any, **options: Any) -> None:
            begun.touch()
            function(command, **options)

        toy(begin)

    watch_once(monkeypatch, begun.exists)
    return behave
