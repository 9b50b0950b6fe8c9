"""The rows that import_prices has imported, in a file that remains when its process is killed."""

from __future__ import annotations

import os
from pathlib import Path


class Ledger:
    """One line per imported row: row, attempt, process."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "import_prices"

    def add(self, row: int, *, attempt: int) -> None:
        """Note a row."""
        with self._path.open("a") as file:
            file.write(f"{row} {attempt} {os.getpid()}\n")

    def rows(self, *, attempt: int | None = None) -> list[int]:
        """The rows imported, by one attempt or by any."""
        return [row for row, by, _ in self._lines() if attempt in (None, by)]

    def process(self) -> int | None:
        """The process that imported the newest row."""
        return next((pid for _, _, pid in reversed(self._lines())), None)

    def _lines(self) -> list[tuple[int, int, int]]:
        if not self._path.exists():
            return []
        # A line without its end is still being written.
        lines = [
            line.split() for line in self._path.read_text().splitlines(keepends=True) if line.endswith("\n")
        ]
        return [(int(row), int(attempt), int(pid)) for row, attempt, pid in lines]
