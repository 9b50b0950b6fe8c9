"""What the tests of importers share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jobs_api.importers import all_importers
from jobs_api.importers.common import imported
from jobs_api.importers.common.imported import Imported
from jobs_api.importers.common.importer import Source


@pytest.fixture
def read() -> Callable[..., Imported]:
    """``read("crontab", "0 3 * * * ...", timezone="UTC")`` imports a text."""

    def import_text(source: str, text: str = "", **options: Any) -> Imported:
        return imported.run(source, all_importers()[source], Source(text=text, **options))

    return import_text


@pytest.fixture
def line(read: Callable[..., Imported]) -> Callable[..., Any]:
    """``line("cd /srv && ./manage.py x")`` imports a crontab with that command: its one entry."""

    def import_line(command: str, when: str = "0 3 * * *", **options: Any) -> Any:
        (entry,) = read("crontab", f"{when} {command}\n", **options).entries
        return entry

    return import_line
