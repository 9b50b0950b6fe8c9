"""The database of the tests stays whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="a database that is a file")


@pytest.mark.django_db
@pytest.mark.parametrize("part", ["", "-shm"])
def test_a_test_that_opens_its_file_past_sqlite_fails_at_once(part: str) -> None:
    """Seen as "disk I/O error" and "database disk image is malformed" in tests that came much later."""
    with pytest.raises(AssertionError, match="takes this process's locks"):
        Path(f"{connection.settings_dict['NAME']}{part}").read_bytes()
