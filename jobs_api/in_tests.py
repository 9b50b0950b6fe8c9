"""The tests of a project reach nobody: they have its settings, with the keys of real monitors and chats.

Django keeps mail in while it runs tests, and what jobs_api tells by itself stays in, too: alerts, check-ins,
the dead man's switch. What somebody asks for, such as `jobs_alert_test`, is sent.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from jobs_api.text import loggers

logger = loggers.logger(__name__)

_let_out = 0
_said = False


def kept_in() -> bool:
    """Whether Django's test environment is set up in this process, and nobody wants to hear of its jobs."""
    kept = not _let_out and is_set_up()
    if kept and not _said:
        _say()
    return kept


def is_set_up() -> bool:
    """Whether `setup_test_environment` was called: it keeps there what the settings were before.

    That `mail.outbox` exists says less: a server that keeps mail in memory has it, too.
    """
    utils = sys.modules.get("django.test.utils")
    return hasattr(getattr(utils, "_TestState", None), "saved_data")


@contextmanager
def telling() -> Iterator[None]:
    """Within this, alerts and check-ins leave a test as they leave a server."""
    global _let_out
    _let_out += 1
    try:
        yield
    finally:
        _let_out -= 1


def _say() -> None:
    global _said
    _said = True
    logger.info("Django's test environment is set up: no alert and no check-in leaves this process.")
